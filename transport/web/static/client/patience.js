/** How long a connection is believed in; the same as transport/client/patience.py. Times are in seconds. */

/** The server says something at least every 25 s. */
const SILENCE_SECONDS = 45;
/** While a `session:state` is on its way nothing else can come: that of a large map takes minutes on a slow line. */
const STATE_SECONDS = 300;
/** For the oldest command without an answer: the line may be dead without having noticed. */
const ANSWER_SECONDS = 15;
/** A second: a large command has that much longer, since it may still be on its way to the server. */
const SLOWEST_BYTES = 16 * 1024;

/** Calls `giveUp()` when nothing came for too long, or the oldest command had no answer; until `end()`. */
export class Patience {
  #giveUp;
  #silence;
  #answer;
  #awaited = null;

  constructor(giveUp) {
    this.#giveUp = giveUp;
    this.#silence = this.#after(SILENCE_SECONDS);
  }

  /** Something came. `stateIsDue`: a whole state is the next thing to come. */
  heard(stateIsDue) {
    clearTimeout(this.#silence);
    this.#silence = this.#after(stateIsDue ? STATE_SECONDS : SILENCE_SECONDS);
  }

  /**
   * The oldest command that was sent and not answered, null for none. Its time begins when it is the oldest: commands
   * that are given later do not prolong it.
   */
  awaits(id, size = 0) {
    if (id === this.#awaited) return;
    clearTimeout(this.#answer);
    this.#awaited = id;
    if (id !== null) this.#answer = this.#after(ANSWER_SECONDS + size / SLOWEST_BYTES);
  }

  end() {
    clearTimeout(this.#silence);
    clearTimeout(this.#answer);
  }

  #after(seconds) {
    return setTimeout(this.#giveUp, seconds * 1000);
  }
}
