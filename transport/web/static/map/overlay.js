/** What lies over the map for a moment: the choice, a stroke, what waits for its answer, news. Painted in every frame. */

import { centerOf, parseKey } from "./hexes.js";
import { outlineOf, trace } from "./painter.js";

/** Seconds that new hexes shine. */
export const NEWS_SECONDS = 1.6;
/** Pixels from a hex's centre to its corner. */
const CASING_FROM = 16;

/**
 * `shown` is {orientation, theme, chosen, cursor, pending, highlight, stroke, news}: keys each, but for `stroke`, which
 * is {keys, isTooMuch} or null, and `news`, which is a Map of key to the seconds since.
 */
export function paintOverlay(context, camera, size, shown) {
  const visible = visibleTo(camera, size, shown.orientation);
  const draw = (keys, look) => outline(context, visible(keys), camera, shown.orientation, look);
  const { theme } = shown;
  paintNews(context, visible, camera, shown);
  draw(shown.pending, { stroke: theme.pending, width: 2, dash: [3, 3] });
  draw(shown.highlight, { stroke: theme.staged, width: 3, fill: theme.staged, strength: 0.45 });
  if (shown.stroke !== null) {
    const color = shown.stroke.isTooMuch ? theme.veil : theme.chosen;
    draw(shown.stroke.keys, { stroke: color, width: 2, fill: color, strength: 0.35, casing: true });
  }
  draw(shown.chosen, { stroke: theme.chosen, width: 3, casing: true });
  draw(shown.cursor, { stroke: theme.ink, width: 2.5, casing: true, dash: [5, 3] });
}

/** A function from keys to the hexes of them that are on the screen. */
function visibleTo(camera, [width, height], orientation) {
  const [left, top] = camera.toPlane([0, 0]);
  const [right, bottom] = camera.toPlane([width, height]);
  return (keys) => {
    const found = [];
    for (const key of keys) {
      const [x, y] = centerOf(parseKey(key), orientation);
      if (x > left - 1 && x < right + 1 && y > top - 1 && y < bottom + 1) found.push({ key, x, y });
    }
    return found;
  };
}

/** Lines grow thin with the hexes, and lose their casing, or there would be nothing but lines. */
function outline(context, hexes, camera, orientation, { stroke, width: widest, dash = [], fill, strength, casing }) {
  if (hexes.length === 0) return;
  const width = Math.min(widest, Math.max(0.75, camera.scale / 8));
  context.save();
  context.translate(camera.x, camera.y);
  trace(context, hexes, outlineOf(camera.scale, orientation), camera.scale);
  if (fill !== undefined) {
    context.globalAlpha = strength;
    context.fillStyle = fill;
    context.fill();
    context.globalAlpha = 1;
  }
  // So that the line stands out from every colour for every eye.
  if (casing && camera.scale > CASING_FROM) strokeWith(context, "#ffffff", width + 2.5, []);
  strokeWith(context, stroke, width, dash);
  context.restore();
}

function strokeWith(context, color, width, dash) {
  context.setLineDash(dash);
  context.strokeStyle = color;
  context.lineWidth = width;
  context.stroke();
}

function paintNews(context, visible, camera, { news, orientation, theme }) {
  const byAge = new Map();
  for (const [key, seconds] of news) {
    if (!byAge.has(seconds)) byAge.set(seconds, []);
    byAge.get(seconds).push(key);
  }
  for (const [seconds, keys] of byAge) {
    const strength = Math.max(0, 1 - seconds / NEWS_SECONDS);
    outline(context, visible(keys), camera, orientation, {
      stroke: theme.news,
      width: 2 * strength,
      fill: theme.news,
      strength: 0.85 * strength ** 1.5,
    });
  }
}
