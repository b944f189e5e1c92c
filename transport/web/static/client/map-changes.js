/** What of a map has changed since somebody took it over: so that not all of it need be drawn anew. */
export class MapChanges {
  #isAll = true;
  #keys = new Set();
  #news = new Set();

  /** These hexes look different. */
  touch(keys) {
    for (const key of keys) this.#keys.add(key);
  }

  /** So may any. */
  touchAll() {
    this.#isAll = true;
  }

  /** These were revealed just now, and not with the first state. */
  tell(keys) {
    for (const key of keys) this.#news.add(key);
  }

  /** {isAll, keys, news} since the last time; the two are sets. */
  take() {
    const taken = { isAll: this.#isAll, keys: this.#keys, news: this.#news };
    this.#isAll = false;
    [this.#keys, this.#news] = [new Set(), new Set()];
    return taken;
  }
}
