/** Where a shared file takes what it shows: out of itself. */

/** The element that holds the lines, in a file that has them. */
export const SHARED = document.querySelector("script#timeline");

export class SharedSource {
  isShared = true;
  me = null;
  isDm = false;
  players = [];
  tableAddress = null;

  async open() {
    const { name, orientation, session, viewer } = JSON.parse(document.querySelector("script#share").textContent);
    Object.assign(this, { name, orientation, sessions: [session], me: viewer });
  }

  async readTimeline(number, viewer, take) {
    for (const line of SHARED.textContent.split("\n")) if (line !== "") take(JSON.parse(line));
  }
}
