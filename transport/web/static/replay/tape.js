/** A session as one viewer was told it. Goes to any place by folding from the nearest state before it. */

import { ViewerState } from "../client/viewer-state.js";

export class Tape {
  /** What the viewer knew at `position`. */
  state = new ViewerState();
  /** How many of the lines have been taken in. */
  position = 0;
  lines = [];

  /** The states on the way as [position, state], the first at 0. */
  #keyframes = [];
  #isFresh = true;

  /** A line of the timeline: the start, a keyframe, or what an event told. */
  add(line) {
    if (line.state === undefined) this.lines.push(line);
    else this.#keyframes.push([this.lines.length, line.state]);
  }

  /** The same lines, to be folded by itself. */
  another() {
    const tape = new Tape();
    tape.lines = this.lines;
    tape.#keyframes = this.#keyframes;
    return tape;
  }

  seek(position) {
    const [place, state] = this.#keyframes.findLast(([at]) => at <= position);
    if (this.#isFresh || position < this.position || place > this.position) {
      this.state.apply(state);
      this.position = place;
      this.#isFresh = false;
    }
    for (; this.position < position; this.position += 1) {
      for (const message of this.lines[this.position].messages) this.state.apply(message);
    }
  }
}
