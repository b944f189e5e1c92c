/** The hexes that a DM has chosen, in the order of choosing. Sends "change". */
export class Selection extends EventTarget {
  keys = [];

  replace(keys) {
    this.keys = keys;
    this.dispatchEvent(new Event("change"));
  }

  /** Chooses a hex, or no longer. */
  toggle(key) {
    const others = this.keys.filter((chosen) => chosen !== key);
    this.replace(others.length < this.keys.length ? others : [...this.keys, key]);
  }

  clear() {
    this.replace([]);
  }
}
