/** The canvas of a map: follows its size and theme, and draws a frame only when something has changed. */

import { element } from "../parts/dom.js";
import { MapCamera } from "./camera.js";
import { paintHexes } from "./painter.js";
import { readTheme, watchTheme } from "./theme.js";
import { TileLayer } from "./tile-layer.js";

/** Of the 16 in a frame; the rest is the browser's, and for a slower machine. */
const PAINT_MILLISECONDS = 5;
/** After this long without zooming the hexes are painted at the scale of now, instead of an enlarged picture. */
const SHARPEN_MILLISECONDS = 120;
/** How much larger or smaller a picture may be shown meanwhile. */
const COARSEST = 1.6;
/** Pixels around the screen that are painted ahead, in idle frames. */
const AHEAD = 200;

export class MapScreen {
  camera = new MapCamera();
  canvas = element("canvas", { class: "map-canvas", "aria-hidden": "true" });
  theme = readTheme();
  /** From 0 to 1: how much what players do not know is veiled. */
  fog = 0;
  coordinates = false;
  /** Width and height in pixels. */
  size = [0, 0];

  #scene;
  #paintOver;
  #onResize;
  #density = 1;
  #layer = null;
  /** The picture of before, as long as the new one has holes. */
  #before = null;
  #zoomedAt = 0;
  #isAsked = false;

  /** `paintOver(context)` draws over the hexes and returns whether it wants another frame; `onResize()` is told first. */
  constructor(scene, paintOver, onResize) {
    this.#scene = scene;
    this.#paintOver = paintOver;
    this.#onResize = onResize;
    new ResizeObserver(() => this.#resize()).observe(this.canvas);
    watchTheme(() => {
      this.theme = readTheme();
      this.repaint();
    });
  }

  /** Whether everything is painted as it is. */
  get isSettled() {
    return !this.#isAsked && this.#layer !== null && this.#layer.isComplete(this.camera, this.size);
  }

  /** Draws a frame soon. */
  ask() {
    if (this.#isAsked) return;
    this.#isAsked = true;
    requestAnimationFrame(() => {
      this.#isAsked = false;
      this.#draw();
    });
  }

  /** Something about all the hexes has changed. */
  repaint() {
    this.#layer = this.#before = null;
    this.ask();
  }

  /** These hexes have changed. */
  repaintHexes(hexes) {
    if (hexes.length === 0) return;
    this.#layer?.forget(hexes);
    this.#before = null;
    this.ask();
  }

  /** Shows another part of the plane; `move` changes the camera. */
  look(move) {
    const { scale } = this.camera;
    move(this.camera);
    if (this.camera.scale !== scale) this.#zoomedAt = performance.now();
    this.ask();
  }

  /** Shows the hexes with their middles in the box [left, top, right, bottom] of the plane. */
  fit([left, top, right, bottom]) {
    this.look((camera) => camera.fit([left - 1, top - 1, right + 1, bottom + 1], ...this.size));
  }

  /** Zooms at the middle. */
  zoom(factor) {
    const [width, height] = this.size;
    this.look((camera) => camera.zoomAt([width / 2, height / 2], factor));
  }

  #resize() {
    const { width, height } = this.canvas.getBoundingClientRect();
    if (width === 0 || height === 0) return;
    const density = Math.min(2, devicePixelRatio);
    this.size = [width, height];
    [this.canvas.width, this.canvas.height] = [Math.round(width * density), Math.round(height * density)];
    if (density !== this.#density) this.#layer = this.#before = null;
    this.#density = density;
    this.#onResize();
    // At once: a new size has emptied the canvas.
    this.#draw();
  }

  #draw() {
    if (this.size[0] === 0) return;
    this.#chooseLayer();
    const isComplete = this.#paintMissing();
    if (isComplete) this.#before = null;
    const context = this.canvas.getContext("2d", { alpha: false });
    context.setTransform(this.#density, 0, 0, this.#density, 0, 0);
    context.fillStyle = this.theme.fog;
    context.fillRect(0, 0, ...this.size);
    this.#before?.draw(context, this.camera, this.size);
    this.#layer.draw(context, this.camera, this.size);
    const isMoving = this.#paintOver(context);
    if (isMoving || !isComplete || this.#layer.scale !== this.camera.scale) this.ask();
    else if (this.#layer.paintOne(this.camera, this.size, AHEAD)) this.ask();
  }

  #chooseLayer() {
    const coarse = this.#layer === null ? Infinity : this.camera.scale / this.#layer.scale;
    if (coarse === 1) return;
    const isResting = performance.now() - this.#zoomedAt > SHARPEN_MILLISECONDS;
    if (!isResting && coarse < COARSEST && coarse > 1 / COARSEST) return;
    if (this.#layer?.isComplete(this.camera, this.size)) this.#before = this.#layer;
    this.#layer = new TileLayer(this.camera.scale, this.#density, (...where) => this.#paintTile(...where));
  }

  #paintMissing() {
    const end = performance.now() + PAINT_MILLISECONDS;
    while (this.#layer.paintOne(this.camera, this.size)) {
      if (performance.now() > end) return this.#layer.isComplete(this.camera, this.size);
    }
    return true;
  }

  #paintTile(context, [left, top, right, bottom], scale) {
    const hexes = [];
    this.#scene.forEachIn([left - 1.1, top - 1.1, right + 1.1, bottom + 1.1], (hex) => hexes.push(hex));
    const { theme, fog, coordinates } = this;
    paintHexes(context, hexes, scale, { orientation: this.#scene.orientation, theme, fog, coordinates });
  }
}
