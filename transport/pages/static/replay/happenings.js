/** What happened, line by line in plain words. It follows the moment, and a click on a line leads there. */

import { element } from "../parts/dom.js";
import { WORDS } from "../words.js";
import { markOf } from "./marks.js";

const words = WORDS.replay;
/** Pixels, as the style sheet has it: only the lines in sight are there. */
const ROW = 44;
const AHEAD = 6;

/** `onChoose(place)` is called for a click; `wasTold(place)` says whether the one who looks was told of the line. */
export function makeHappenings(onChoose, wasTold) {
  const rows = element("ol", { class: "rows" });
  const scroll = element("div", { class: "happenings", tabindex: 0, role: "region", "aria-label": words.happenings }, rows);
  let lines = [];
  let place = 0;

  scroll.addEventListener("scroll", draw);
  new ResizeObserver(draw).observe(scroll);

  function load(newLines) {
    lines = newLines;
    rows.style.height = `${lines.length * ROW}px`;
    scroll.scrollTop = 0;
    draw();
  }

  function update(newPlace) {
    const hasMoved = newPlace !== place;
    place = newPlace;
    if (hasMoved) keepInSight();
    draw();
  }

  function keepInSight() {
    const top = (place - 1) * ROW;
    const { scrollTop, clientHeight } = scroll;
    if (top < scrollTop + ROW || top + 2 * ROW > scrollTop + clientHeight) scroll.scrollTop = top - clientHeight / 2;
  }

  function draw() {
    const first = Math.max(0, Math.floor(scroll.scrollTop / ROW) - AHEAD);
    const last = Math.min(lines.length, Math.ceil((scroll.scrollTop + scroll.clientHeight) / ROW) + AHEAD);
    const made = [];
    for (let i = first; i < last; i += 1) made.push(makeRow(i));
    rows.replaceChildren(...made);
  }

  function makeRow(i) {
    const { recordedAt, sentence } = lines[i];
    const time = element("time", { datetime: recordedAt }, words.clock(new Date(recordedAt)));
    const act = () => onChoose(i + 1);
    const button = element("button", { type: "button", title: sentence, onclick: act }, time, element("span", {}, sentence));
    const row = element("li", {}, button);
    row.style.top = `${i * ROW}px`;
    row.dataset.mark = markOf(lines[i]) ?? "";
    row.dataset.when = i + 1 < place ? "past" : i + 1 === place ? "now" : "later";
    row.dataset.told = wasTold(i + 1);
    if (i + 1 === place) button.setAttribute("aria-current", "step");
    return row;
  }

  return { element: scroll, load, update };
}
