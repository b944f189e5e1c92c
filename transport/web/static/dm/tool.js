/** What a DM has in hand, and how it is set. Sends "change". */

import { LARGEST_BRUSH, SHAPES } from "../map/stroke.js";

export const TOOLS = ["choose", "reveal", "terrain"];

export class Tool extends EventTarget {
  name = "choose";
  shape = SHAPES[0];
  /** Of the brush: 1 is a single hex. */
  size = 2;
  terrain = "forest";

  /** `set({ name: "reveal" })` */
  set(changes) {
    Object.assign(this, changes);
    this.size = Math.min(LARGEST_BRUSH, Math.max(1, this.size));
    this.dispatchEvent(new Event("change"));
  }
}
