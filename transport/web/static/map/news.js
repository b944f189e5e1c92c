/** Hexes that were revealed just now, and how long ago: they shine for a moment. */

import { NEWS_SECONDS } from "./overlay.js";

export class News {
  /** When each came, in milliseconds of the page's clock. */
  #came = new Map();

  add(keys) {
    // For who asked the system for less motion, nothing shines.
    if (matchMedia("(prefers-reduced-motion: reduce)").matches) return;
    const now = performance.now();
    for (const key of keys) this.#came.set(key, now);
  }

  get isOver() {
    return this.#came.size === 0;
  }

  /** Map of key to seconds since. Those that have shone long enough are dropped. */
  ages() {
    const now = performance.now();
    const ages = new Map();
    for (const [key, came] of this.#came) {
      const seconds = (now - came) / 1000;
      if (seconds > NEWS_SECONDS) this.#came.delete(key);
      else ages.set(key, seconds);
    }
    return ages;
  }
}
