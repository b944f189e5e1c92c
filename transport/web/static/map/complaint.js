/** A problem with what was done on the map, told where it was done. */

import { element, setText } from "../parts/dom.js";

const SECONDS = 8;
/** So that the text stays on the map. */
const EDGE = { side: 130, below: 70 };

export function makeComplaint() {
  const line = element("p", { class: "map-problem", role: "alert" });
  let timer;

  /** `place` is [x, y] on a map of the size [width, height]. */
  function tell(text, [x, y], [width, height]) {
    line.style.left = `${Math.min(Math.max(x, EDGE.side), width - EDGE.side)}px`;
    line.style.top = `${Math.min(Math.max(y + 14, 0), height - EDGE.below)}px`;
    setText(line, text);
    clearTimeout(timer);
    timer = setTimeout(clear, SECONDS * 1000);
  }

  function clear() {
    setText(line, "");
  }

  return { element: line, tell, clear };
}
