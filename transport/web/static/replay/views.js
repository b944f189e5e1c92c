/** One map, or two side by side, each as somebody sees it, all at the same moment. */

import { element, setText } from "../parts/dom.js";
import { HexMap } from "../map/hex-map.js";
import { WORDS } from "../words.js";
import { countUpTo } from "./pace.js";
import { Tape } from "./tape.js";

const words = WORDS.replay;

let made = 0;

/** A map with a line that says whose view it is and what they see beside it. */
export class View {
  map;
  /** "dm" or a user id; null while it shows nothing. */
  viewer = null;
  tape = new Tape();

  #orientation;
  /** For each line of the tape how many of the leading tape's lines have happened when it has. */
  #leads = [];
  #caption = element("p", { class: "view-caption", id: `view-${(made += 1)}` });

  constructor(openHelp, orientation, onHover) {
    this.#orientation = orientation;
    this.map = new HexMap(openHelp, onHover);
    this.map.element.removeAttribute("aria-label");
    this.map.element.setAttribute("aria-labelledby", this.#caption.id);
    this.element = element("div", { class: "view" }, this.#caption, this.map.element);
  }

  /** `leading` is the tape by whose places all views go. */
  load(viewer, tape, leading) {
    const places = new Map(leading.lines.map(({ eventId }, i) => [eventId, i + 1]));
    this.viewer = viewer;
    this.tape = tape;
    this.#leads = tape.lines === leading.lines ? null : tape.lines.map(({ eventId }) => places.get(eventId));
    tape.state.mapChanges.touchAll();
  }

  /** Whether the viewer was told of the line that led to a place. */
  wasTold(place) {
    return this.#leads === null || this.#leads[countUpTo(this.#leads, place) - 1] === place;
  }

  /** `isStep` says whether one went on by what happened, and did not jump: then what is new shines. */
  show(place, isStep, name) {
    const { tape } = this;
    tape.seek(this.#leads === null ? place : countUpTo(this.#leads, place));
    const { state } = tape;
    const changes = state.mapChanges.take();
    if (!isStep) changes.news = new Set();
    this.map.update({ state, changes, isDm: this.viewer === "dm", orientation: this.#orientation, pending: [] });
    const here = [...state.people.values()].filter(({ online }) => online).map((person) => person.name);
    setText(this.#caption, words.caption(name, WORDS.status[state.status], state.mode, here));
  }
}
