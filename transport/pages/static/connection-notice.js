/** How the connection is: a short word in the bar always, a firm line over the page when it matters. */

import { element, setText } from "./dom.js";
import { WORDS } from "./words.js";

const words = WORDS.connection;
/** Shorter interruptions are nobody's concern. */
const NOTICE_SECONDS = 1;
const LONG_SECONDS = 10;

/** `onChange()` is called when time alone changed what `isStale()` says: whether the page may be out of date. */
export function makeConnectionNotice(onChange) {
  const brief = element("span", { class: "connection", role: "status" });
  const notice = element("div", { class: "notice", role: "alert", hidden: true });
  let lostAt = null;
  let timers = [];

  const lostFor = () => (lostAt === null ? 0 : (performance.now() - lostAt) / 1000);

  function update(connection, unanswered) {
    if (connection.phase === "live") comeBack();
    else if (lostAt === null) lose();
    brief.dataset.phase = connection.phase;
    setText(brief, unanswered > 0 && lostFor() > NOTICE_SECONDS ? words.waiting(unanswered) : briefly(connection));
    const text = atLength(connection, lostFor());
    notice.hidden = text === "";
    setText(notice, text);
    if (connection.phase === "closed") notice.append(" ", element("a", { href: "/" }, words.toHome));
  }

  function lose() {
    lostAt = performance.now();
    timers = [NOTICE_SECONDS, LONG_SECONDS].map((seconds) => setTimeout(onChange, seconds * 1000 + 20));
  }

  function comeBack() {
    lostAt = null;
    timers.forEach(clearTimeout);
  }

  return { brief, notice, update, isStale: () => lostFor() > NOTICE_SECONDS };
}

function briefly({ phase }) {
  return phase === "closed" ? words.closedElse : words[phase];
}

function atLength({ phase, code, reason }, seconds) {
  if (phase === "closed") return words.closed[code] ?? (reason || words.closedElse);
  if (phase === "live") return reason;
  if (seconds <= NOTICE_SECONDS) return "";
  const text = seconds > LONG_SECONDS ? words.reconnectingLong : words[phase];
  return reason === "" ? text : `${text} (${reason})`;
}
