/** The session from left to right: how much happened when, the marks, and where one is. */

import { element } from "../parts/dom.js";
import { readColour, watchTheme } from "../map/theme.js";
import { WORDS } from "../words.js";

const words = WORDS.replay;
const COLOURS = { start: "--calm", pause: "--warn", end: "--grave", publish: "--map-staged", join: "--accent" };
const BINS = 240;

/** `onSeek(seconds)` gets playing time; `describe()` says the moment in words. */
export function makeScrubber(onSeek, describe) {
  const canvas = element("canvas", { class: "density", "aria-hidden": "true" });
  const range = element("input", { type: "range", min: 0, step: 0.01, class: "scrub", "aria-label": words.scrubber });
  const box = element("div", { class: "scrubber" }, canvas, range);
  let shown = { marks: [], seconds: 1, due: [], left: null };

  range.addEventListener("input", () => onSeek(Number(range.value)));
  new ResizeObserver(paint).observe(canvas);
  watchTheme(paint);

  /** `due` are the playing times of all lines; `marks` [{place, kind}, ...]; `left` a place to point out, or null. */
  function load({ due, seconds, marks, left }) {
    shown = { due, seconds, marks, left };
    range.max = seconds;
    paint();
  }

  function update(seconds) {
    range.value = seconds;
    range.setAttribute("aria-valuetext", describe());
    box.style.setProperty("--part", seconds / shown.seconds);
  }

  function paint() {
    const { width, height } = canvas.getBoundingClientRect();
    if (width === 0) return;
    const density = Math.min(2, devicePixelRatio);
    [canvas.width, canvas.height] = [Math.round(width * density), Math.round(height * density)];
    const context = canvas.getContext("2d");
    context.scale(density, density);
    paintCurve(context, width, height);
    for (const { place, kind } of shown.marks) paintMark(context, width, height, shown.due[place - 1], COLOURS[kind]);
    if (shown.left !== null) paintMark(context, width, height, shown.due[shown.left - 1] ?? 0, "--ink");
  }

  function paintCurve(context, width, height) {
    const bins = new Array(BINS).fill(0);
    for (const at of shown.due) bins[Math.min(BINS - 1, Math.floor((at / shown.seconds) * BINS))] += 1;
    const most = Math.max(1, ...bins);
    context.fillStyle = readColour("--edge");
    context.globalAlpha = 0.55;
    bins.forEach((number, i) => {
      // The root, so that a few events still show beside a burst.
      const tall = Math.sqrt(number / most) * (height - 10);
      context.fillRect((i / BINS) * width, height - tall, width / BINS + 0.5, tall);
    });
    context.globalAlpha = 1;
  }

  function paintMark(context, width, height, seconds, colour) {
    const x = (seconds / shown.seconds) * width;
    context.fillStyle = readColour(colour);
    context.fillRect(x - 1, 4, 2, height - 4);
    context.beginPath();
    context.arc(x, 5, 4, 0, 2 * Math.PI);
    context.fill();
  }

  return { element: box, range, load, update };
}
