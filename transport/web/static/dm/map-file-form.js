/** Brings a map file in. */

import { importMap } from "../parts/api.js";
import { actionForm } from "../parts/attempt.js";
import { element, field, setText } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.mapFile;

/**
 * Calls `onImported()` when the layout of the map may be another one. Of what it returns, `isSending()` tells whether
 * a file is on its way.
 */
export function makeMapFileForm(campaignId, onImported) {
  let isSending = false;
  const file = element("input", { type: "file", accept: ".json,application/json" });
  const bring = element("button", {}, words.bring);
  const said = element("p", { class: "hint", role: "status" });
  const bar = element("progress", { max: 1, hidden: true, "aria-label": words.progress });

  async function bringIn() {
    setText(said, "");
    if (file.files.length === 0) throw new Error(words.noFile);
    bar.hidden = false;
    isSending = true;
    try {
      const { hexes } = await importMap(campaignId, file.files[0], showProgress);
      setText(said, words.done(hexes));
      onImported();
    } catch (error) {
      setText(said, "");
      onImported(); // a part of it may be there
      throw error;
    } finally {
      isSending = false;
      bar.hidden = true;
    }
  }

  function showProgress(part) {
    bar.value = part;
    setText(said, part < 1 ? words.sending(part) : words.storing);
    // How long the server takes to check and to store it, nobody knows.
    if (part === 1) bar.removeAttribute("value");
  }

  const form = actionForm(bring, bringIn, field(words.choose, file, words.hint), bar);
  const card = element("section", { class: "card" }, element("h2", {}, words.title), form, said);
  return { element: card, isSending: () => isSending };
}
