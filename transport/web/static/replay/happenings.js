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
  const drawn = new Map();
  let lines = [];
  let place = 0;

  scroll.addEventListener("scroll", draw);
  new ResizeObserver(draw).observe(scroll);

  function load(newLines) {
    lines = newLines;
    drawn.clear();
    rows.replaceChildren();
    rows.style.height = `${lines.length * ROW}px`;
    scroll.scrollTop = 0;
    draw();
  }

  function update(newPlace) {
    const hasMoved = newPlace !== place;
    place = newPlace;
    if (hasMoved && !scroll.matches(":active")) keepInSight();
    draw();
  }

  function keepInSight() {
    const top = (place - 1) * ROW;
    const { scrollTop, clientHeight } = scroll;
    if (top < scrollTop + ROW || top + 2 * ROW > scrollTop + clientHeight) scroll.scrollTop = top - clientHeight / 2;
  }

  /** A row in sight stays the same element: its button may be being pressed, or have the focus. */
  function draw() {
    const first = Math.max(0, Math.floor(scroll.scrollTop / ROW) - AHEAD);
    const last = Math.min(lines.length, Math.ceil((scroll.scrollTop + scroll.clientHeight) / ROW) + AHEAD);
    for (const [i, row] of drawn) {
      if (i >= first && i < last) continue;
      row.remove();
      drawn.delete(i);
    }
    let next = null;
    for (let i = last - 1; i >= first; i -= 1) {
      if (!drawn.has(i)) drawn.set(i, rows.insertBefore(makeRow(i), next));
      next = drawn.get(i);
      showWhen(next, i);
    }
  }

  function makeRow(i) {
    const { recordedAt, sentence } = lines[i];
    const time = element("time", { datetime: recordedAt }, words.clock(new Date(recordedAt)));
    const act = () => onChoose(i + 1);
    const button = element("button", { type: "button", title: sentence, onclick: act }, time, element("span", {}, sentence));
    const row = element("li", {}, button);
    row.style.top = `${i * ROW}px`;
    row.dataset.mark = markOf(lines[i]) ?? "";
    return row;
  }

  function showWhen(row, i) {
    const isNow = i + 1 === place;
    row.dataset.when = isNow ? "now" : i + 1 < place ? "past" : "later";
    row.dataset.told = wasTold(i + 1);
    row.firstChild.ariaCurrent = isNow ? "step" : null;
  }

  return { element: scroll, load, update };
}
