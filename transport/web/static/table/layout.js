/** How the hexes of the campaign stand, which only the map call tells. */

import { getMap } from "../parts/api.js";

/** Sends "change" when something is known that was not. */
export class Layout extends EventTarget {
  orientation = "flat";
  /** Whether somebody has imported a map, so that there is an edge of it. */
  hasMapFile = false;

  #campaignId;
  #known = 0;

  constructor(campaignId) {
    super();
    this.#campaignId = campaignId;
  }

  /**
   * Asks when the first hexes are known: how hexes stand is told by those that came with a map. As long as it may be that
   * there were none among them, asks again when twice as many are known.
   */
  hexesKnown(number) {
    const isTime = number > 0 && (this.#known === 0 || (this.orientation === "flat" && number >= 2 * this.#known));
    if (!isTime) return;
    this.#known = number;
    this.refresh();
  }

  refresh = async () => {
    try {
      const { orientation, gridWidth } = await getMap(this.#campaignId);
      Object.assign(this, { orientation, hasMapFile: gridWidth > 0 });
      this.dispatchEvent(new Event("change"));
    } catch {
      this.#known = 0; // so that the next message asks again
    }
  };
}
