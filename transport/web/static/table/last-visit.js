/** When one was at this table last, as far as this browser knows: what came after can be caught up with. */

/** Minutes after which one was away, and had not just loaded the page again. */
const AWAY = 10;

/** In milliseconds; null for a first visit. Keeps watch from now on. */
export function lastVisit(campaignId) {
  const name = `fogbound.visit.${campaignId}`;
  const { left = null, before = null } = JSON.parse(localStorage.getItem(name) ?? "{}");
  const wasAway = left !== null && Date.now() - left > AWAY * 60_000;
  const since = wasAway ? left : before;
  window.addEventListener("pagehide", () => {
    localStorage.setItem(name, JSON.stringify({ left: Date.now(), before: since }));
  });
  return since;
}
