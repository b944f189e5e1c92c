/** What the colours and marks of the map mean: only those that are there. */

import { element, svg } from "../parts/dom.js";
import { WORDS } from "../words.js";
import { cornersOf } from "./hexes.js";
import { USUAL_TERRAINS, lookOf } from "./terrains.js";

const words = WORDS.map;
/** As the marks of the terrains have it. */
const RADIUS = 20;
const STYLES = ["hidden", "some", "staged", "chosen"];

/** `update(counts, isDm, orientation)`; `counts` is a Map of terrain to how many hexes have it. */
export function makeMapLegend() {
  const list = element("ul", { class: "legend", "aria-label": words.legend });
  const summary = element("summary", {}, words.legend);
  const details = element("details", { class: "legend-box" }, summary, list);
  // On a phone the map needs the room.
  details.open = matchMedia("(min-width: 600px)").matches;
  let shown = "";

  function update(counts, isDm, orientation) {
    const terrains = inOrder(counts);
    const now = JSON.stringify([terrains, isDm, orientation]);
    if (now === shown) return;
    shown = now;
    details.hidden = terrains.length === 0;
    const hex = hexPath(orientation);
    const styles = isDm ? STYLES.map((name) => style(hex, name)) : [];
    list.replaceChildren(...terrains.map(([terrain, number]) => entry(hex, terrain, number)), ...styles);
  }

  return { element: details, update };
}

/** The usual ones first and in a fixed order, then those that somebody made up. */
function inOrder(counts) {
  const others = [...counts.keys()].filter((terrain) => !USUAL_TERRAINS.includes(terrain));
  const known = [...USUAL_TERRAINS, ...others].filter((terrain) => counts.get(terrain) > 0);
  return known.map((terrain) => [terrain, counts.get(terrain)]);
}

function hexPath(orientation) {
  const corners = cornersOf(orientation).map(([x, y]) => `${x * RADIUS} ${y * RADIUS}`);
  return `M${corners.join("L")}z`;
}

function entry(hex, terrain, number) {
  return element("li", {}, terrainSwatch(terrain, hex), `${terrain} `, element("span", { class: "number" }, number.toLocaleString("en")));
}

/** A small hex of the terrain. */
export function terrainSwatch(terrain, hex = hexPath("flat")) {
  const { color, ink, solid, mark } = lookOf(terrain);
  return swatch(
    svg("path", { d: hex, fill: color, class: "ground" }),
    svg("path", { d: `M0 0${mark}`, class: solid ? "mark solid" : "mark", fill: solid ? ink : "none", stroke: ink }),
  );
}

function style(hex, name) {
  const threads = { hidden: "M-14-10L10 14M-14 4L-4 14M-4-14L14 4", some: "M-14-2L2 14" }[name];
  const lines = threads === undefined ? [] : [svg("path", { d: threads, class: "thread" })];
  const symbol = swatch(svg("path", { d: hex, class: `ground style-${name}` }), ...lines);
  return element("li", {}, symbol, words[`${name}Legend`]);
}

function swatch(...shapes) {
  return svg("svg", { class: "swatch", viewBox: "-22 -22 44 44", "aria-hidden": "true" }, ...shapes);
}
