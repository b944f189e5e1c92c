/** What of a replay is in its address behind the #, so that a link leads to the same moment. */

/** {session, event, as, with, since}, each a string or null. */
export function readAddress() {
  const given = new URLSearchParams(location.hash.slice(1));
  return Object.fromEntries(["session", "event", "as", "with", "since"].map((name) => [name, given.get(name)]));
}

/** The address of a place; what is null or "" is left out. */
export function addressOf(place) {
  const given = Object.entries(place).filter(([, value]) => value !== null && value !== "");
  return `${location.href.split("#")[0]}#${new URLSearchParams(given)}`;
}
