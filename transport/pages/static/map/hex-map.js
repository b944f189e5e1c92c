/** The map of the hexes that a viewer knows, with mouse, fingers and keys. */

import { element, setText } from "../parts/dom.js";
import { WORDS } from "../words.js";
import { describeHex } from "./contents.js";
import { centerOf, formatKey, hexAt, parseKey, stepFrom } from "./hexes.js";
import { watchGestures } from "./gestures.js";
import { IDLE_HAND } from "./idle-hand.js";
import { makeMapLegend } from "./legend.js";
import { makeMapTools } from "./map-tools.js";
import { News } from "./news.js";
import { paintOverlay } from "./overlay.js";
import { Scene } from "./scene.js";
import { MapScreen } from "./screen.js";
import { ViewerState } from "../client/viewer-state.js";

const words = WORDS.map;
const STEP = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ZOOM = 1.3;
const PAN_PIXELS = 80;
const COMPLAINT_SECONDS = 8;

export class HexMap {
  #state = new ViewerState();
  #isDm = false;
  #scene = new Scene();
  #cursor = [0, 0];
  /** What a press on the map means; see idle-hand.js. */
  #hand = IDLE_HAND;
  #stroke = null;
  #isPressed = false;
  #pointer = null;
  #chosen = [];
  #pending = [];
  #highlight = [];
  #news = new News();
  #quiet;

  #screen = new MapScreen(this.#scene, (context) => this.#paintOver(context), () => this.#follow());
  #surface = element("div", { class: "surface", role: "application", "aria-label": words.label, tabindex: 0 });
  #line = element("p", { class: "hex-line" });
  #spoken = element("p", { class: "unseen", "aria-live": "polite" });
  #keys = element("p", { class: "unseen", id: "map-keys" });
  #empty = element("p", { class: "empty-map" });
  #complaint = element("p", { class: "map-problem", role: "alert" });
  #legend = makeMapLegend();

  constructor() {
    this.#surface.append(this.#screen.canvas);
    this.#surface.setAttribute("aria-describedby", this.#keys.id);
    this.#surface.addEventListener("keydown", (event) => this.#press(event));
    for (const name of ["focus", "blur"]) this.#surface.addEventListener(name, () => this.#screen.ask());
    watchGestures(this.#surface, this.#gestures());
    const tools = makeMapTools({
      zoomIn: () => this.zoom(ZOOM),
      zoomOut: () => this.zoom(1 / ZOOM),
      fit: () => this.fit(),
      coordinates: () => this.toggleCoordinates(),
    });
    const area = element("div", { class: "map-area" }, this.#surface, this.#empty, tools.element, this.#line, this.#complaint);
    this.tools = tools;
    this.element = element(
      "section",
      { class: "map", "aria-label": words.label },
      area,
      this.#legend.element,
      this.#keys,
      this.#spoken,
    );
  }

  /** Whether the canvas shows all as it is, and nothing moves. */
  get isSettled() {
    return this.#screen.isSettled && this.#news.isOver;
  }

  get scene() {
    return this.#scene;
  }

  /** Takes over what has changed: `changes` of the state's map, and what a DM sees besides. */
  update({ state, changes, isDm, orientation, pending }) {
    const isOther = state !== this.#state || isDm !== this.#isDm || orientation !== this.#scene.orientation;
    this.#state = state;
    this.#isDm = isDm;
    this.#pending = pending;
    if (isOther || changes.isAll) this.#drawAnew(orientation);
    else this.#drawChanges(changes);
    if (!isDm) this.#news.add(changes.news);
    this.#screen.ask();
  }

  /** The hexes that a DM has chosen. */
  showChosen(keys) {
    this.#chosen = keys;
    this.#screen.ask();
  }

  /** Hexes that something elsewhere on the page is about. */
  highlight(keys) {
    this.#highlight = keys;
    this.#screen.ask();
  }

  /** What a press on the map means from now on. */
  takeInHand(hand) {
    this.#cancelStroke();
    this.#hand = hand;
    this.#surface.dataset.hand = hand.name;
  }

  /** From 0 to 1: how much what players do not know is veiled. */
  setFog(fog) {
    this.#screen.fog = fog;
    this.#screen.repaint();
  }

  toggleCoordinates() {
    this.#screen.coordinates = !this.#screen.coordinates;
    this.tools.showCoordinates(this.#screen.coordinates);
    this.#screen.repaint();
  }

  /** A problem with what was done on the map, told where it was done. */
  complain(text) {
    const [x, y] = this.#pointer ?? this.#screen.camera.toScreen(centerOf(this.#cursor, this.#scene.orientation));
    const [width, height] = this.#screen.size;
    this.#complaint.style.left = `${Math.min(Math.max(x, 130), width - 130)}px`;
    this.#complaint.style.top = `${Math.min(Math.max(y + 14, 0), height - 70)}px`;
    setText(this.#complaint, text);
    clearTimeout(this.#quiet);
    this.#quiet = setTimeout(() => setText(this.#complaint, ""), COMPLAINT_SECONDS * 1000);
  }

  fit() {
    const [left, top, right, bottom] = this.#scene.bounds ?? [0, 0, 0, 0];
    this.#screen.look((camera) => camera.fit([left - 1, top - 1, right + 1, bottom + 1], ...this.#screen.size));
  }

  zoom(factor) {
    const [width, height] = this.#screen.size;
    this.#screen.look((camera) => camera.zoomAt([width / 2, height / 2], factor));
  }

  focus() {
    this.#surface.focus();
  }

  /** Where the middle of a hex is in the window, as [x, y] in pixels. */
  placeOf(key) {
    const box = this.#surface.getBoundingClientRect();
    const [x, y] = this.#screen.camera.toScreen(centerOf(parseKey(key), this.#scene.orientation));
    return [x + box.left, y + box.top];
  }

  #drawAnew(orientation) {
    this.#scene.fill(this.#state, this.#isDm, orientation);
    this.#screen.repaint();
    this.#drawWords();
    this.#follow();
  }

  #drawChanges({ keys }) {
    const before = this.#scene.bounds;
    const changed = this.#scene.change(keys, this.#state, this.#isDm);
    changed.push(...this.#scene.changeQueue(this.#state, this.#isDm));
    if (changed.length === 0) return;
    this.#screen.repaintHexes(changed);
    this.#drawWords();
    if (`${before}` !== `${this.#scene.bounds}`) this.#follow();
  }

  #drawWords() {
    const { counts, orientation } = this.#scene;
    this.#legend.update(counts, this.#isDm, orientation);
    setText(this.#empty, this.#isDm ? words.emptyDm : words.emptyPlayer);
    setText(this.#keys, this.#isDm ? words.keys : words.keysPlayer);
    this.#empty.hidden = this.#state.terrain.size > 0;
    this.#drawLine();
  }

  #drawLine() {
    setText(this.#line, this.#isPressed ? this.#hand.describe(this.#stroke) : words.known(this.#state.terrain.size));
  }

  #paintOver(context) {
    const { camera, size, theme } = this.#screen;
    paintOverlay(context, camera, size, {
      orientation: this.#scene.orientation,
      theme,
      chosen: this.#chosen,
      cursor: this.#surface.matches(":focus-visible") ? [formatKey(this.#cursor)] : [],
      pending: this.#pending,
      highlight: this.#highlight,
      stroke: this.#stroke,
      news: this.#news.ages(),
    });
    return !this.#news.isOver;
  }

  /** As long as nobody has moved the map, it shows all there is. */
  #follow() {
    if (this.#screen.camera.isAutomatic) this.fit();
  }

  #gestures() {
    return {
      pan: (dx, dy) => this.#screen.look((camera) => camera.panBy(dx, dy)),
      zoom: (point, factor) => this.#screen.look((camera) => camera.zoomAt(point, factor)),
      take: (point, event) => this.#beginStroke(point, event),
      drag: (point) => this.#goOn(point),
      drop: () => this.#endStroke(),
      cancel: () => this.#cancelStroke(),
      click: (point, event) => this.#click(point, event),
      hover: (point) => this.#hover(point),
      leave: () => this.#leave(),
    };
  }

  #beginStroke(point, event) {
    setText(this.#complaint, "");
    this.#pointer = point;
    this.#stroke = this.#hand.begin(event.shiftKey, this.#scene);
    this.#isPressed = this.#stroke !== null;
    if (this.#isPressed) this.#goOn(point);
    return this.#isPressed;
  }

  #goOn(point) {
    if (this.#stroke === null) return; // cancelled by a key, while the button is still down
    this.#pointer = point;
    this.#stroke.moveTo(this.#screen.camera.toPlane(point));
    this.#drawLine();
    this.#screen.ask();
  }

  #endStroke() {
    const stroke = this.#stroke;
    this.#cancelStroke();
    if (stroke !== null) this.#hand.end(stroke);
  }

  #cancelStroke() {
    this.#stroke = null;
    this.#isPressed = false;
    this.#drawLine();
    this.#screen.ask();
  }

  #click(point, event) {
    this.#cursor = this.#hexAt(point);
    this.#hand.choose(formatKey(this.#cursor), event.shiftKey || event.ctrlKey || event.metaKey);
    this.#screen.ask();
  }

  /** Shows what the tool in hand would cover, if it was pressed here. */
  #hover(point) {
    this.#stroke = this.#hand.begin(false, this.#scene);
    this.#stroke?.moveTo(this.#screen.camera.toPlane(point));
    setText(this.#line, this.#describe(this.#hexAt(point)));
    this.#screen.ask();
  }

  #leave() {
    if (!this.#isPressed) this.#cancelStroke();
  }

  #hexAt(point) {
    return hexAt(this.#screen.camera.toPlane(point), this.#scene.orientation);
  }

  #describe(hex) {
    return describeHex(formatKey(hex), this.#state, this.#isDm);
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.#actionOf(event);
    if (act === undefined) return;
    event.preventDefault();
    event.stopPropagation();
    act();
  }

  #actionOf({ key, shiftKey }) {
    if (key in STEP) return () => (shiftKey ? this.#panTo(...STEP[key]) : this.#step(...STEP[key]));
    if (key === "+" || key === "=") return () => this.zoom(ZOOM);
    if (key === "-") return () => this.zoom(1 / ZOOM);
    if (key === "0") return () => this.fit();
    if (key === "Enter" || key === " ") return () => this.#useOnCursor();
    if (key === "Escape") return () => this.#escape();
    return undefined;
  }

  #panTo(right, down) {
    this.#screen.look((camera) => camera.panBy(-right * PAN_PIXELS, -down * PAN_PIXELS));
  }

  #step(right, down) {
    this.#cursor = stepFrom(this.#cursor, right, down, this.#scene.orientation);
    this.#pointer = null;
    this.#keepInSight();
    const said = this.#describe(this.#cursor);
    setText(this.#line, said);
    setText(this.#spoken, said);
    this.#screen.ask();
  }

  #useOnCursor() {
    const stroke = this.#hand.begin(false, this.#scene);
    if (stroke === null) {
      this.#hand.choose(formatKey(this.#cursor), true);
    } else {
      stroke.moveTo(centerOf(this.#cursor, this.#scene.orientation));
      this.#hand.end(stroke);
    }
  }

  #escape() {
    setText(this.#complaint, "");
    if (this.#isPressed) this.#cancelStroke();
    else this.#hand.letGo();
  }

  #keepInSight() {
    const { camera, size } = this.#screen;
    const [x, y] = camera.toScreen(centerOf(this.#cursor, this.#scene.orientation));
    const edge = camera.scale * 1.5;
    const dx = Math.max(0, edge - x) + Math.min(0, size[0] - edge - x);
    const dy = Math.max(0, edge - y) + Math.min(0, size[1] - edge - y);
    if (dx !== 0 || dy !== 0) this.#screen.look(() => camera.panBy(dx, dy));
  }
}
