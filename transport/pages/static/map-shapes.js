/** SVG path data for many hexes at once: a map of thousands is a handful of elements. */

import { centerOf, cornersOf, parseKey } from "./hexes.js";

/** From a hex's centre to its corner, in the units of the drawing. */
export const RADIUS = 20;

/** The outlines of all the hexes. */
export function hexesPath(keys, orientation) {
  const corners = cornersOf(orientation).map(([x, y]) => [x * RADIUS, y * RADIUS]);
  const [first, ...others] = corners;
  const lines = others.map(([x, y], i) => `l${short(x - corners[i][0])} ${short(y - corners[i][1])}`);
  const rest = `${lines.join("")}z`;
  return joined(keys, orientation, (x, y) => `M${short(x + first[0])} ${short(y + first[1])}${rest}`);
}

/** The same mark, made of relative path commands, from the middle of each of the hexes. */
export function marksPath(keys, orientation, mark) {
  return joined(keys, orientation, (x, y) => `M${short(x)} ${short(y)}${mark}`);
}

/** [left, top, right, bottom] around all the hexes; around hex 0,0 if there are none. */
export function boundsOf(keys, orientation) {
  let [left, top, right, bottom] = [Infinity, Infinity, -Infinity, -Infinity];
  for (const key of keys.length > 0 ? keys : ["0,0"]) {
    const [x, y] = centerOf(...parseKey(key), orientation);
    left = Math.min(left, x);
    top = Math.min(top, y);
    right = Math.max(right, x);
    bottom = Math.max(bottom, y);
  }
  return [(left - 1) * RADIUS, (top - 1) * RADIUS, (right + 1) * RADIUS, (bottom + 1) * RADIUS];
}

function joined(keys, orientation, shape) {
  let path = "";
  for (const key of keys) {
    const [x, y] = centerOf(...parseKey(key), orientation);
    path += shape(x * RADIUS, y * RADIUS);
  }
  return path;
}

function short(number) {
  return Math.round(number * 100) / 100;
}
