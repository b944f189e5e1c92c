/** The hatches over what players do not know, as patterns that any drawing of the page can refer to. */

import { svg } from "./dom.js";

/** How dark the veil is, and how close the threads, in the units of the drawing. */
const HATCHES = { hidden: { opacity: 0.3, gap: 6 }, some: { opacity: 0.08, gap: 14 } };
const THREAD = { class: "thread", "stroke-width": 2.2, "stroke-opacity": 0.6 };

/** The fill of an overlay; in an attribute, since in a style sheet the reference would mean another file. */
export function fillOf(overlay) {
  return overlay in HATCHES ? `url(#hatch-${overlay})` : "none";
}

export function makeHatches() {
  return svg("defs", {}, ...Object.entries(HATCHES).map(([overlay, hatch]) => makeHatch(overlay, hatch)));
}

function makeHatch(overlay, { opacity, gap }) {
  const repeat = { id: `hatch-${overlay}`, width: gap, height: gap, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" };
  const veil = svg("rect", { class: "veil", "fill-opacity": opacity, width: gap, height: gap });
  return svg("pattern", repeat, veil, svg("path", { ...THREAD, d: `M0 0V${gap}` }));
}
