/** What the map shows: the hexes by place, each with its terrain and its marks. */

import { centerOf, parseKey } from "./hexes.js";
import { stagedKeys } from "./contents.js";

/** Hexes are kept in parallelograms of this many columns and rows, so that a part of the map is found quickly. */
const CHUNK_BITS = 4;

/**
 * A hex of it is {key, x, y, terrain, veil, isStaged}: the middle on the plane, null for a terrain that nobody has
 * set, and for a DM `veil` is "hidden" when no player knows the hex, "some" when not all do; else it is "".
 */
export class Scene {
  orientation = "flat";
  /** [left, top, right, bottom] around all the hexes that have a terrain; null if there are none. */
  bounds = null;
  /** How many hexes there are of each terrain. */
  counts = new Map();

  #chunks = new Map();
  #staged = new Set();
  #seenQueue = null;

  /** Starts over with all that `state` knows. `isDm` says whether marks are shown. */
  fill(state, isDm, orientation) {
    this.orientation = orientation;
    this.bounds = null;
    this.counts.clear();
    this.#chunks.clear();
    this.#staged = new Set(isDm ? stagedKeys(state.staged) : []);
    this.#seenQueue = state.staged;
    for (const key of state.terrain.keys()) this.#put(key, state, isDm);
    for (const key of this.#staged) this.#put(key, state, isDm);
  }

  /** Takes over what has changed at the keys. Returns the hexes that look different now, as far as it knows. */
  change(keys, state, isDm) {
    return [...keys].map((key) => this.#put(key, state, isDm));
  }

  /** Takes over another queue of staged changes; returns the hexes that it marks, or marks no more. */
  changeQueue(state, isDm) {
    if (!isDm || state.staged === this.#seenQueue) return [];
    const before = this.#staged;
    this.#staged = new Set(stagedKeys(state.staged));
    this.#seenQueue = state.staged;
    const gone = [...before].filter((key) => !this.#staged.has(key));
    const added = [...this.#staged].filter((key) => !before.has(key));
    return this.change([...gone, ...added], state, isDm);
  }

  /** Whether somebody has set the hex's terrain, as far as it knows. */
  has(key) {
    const [q, r] = parseKey(key);
    const hex = this.#chunks.get(chunkName(q, r))?.hexes.get(key);
    return hex !== undefined && hex.terrain !== null;
  }

  /** Calls `act` with every hex whose middle may lie in the box of the plane. */
  forEachIn([left, top, right, bottom], act) {
    for (const chunk of this.#chunks.values()) {
      const [chunkLeft, chunkTop, chunkRight, chunkBottom] = chunk.bounds;
      if (chunkRight < left || chunkLeft > right || chunkBottom < top || chunkTop > bottom) continue;
      for (const hex of chunk.hexes.values()) {
        if (hex.x >= left && hex.x <= right && hex.y >= top && hex.y <= bottom) act(hex);
      }
    }
  }

  #put(key, state, isDm) {
    const [q, r] = parseKey(key);
    const [x, y] = centerOf([q, r], this.orientation);
    const hex = {
      key,
      x,
      y,
      terrain: state.terrain.get(key) ?? null,
      veil: isDm ? veilOf(state.reveals.get(key)) : "",
      isStaged: this.#staged.has(key),
    };
    const chunk = this.#chunkOf(q, r);
    this.#count(chunk.hexes.get(key)?.terrain ?? null, -1);
    this.#count(hex.terrain, 1);
    chunk.hexes.set(key, hex);
    chunk.bounds = widened(chunk.bounds, x, y);
    if (hex.terrain !== null) this.bounds = widened(this.bounds, x, y);
    return hex;
  }

  #count(terrain, more) {
    if (terrain !== null) this.counts.set(terrain, (this.counts.get(terrain) ?? 0) + more);
  }

  #chunkOf(q, r) {
    const name = chunkName(q, r);
    if (!this.#chunks.has(name)) this.#chunks.set(name, { hexes: new Map(), bounds: null });
    return this.#chunks.get(name);
  }
}

function chunkName(q, r) {
  return `${q >> CHUNK_BITS},${r >> CHUNK_BITS}`;
}

function veilOf(knowers) {
  if (knowers === undefined) return "hidden";
  return knowers === "all" ? "" : "some";
}

function widened(bounds, x, y) {
  if (bounds === null) return [x, y, x, y];
  const [left, top, right, bottom] = bounds;
  return [Math.min(left, x), Math.min(top, y), Math.max(right, x), Math.max(bottom, y)];
}
