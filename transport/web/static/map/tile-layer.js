/**
 * A picture of the hexes at one scale, in square tiles that are painted when they are first needed. Moving the map
 * then costs a few copies of pictures, however many hexes are on them.
 */

/** Pixels of the screen. */
const SIDE = 256;
/** About 100 MB where four dots make a pixel; beyond these, only what is needed now is kept. */
const MOST_TILES = 96;

export class TileLayer {
  #density;
  #paintBox;
  #tiles = new Map();

  /** `paintBox(context, box, scale)` draws the hexes of a box of the plane; the context's unit is a pixel of the layer. */
  constructor(scale, density, paintBox) {
    this.scale = scale;
    this.#density = density;
    this.#paintBox = paintBox;
  }

  /** Draws what is painted of the part that the camera shows. */
  draw(context, camera, size) {
    const enlarged = camera.scale / this.scale;
    // Whole dots, or there would be seams between the tiles.
    const whole = (length) => Math.round(length * this.#density) / this.#density;
    for (const [column, row] of this.#places(camera, size, 0)) {
      const tile = this.#tiles.get(nameOf(column, row));
      if (tile === undefined) continue;
      const [left, top] = [whole(camera.x + column * SIDE * enlarged), whole(camera.y + row * SIDE * enlarged)];
      const right = whole(camera.x + (column + 1) * SIDE * enlarged);
      const bottom = whole(camera.y + (row + 1) * SIDE * enlarged);
      context.drawImage(tile, left, top, right - left, bottom - top);
    }
  }

  /** Whether all that the camera shows is painted. */
  isComplete(camera, size) {
    return this.#places(camera, size, 0).every(([column, row]) => this.#tiles.has(nameOf(column, row)));
  }

  /**
   * Paints one tile that is missing of what the camera shows, and `around` pixels more on every side; the nearest to
   * the middle. Returns whether there was one.
   */
  paintOne(camera, size, around = 0) {
    const places = this.#places(camera, size, around);
    const missing = places.filter(([column, row]) => !this.#tiles.has(nameOf(column, row)));
    if (missing.length === 0) return false;
    if (this.#tiles.size >= MOST_TILES) this.#keepOnly(places);
    const middle = [(size[0] / 2 - camera.x) / SIDE - 0.5, (size[1] / 2 - camera.y) / SIDE - 0.5];
    const away = ([column, row]) => Math.hypot(column - middle[0], row - middle[1]);
    this.#paint(...missing.reduce((nearest, place) => (away(place) < away(nearest) ? place : nearest)));
    return true;
  }

  /** The tiles that these hexes lie on, or reach into, are painted anew when they are needed next. */
  forget(hexes) {
    for (const { x, y } of hexes) {
      const [left, right] = [x - 1.2, x + 1.2].map((edge) => Math.floor((edge * this.scale) / SIDE));
      const [top, bottom] = [y - 1.2, y + 1.2].map((edge) => Math.floor((edge * this.scale) / SIDE));
      for (let column = left; column <= right; column += 1) {
        for (let row = top; row <= bottom; row += 1) this.#tiles.delete(nameOf(column, row));
      }
    }
  }

  /** Never one that is needed: on a large screen these alone may be more than the most. */
  #keepOnly(places) {
    const needed = new Set(places.map(([column, row]) => nameOf(column, row)));
    for (const name of this.#tiles.keys()) if (!needed.has(name)) this.#tiles.delete(name);
  }

  #paint(column, row) {
    const tile = document.createElement("canvas");
    tile.width = tile.height = Math.round(SIDE * this.#density);
    const context = tile.getContext("2d");
    const [left, top] = [column * SIDE, row * SIDE];
    context.setTransform(this.#density, 0, 0, this.#density, -left * this.#density, -top * this.#density);
    const box = [left, top, left + SIDE, top + SIDE].map((edge) => edge / this.scale);
    this.#paintBox(context, box, this.scale);
    this.#tiles.set(nameOf(column, row), tile);
  }

  #places(camera, [width, height], around) {
    const side = (SIDE * camera.scale) / this.scale;
    const places = [];
    const lastRow = Math.floor((height + around - camera.y) / side);
    const lastColumn = Math.floor((width + around - camera.x) / side);
    for (let row = Math.floor((-around - camera.y) / side); row <= lastRow; row += 1) {
      for (let column = Math.floor((-around - camera.x) / side); column <= lastColumn; column += 1) {
        places.push([column, row]);
      }
    }
    return places;
  }
}

function nameOf(column, row) {
  return `${column},${row}`;
}
