/** One session in memory: as the leading viewer was told it, and as whoever else was asked for. */

import { marksOf } from "./marks.js";
import { Pace } from "./pace.js";
import { Tape } from "./tape.js";

export class Reel {
  session;
  /** The tape by whose places everything goes: a DM's, or the only one there is. */
  leading = new Tape();
  pace = new Pace();
  marks = [];

  #source;
  #tapes = new Map();

  constructor(source, session) {
    this.#source = source;
    this.session = session;
  }

  /** Whose the leading tape is. */
  get viewer() {
    return this.#source.isDm ? "dm" : this.#source.me.userId;
  }

  /** Reads the leading tape; `onProgress(part)` from 0 to 1. */
  async load(onProgress) {
    this.leading = await this.#read(this.viewer, onProgress);
    for (const line of this.leading.lines) this.pace.add(line.recordedAt);
    this.marks = marksOf(this.leading.lines);
    this.#tapes.set(this.viewer, Promise.resolve(this.leading));
  }

  /** The tape of somebody's view. Two views have one each, since each folds for itself. */
  async tapeOf(viewer, onProgress) {
    if (!this.#tapes.has(viewer)) this.#tapes.set(viewer, this.#read(viewer, onProgress));
    return (await this.#tapes.get(viewer)).another();
  }

  /** The place after an event, or null for one that is not in it. */
  placeOf(eventId) {
    const found = this.leading.lines.findIndex((line) => line.eventId === eventId);
    return found < 0 ? null : found + 1;
  }

  /** How many lines had been recorded by a time, in milliseconds. */
  placeAt(time) {
    return this.leading.lines.filter(({ recordedAt }) => Date.parse(recordedAt) <= time).length;
  }

  async #read(viewer, onProgress) {
    const tape = new Tape();
    await this.#source.readTimeline(this.session.number, viewer, (line) => {
      tape.add(line);
      if (tape.lines.length % 100 === 0) onProgress(Math.min(0.99, tape.lines.length / this.session.events));
    });
    onProgress(1);
    return tape;
  }
}
