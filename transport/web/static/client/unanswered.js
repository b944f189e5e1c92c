/** The commands without an answer, in the order in which they were given, and which of them are to be sent now. */

export class Unanswered {
  /** Whether nothing is sent for a while: the server could not store a command, and none may overtake it. */
  isPausing = false;

  /** By id: {command, frame, resolve, reject}. */
  #all = new Map();
  #unsent = new Set();

  get size() {
    return this.#all.size;
  }

  get commands() {
    return [...this.#all.values()].map(({ command }) => command);
  }

  get ids() {
    return [...this.#all.keys()];
  }

  add(id, given) {
    this.#all.set(id, given);
    this.#unsent.add(id);
  }

  /** On a new connection all of them are due once more: they may not have arrived. */
  begin() {
    this.isPausing = false;
    this.#unsent = new Set(this.#all.keys());
  }

  /** The frame to send now, or undefined. */
  next() {
    if (this.isPausing) return undefined;
    const id = this.ids.find((one) => this.#unsent.has(one));
    this.#unsent.delete(id);
    return this.#all.get(id)?.frame;
  }

  /** The command could not be stored. It is due again after the pause, before all that were given later. */
  putBack(id) {
    if (!this.#all.has(id)) return;
    this.#unsent.add(id);
    this.isPausing = true;
  }

  /** The command with that id, which counts no more; undefined if there is none. */
  take(id) {
    const given = this.#all.get(id);
    this.#all.delete(id);
    this.#unsent.delete(id);
    return given;
  }

  /** [id, size of its frame] of the oldest that was sent, or [null]. */
  get oldestSent() {
    const [oldest = null] = this.#sent;
    return oldest === null ? [null] : [oldest, this.#all.get(oldest).frame.length];
  }

  /** The id of the largest that was sent; undefined if none was. */
  get largestSent() {
    const size = (id) => this.#all.get(id).frame.length;
    return this.#sent.sort((one, other) => size(other) - size(one))[0];
  }

  get #sent() {
    return this.ids.filter((id) => !this.#unsent.has(id));
  }
}
