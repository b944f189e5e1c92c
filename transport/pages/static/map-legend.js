/** What the colours and marks of the map mean: only those that are there. */

import { element, svg } from "./dom.js";
import { fillOf } from "./map-hatches.js";
import { hexesPath } from "./map-shapes.js";
import { lookOf } from "./terrains.js";
import { WORDS } from "./words.js";

const words = WORDS.map;

/** `update(counts, isDm, orientation)`; `counts` is how many hexes there are of each terrain. */
export function makeMapLegend() {
  const list = element("ul", { class: "legend", "aria-label": words.legend });

  function update(counts, isDm, orientation) {
    const hex = hexesPath(["0,0"], orientation);
    const terrains = [...counts].map(([terrain, number]) => entry(hex, terrain, number));
    const styles = isDm ? [style(hex, "hidden"), style(hex, "some"), style(hex, "staged"), style(hex, "casing", "chosen")] : [];
    list.replaceChildren(...terrains, ...styles);
  }

  return { element: list, update };
}

function entry(hex, terrain, number) {
  const { color, ink, solid, mark } = lookOf(terrain);
  const symbol = swatch(
    svg("path", { d: hex, fill: color, class: "ground" }),
    svg("path", { d: `M0 0${mark}`, class: solid ? "mark solid" : "mark", fill: solid ? ink : "none", stroke: ink }),
  );
  return element("li", {}, symbol, `${terrain} `, element("span", { class: "number" }, number.toLocaleString("en")));
}

/** What lies over the terrain; the last overlay gives the entry its name. */
function style(hex, ...overlays) {
  const lines = overlays.map((name) => svg("path", { d: hex, class: name, fill: fillOf(name) }));
  const symbol = swatch(svg("path", { d: hex, class: "ground blank" }), ...lines);
  return element("li", {}, symbol, words[`${overlays.at(-1)}Legend`]);
}

function swatch(...shapes) {
  return svg("svg", { class: "swatch", viewBox: "-21 -21 42 42", "aria-hidden": "true" }, ...shapes);
}
