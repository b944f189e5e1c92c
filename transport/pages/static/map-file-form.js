/** Brings a map file in. */

import { importMap } from "./api.js";
import { actionForm } from "./attempt.js";
import { element, field, setText } from "./dom.js";
import { WORDS } from "./words.js";

const words = WORDS.mapFile;

/** Calls `onImported()` when the layout of the map may be another one. */
export function makeMapFileForm(campaignId, onImported) {
  const file = element("input", { type: "file", accept: ".json,application/json" });
  const bring = element("button", {}, words.bring);
  const said = element("p", { class: "hint", role: "status" });

  async function bringIn() {
    setText(said, "");
    if (file.files.length === 0) throw new Error(words.noFile);
    const { hexes } = await importMap(campaignId, file.files[0]);
    setText(said, words.done(hexes));
    onImported();
  }

  const form = actionForm(bring, bringIn, field(words.choose, file, words.hint));
  return element("section", { class: "card" }, element("h2", {}, words.title), form, said);
}
