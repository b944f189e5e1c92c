/** What a player is told over the map: how the session stands, and whether the DM prepares something. */

import { element, setText } from "../parts/dom.js";
import { WORDS } from "../words.js";

export function makePlayersLine() {
  const words = element("p", { class: "player-status" });
  const preparing = element("span", { class: "pill" }, WORDS.preparing);
  const line = element("div", { class: "players-line", role: "status" }, words, preparing);

  function update({ state, isOwnDm }) {
    setText(words, WORDS.playerStatus[state.status]);
    preparing.hidden = state.mode !== "staged";
    line.dataset.status = state.status;
    line.hidden = isOwnDm;
  }

  return { element: line, update };
}
