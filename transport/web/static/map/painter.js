/** Paints hexes: terrain, borders, marks, and for a DM what players do not know and what is staged. */

import { cornersOf } from "./hexes.js";
import { lookOf } from "./terrains.js";

/** From this many pixels between a hex's centre and its corner on, something more can be told apart. */
const DETAIL = { shape: 3.5, border: 6, mark: 9, coordinates: 24 };
/** What the marks of terrains.js are drawn for. */
const MARK_RADIUS = 20;

/**
 * Draws the hexes around their middles (`hex.x * scale`, `hex.y * scale`). `style` is {orientation, theme, fog,
 * coordinates}: `fog` is from 0 (no veil over what players do not know) to 1.
 */
export function paintHexes(context, hexes, scale, style) {
  const outline = outlineOf(scale, style.orientation);
  paintTerrain(context, hexes.filter((hex) => hex.terrain !== null), outline, scale);
  for (const veil of ["some", "hidden"]) {
    paintVeil(context, hexes.filter((hex) => hex.veil === veil && hex.terrain !== null), outline, scale, style, veil);
  }
  paintStaged(context, hexes.filter((hex) => hex.isStaged), outline, scale, style.theme);
  if (style.coordinates && scale >= DETAIL.coordinates) paintCoordinates(context, hexes, scale, style.theme);
}

/** The corners of a hex around its middle, in pixels; a box of the same width while a hex is but a few pixels wide. */
export function outlineOf(scale, orientation) {
  if (scale >= DETAIL.shape) return cornersOf(orientation).map(([x, y]) => [x * scale, y * scale]);
  const [width, height] = orientation === "flat" ? [1.5, Math.sqrt(3)] : [Math.sqrt(3), 1.5];
  // A little more, so that no fog shimmers through between two of them.
  const [x, y] = [(width * scale) / 2 + 0.2, (height * scale) / 2 + 0.2];
  return [[x, y], [-x, y], [-x, -y], [x, -y]];
}

/** Begins a path of the outlines of all the hexes. */
export function trace(context, hexes, outline, scale) {
  const [[firstX, firstY], ...others] = outline;
  context.beginPath();
  for (const hex of hexes) {
    const [x, y] = [hex.x * scale, hex.y * scale];
    context.moveTo(x + firstX, y + firstY);
    for (const [dx, dy] of others) context.lineTo(x + dx, y + dy);
    // Not closePath(): in Chromium each takes the longer the more there is in the path already.
    context.lineTo(x + firstX, y + firstY);
  }
}

function paintTerrain(context, hexes, outline, scale) {
  for (const [terrain, group] of byTerrain(hexes)) {
    const look = lookOf(terrain);
    context.fillStyle = look.color;
    trace(context, group, outline, scale);
    context.fill();
    if (scale >= DETAIL.border) {
      context.strokeStyle = "rgb(0 0 0 / 30%)";
      context.lineWidth = Math.min(1, scale / 24);
      context.stroke();
    }
    if (scale >= DETAIL.mark) paintMarks(context, group, look, scale);
  }
}

function byTerrain(hexes) {
  const groups = new Map();
  for (const hex of hexes) {
    if (!groups.has(hex.terrain)) groups.set(hex.terrain, []);
    groups.get(hex.terrain).push(hex);
  }
  return groups;
}

function paintMarks(context, hexes, { ink, solid, mark }, scale) {
  const one = new Path2D(`M0 0${mark}`);
  const all = new Path2D();
  const size = scale / MARK_RADIUS;
  for (const hex of hexes) {
    all.addPath(one, { a: size, b: 0, c: 0, d: size, e: hex.x * scale, f: hex.y * scale });
  }
  context.lineCap = context.lineJoin = "round";
  if (solid) {
    context.fillStyle = ink;
    context.fill(all);
  } else {
    context.strokeStyle = ink;
    context.lineWidth = 2 * size;
    context.stroke(all);
  }
}

/** "hidden" with a close hatch, "some" with a wide one; far away the hatch would only flicker. */
function paintVeil(context, hexes, outline, scale, { theme, fog }, veil) {
  if (hexes.length === 0) return;
  trace(context, hexes, outline, scale);
  context.globalAlpha = veil === "hidden" ? fog : Math.min(1, fog * 0.6 + 0.2);
  if (veil === "hidden") {
    context.fillStyle = theme.veil;
    context.fill();
  }
  if (scale >= DETAIL.border) {
    context.fillStyle = context.createPattern(hatch(theme.hatch, veil === "hidden" ? 7 : 14), "repeat");
    context.fill();
  }
  context.globalAlpha = 1;
}

const hatches = new Map();

/** A square of diagonal threads that continues itself. */
function hatch(color, gap) {
  const name = `${color} ${gap}`;
  if (!hatches.has(name)) hatches.set(name, makeHatch(color, gap));
  return hatches.get(name);
}

function makeHatch(color, gap) {
  const square = document.createElement("canvas");
  square.width = square.height = gap;
  const context = square.getContext("2d");
  context.strokeStyle = color;
  context.lineWidth = 1.6;
  // Three threads, since the corners belong to the neighbours' threads.
  for (const shift of [-gap, 0, gap]) {
    context.beginPath();
    context.moveTo(shift - 1, gap + 1);
    context.lineTo(shift + gap + 1, -1);
    context.stroke();
  }
  return square;
}

function paintStaged(context, hexes, outline, scale, theme) {
  if (hexes.length === 0) return;
  const inner = outline.map(([x, y]) => [x * 0.86, y * 0.86]);
  trace(context, hexes, scale >= DETAIL.border ? inner : outline, scale);
  context.globalAlpha = 0.28;
  context.fillStyle = theme.staged;
  context.fill();
  context.globalAlpha = 1;
  if (scale < DETAIL.border) return;
  context.strokeStyle = theme.staged;
  context.lineWidth = Math.max(1.5, scale / 9);
  context.setLineDash([scale / 3, scale / 5]);
  context.stroke();
  context.setLineDash([]);
}

function paintCoordinates(context, hexes, scale, theme) {
  context.font = `600 ${Math.max(9, Math.min(13, scale / 3.2))}px system-ui, sans-serif`;
  context.textAlign = "center";
  context.textBaseline = "middle";
  context.lineJoin = "round";
  context.lineWidth = 3;
  context.strokeStyle = theme.paper;
  context.fillStyle = theme.ink;
  for (const hex of hexes) {
    if (hex.terrain === null) continue;
    const [x, y] = [hex.x * scale, hex.y * scale + scale * 0.6];
    context.strokeText(hex.key, x, y);
    context.fillText(hex.key, x, y);
  }
}
