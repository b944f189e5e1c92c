/** The hatches over what players do not know, as patterns that any drawing of the page can refer to. */

import { svg } from "./dom.js";

/** Distance of the threads, in the units of the drawing. */
const GAPS = { hidden: 6, some: 14 };

/** The fill of an overlay; in an attribute, since in a style sheet the reference would mean another file. */
export function fillOf(overlay) {
  return overlay in GAPS ? `url(#hatch-${overlay})` : "none";
}

export function makeHatches() {
  return svg("defs", {}, ...Object.entries(GAPS).map(([overlay, gap]) => makeHatch(`hatch-${overlay}`, gap)));
}

function makeHatch(id, gap) {
  const repeat = { id, width: gap, height: gap, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" };
  const veil = svg("rect", { class: "veil", width: gap, height: gap });
  return svg("pattern", repeat, veil, svg("path", { class: "thread", d: `M0 0V${gap}` }));
}
