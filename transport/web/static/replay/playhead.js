/** Where in a session one is, and how it goes on by itself. Sends "change". */

export const SPEEDS = [1, 2, 4, 8, 16, 32, 64];

export class Playhead extends EventTarget {
  /** How many lines have happened. */
  place = 0;
  isPlaying = false;
  speed = 4;

  #pace;
  #length = 0;
  #seconds = 0;
  #lastFrame = 0;

  /** Another session, at its beginning. */
  load(pace, length) {
    this.#pace = pace;
    this.#length = length;
    this.isPlaying = false;
    this.goTo(0);
  }

  /** Seconds of playing time. */
  get seconds() {
    return this.#seconds;
  }

  get isAtEnd() {
    return this.place >= this.#length;
  }

  goTo(place) {
    this.place = Math.max(0, Math.min(this.#length, place));
    this.#seconds = this.#pace.secondsAt(this.place);
    this.#changed();
  }

  step(by) {
    this.pause();
    this.goTo(this.place + by);
  }

  /** To where one would be so many real seconds later, or earlier. */
  jump(seconds) {
    this.goTo(this.#pace.placeAfter(this.place, seconds));
  }

  goToSeconds(seconds) {
    this.#seconds = Math.max(0, Math.min(this.#pace.seconds, seconds));
    this.place = this.#pace.placeAt(this.#seconds);
    this.#changed();
  }

  toggle() {
    if (this.isPlaying) this.pause();
    else this.#play();
  }

  pause() {
    this.isPlaying = false;
    this.#changed();
  }

  #play() {
    if (this.isAtEnd) this.goTo(0);
    this.isPlaying = true;
    this.#lastFrame = performance.now();
    requestAnimationFrame((now) => this.#tick(now));
    this.#changed();
  }

  #tick(now) {
    if (!this.isPlaying) return;
    this.goToSeconds(this.#seconds + ((now - this.#lastFrame) / 1000) * this.speed);
    this.#lastFrame = now;
    if (this.#seconds >= this.#pace.seconds) this.pause();
    else requestAnimationFrame((then) => this.#tick(then));
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}
