/**
 * What each terrain looks like. The marks tell them apart without any colour; the colours differ in lightness
 * too, so that they stay apart for the colour-blind. A mark is made of relative SVG path commands that start in
 * the middle of a hex whose corners are 20 away; `solid` ones are filled, the others drawn with a line.
 */

const DOT = "a1.7 1.7 0 1 0 .1 0z";

const KNOWN = {
  forest: { color: "#2f6b45", ink: "#d9ecd2", solid: true, mark: "m0-9l6 9h-4l5 7h-14l5-7h-4z" },
  grassland: { color: "#a8cc66", ink: "#4a6a1c", mark: "m-5 6l-3-8m3 8v-10m0 10l3-8m8 6l-2-6m2 6l2-6" },
  desert: { color: "#f0d58c", ink: "#8a6415", solid: true, mark: `m-6-5${DOT}m6 6${DOT}m6-6${DOT}m-12 10${DOT}m12 0${DOT}` },
  mountain: { color: "#8d8076", ink: "#ffffff", solid: true, mark: "m-10 7l6-13 4 7 3-4 7 10z" },
  water: { color: "#2c6fae", ink: "#d7ebff", mark: "m-9-3q4.5-5 9 0t9 0m-18 7q4.5-5 9 0t9 0" },
  coast: { color: "#8fd3dc", ink: "#175e69", mark: "m-9 0q4.5-5 9 0t9 0" },
  swamp: { color: "#6f7d45", ink: "#eef3d3", mark: "m-9 6h18m-13 0v-9m4 9v-13m4 13v-9" },
  arctic: { color: "#f3f8fb", ink: "#5b7f99", mark: "m0-8v16m-7-12l14 8m-14 0l14-8" },
  underdark: { color: "#3d2f55", ink: "#d8c8f5", mark: "m-8 7v-5a8 8 0 0 1 16 0v5" },
  urban: { color: "#e2682a", ink: "#fff6ee", solid: true, mark: "m-8 7v-8l4-4 4 4v8zm9 0v-14h7v14z" },
  unknown: { color: "#c4c1ba", ink: "#57534a", mark: "m-4-4a4 4 0 1 1 5.5 3.7q-1.5.8-1.5 3.3m0 4h0" },
};

/** For names that somebody made up. */
const OTHER = { color: "#c056d6", ink: "#fff2fd", solid: true, mark: "m0-6l6 6-6 6-6-6z" };

/** The names a DM can choose from; any other is fine too. */
export const USUAL_TERRAINS = Object.keys(KNOWN).filter((name) => name !== "unknown");

/** {color, ink, solid, mark} of a terrain. */
export function lookOf(terrain) {
  return Object.hasOwn(KNOWN, terrain) ? KNOWN[terrain] : OTHER;
}
