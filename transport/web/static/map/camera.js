/**
 * Which part of the plane the map shows. Screen lengths are in pixels from the map's upper left corner, lengths of
 * the plane in hexes, from the centre to a corner.
 */

/** Pixels from a hex's centre to its corner. */
const SMALLEST = 0.4;
const LARGEST = 120;
const MARGIN = 24;
/** So that a map of three hexes does not fill the screen with them. */
const LARGEST_FIT = 40;

export class MapCamera {
  x = 0;
  y = 0;
  scale = LARGEST_FIT;
  /** Shows everything, as long as nobody has moved it. */
  isAutomatic = true;

  /** The point of the plane under a point of the screen. */
  toPlane([x, y]) {
    return [(x - this.x) / this.scale, (y - this.y) / this.scale];
  }

  toScreen([x, y]) {
    return [x * this.scale + this.x, y * this.scale + this.y];
  }

  panBy(dx, dy) {
    this.isAutomatic = false;
    this.x += dx;
    this.y += dy;
  }

  /** Zooms, and keeps what is under the point where it is. */
  zoomAt([x, y], factor) {
    this.isAutomatic = false;
    const scale = Math.min(LARGEST, Math.max(SMALLEST, this.scale * factor));
    this.x = x - ((x - this.x) * scale) / this.scale;
    this.y = y - ((y - this.y) * scale) / this.scale;
    this.scale = scale;
  }

  /** Shows all of a box [left, top, right, bottom] of the plane on a screen of this size. */
  fit([left, top, right, bottom], width, height) {
    const room = Math.min((width - 2 * MARGIN) / (right - left), (height - 2 * MARGIN) / (bottom - top));
    this.scale = Math.min(LARGEST_FIT, Math.max(SMALLEST, room));
    this.x = (width - (left + right) * this.scale) / 2;
    this.y = (height - (top + bottom) * this.scale) / 2;
    this.isAutomatic = true;
  }

  /** Moves as little as it takes to have the hex around the point on a screen of this size. */
  keepInSight(point, [width, height]) {
    const [x, y] = this.toScreen(point);
    const edge = 1.5 * this.scale;
    const dx = Math.max(0, edge - x) + Math.min(0, width - edge - x);
    const dy = Math.max(0, edge - y) + Math.min(0, height - edge - y);
    if (dx !== 0 || dy !== 0) this.panBy(dx, dy);
  }
}
