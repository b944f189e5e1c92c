/** How far the reading of a session has come. */

import { element, setText } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.replay;

export function makeLoading() {
  const bar = element("progress", { max: 1, "aria-label": words.loading });
  const line = element("p", { class: "problem", role: "alert" });
  const box = element("div", { class: "loading", hidden: true }, bar, line);

  /** `part` from 0 to 1; 1 is the end. */
  function show(part) {
    box.hidden = part >= 1;
    bar.value = part;
    setText(line, "");
  }

  function fail(message) {
    box.hidden = false;
    bar.hidden = true;
    setText(line, message);
  }

  return { element: box, show, fail };
}
