/** How the connection is: a short word in the bar always, and a line over the page that grows firmer with time. */

import { element, setText } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.connection;
/** Seconds without a connection after which the next firmer text is shown. Before the first it is nobody's concern. */
const FIRMER = [1, 10, 60];
/** So long it says that all is well again. */
const RESTORED_SECONDS = 4;

/** `onChange()` is called when time alone changed what is to be shown, or what `isStale()` says. */
export function makeConnectionNotice(onChange) {
  const brief = element("span", { class: "connection", role: "status" });
  const notice = element("div", { class: "notice", role: "alert", hidden: true });
  const restored = element("div", { class: "notice restored", role: "status", hidden: true });
  let lostAt = null;
  let timers = [];
  let hiding;

  const lostFor = () => (lostAt === null ? 0 : (performance.now() - lostAt) / 1000);
  const firmness = () => FIRMER.filter((seconds) => lostFor() > seconds).length;

  function update({ connection, unanswered, isResumed }) {
    if (connection.phase === "live" && lostAt !== null) comeBack(isResumed);
    if (connection.phase !== "live" && lostAt === null) lose();
    const isOffline = connection.phase === "reconnecting" && navigator.onLine === false;
    const phase = isOffline ? "offline" : connection.phase;
    brief.dataset.phase = phase;
    setText(brief, unanswered > 0 && firmness() > 0 ? words.waiting(unanswered) : words.brief[phase]);
    const text = atLength(connection, phase, firmness());
    notice.hidden = text === "";
    notice.dataset.firmness = firmness();
    setText(notice, text);
    if (connection.phase === "closed") notice.append(" ", element("a", { href: "/" }, words.toHome));
  }

  function lose() {
    lostAt = performance.now();
    restored.hidden = true;
    timers = FIRMER.map((seconds) => setTimeout(onChange, seconds * 1000 + 20));
  }

  function comeBack(isResumed) {
    if (firmness() > 0) {
      setText(restored, isResumed ? words.resumed : words.startedOver);
      restored.hidden = false;
      clearTimeout(hiding);
      hiding = setTimeout(() => (restored.hidden = true), RESTORED_SECONDS * 1000);
    }
    lostAt = null;
    timers.forEach(clearTimeout);
  }

  for (const name of ["online", "offline"]) window.addEventListener(name, onChange);
  return { brief, notice, restored, update, isStale: () => firmness() > 0 };
}

function atLength({ phase, code, reason }, shown, firmness) {
  if (phase === "closed") return words.closed[code] ?? (reason || words.closedElse);
  if (phase === "live") return reason;
  if (firmness === 0) return "";
  const text = words.lost[shown][firmness - 1];
  return reason === "" ? text : `${text} (${reason})`;
}
