/** What of a session one jumps to: its beginnings and ends, publishes, and who came. */

const OF_STATUS = { active: "start", paused: "pause", ended: "end" };

/** The kind of mark that a line is, or null. */
export function markOf(line) {
  if (line.type === "changes_published") return "publish";
  for (const message of line.messages) {
    if (message.type === "session:statusChanged") return OF_STATUS[message.status] ?? null;
    if (message.type === "player:joined") return "join";
  }
  return null;
}

/** [{place, kind}, ...]: the place after the line. */
export function marksOf(lines) {
  return lines.map((line, i) => ({ place: i + 1, kind: markOf(line) })).filter(({ kind }) => kind !== null);
}
