/** The hexes that one movement of the pointer covers, each once. */

import { formatKey, hexAt, inBox, lineBetween, within } from "./hexes.js";

/** The most in one command, as the protocol has it. */
export const MOST_HEXES = 10000;
/** The most that are given a terrain in one command: with the terrain of each, more would be too large a frame. */
export const MOST_PAINTED = 5000;
export const SHAPES = ["brush", "box", "hex"];
export const LARGEST_BRUSH = 8;

/**
 * `shape` is "brush" (all that it passes, `size` 1 being a single hex), "box" (between where it began and where it
 * is), or "hex" (the one where it is), of `most` hexes. With a `scene` only the hexes of that count, without one all there can be.
 */
export class Stroke {
  keys = new Set();

  #orientation;
  #shape;
  #size;
  #scene;
  #most;
  #start = null;
  #last = null;

  constructor({ shape, size, orientation, scene = null, most = MOST_HEXES }) {
    this.#shape = shape;
    this.#size = size;
    this.#orientation = orientation;
    this.#scene = scene;
    this.#most = most;
  }

  /** Whether it covers more than fits into one command. Then `keys` holds only the first of them. */
  get isTooMuch() {
    return this.keys.size > this.#most;
  }

  /** Goes on to a point of the plane. */
  moveTo(point) {
    this.#start ??= point;
    const hex = hexAt(point, this.#orientation);
    if (this.#shape === "brush") {
      for (const passed of lineBetween(this.#last ?? hex, hex)) this.#add(within(passed, this.#size - 1));
    } else {
      this.keys.clear();
      // In a box also those under its corners, so that a small one is never empty.
      this.#add(this.#shape === "box" ? [hexAt(this.#start, this.#orientation), hex] : [hex]);
      if (this.#shape === "box") this.#addBox(this.#start, point);
    }
    this.#last = hex;
  }

  #addBox([x1, y1], [x2, y2]) {
    if (this.#scene === null) {
      this.#add(inBox([x1, y1], [x2, y2], this.#orientation));
      return;
    }
    const box = [Math.min(x1, x2), Math.min(y1, y2), Math.max(x1, x2), Math.max(y1, y2)];
    this.#scene.forEachIn(box, (hex) => this.#addKey(hex.key));
  }

  #add(hexes) {
    for (const hex of hexes) {
      if (this.isTooMuch) return;
      this.#addKey(formatKey(hex));
    }
  }

  #addKey(key) {
    if (!this.isTooMuch && (this.#scene === null || this.#scene.has(key))) this.keys.add(key);
  }
}
