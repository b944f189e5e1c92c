/** The map of the hexes that a viewer knows, with mouse, fingers and keys. */

import { element, setText } from "../parts/dom.js";
import { WORDS } from "../words.js";
import { makeComplaint } from "./complaint.js";
import { describeHex } from "./contents.js";
import { watchGestures } from "./gestures.js";
import { Grip } from "./grip.js";
import { centerOf, formatKey, hexAt, parseKey, stepFrom } from "./hexes.js";
import { makeMapLegend } from "./legend.js";
import { watchMapKeys } from "./map-keys.js";
import { makeMapTools } from "./map-tools.js";
import { News } from "./news.js";
import { paintOverlay } from "./overlay.js";
import { Scene } from "./scene.js";
import { MapScreen } from "./screen.js";
import { ViewerState } from "../client/viewer-state.js";

const words = WORDS.map;
const ZOOM = 1.3;
const PAN_PIXELS = 80;

let made = 0;

export class HexMap {
  #state = new ViewerState();
  #isDm = false;
  #scene = new Scene();
  #cursor = [0, 0];
  /** Where something was pressed last, on the screen; null when it was done by keyboard. */
  #pointer = null;
  #chosen = [];
  #pending = [];
  #highlight = [];
  #news = new News();

  #screen = new MapScreen(this.#scene, (context) => this.#paintOver(context), () => this.#follow());
  #grip = new Grip(this.#scene, this.#screen.camera, () => this.#drawStroke());
  #surface = element("div", { class: "surface", role: "application", "aria-label": words.label, tabindex: 0 });
  #line = element("p", { class: "hex-line" });
  #spoken = element("p", { class: "unseen", "aria-live": "polite" });
  #keys = element("p", { class: "unseen", id: `map-keys-${(made += 1)}` });
  #empty = element("p", { class: "empty-map" });
  #complaint = makeComplaint();
  #legend = makeMapLegend();
  #tools;
  #onHover;

  /** `openHelp()` shows the keys; `onHover(key)` is told which hex the pointer, or the cursor of the keys, is on. */
  constructor(openHelp, onHover = () => {}) {
    this.#onHover = onHover;
    this.#surface.append(this.#screen.canvas);
    this.#surface.setAttribute("aria-describedby", this.#keys.id);
    for (const name of ["focus", "blur"]) this.#surface.addEventListener(name, () => this.#screen.ask());
    watchGestures(this.#surface, this.#gestures());
    watchMapKeys(this.#surface, this.#keyActions());
    this.#tools = makeMapTools({
      zoomIn: () => this.zoom(ZOOM),
      zoomOut: () => this.zoom(1 / ZOOM),
      fit: () => this.fit(),
      coordinates: () => this.toggleCoordinates(),
      help: openHelp,
    });
    const onMap = [this.#empty, this.#tools.element, this.#line, this.#complaint.element];
    const area = element("div", { class: "map-area" }, this.#surface, ...onMap);
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

  /** What a press on the map means from now on; see idle-hand.js. */
  takeInHand(hand) {
    this.#grip.take(hand);
    this.#surface.dataset.hand = hand.name;
  }

  /** From 0 to 1: how much what players do not know is veiled. */
  setFog(fog) {
    this.#screen.fog = fog;
    this.#screen.repaint();
  }

  toggleCoordinates() {
    this.#screen.coordinates = !this.#screen.coordinates;
    this.#tools.showCoordinates(this.#screen.coordinates);
    this.#screen.repaint();
  }

  /** Tells a problem with what was done last, where it was done. */
  complain(text) {
    const { camera, size } = this.#screen;
    this.#complaint.tell(text, this.#pointer ?? camera.toScreen(this.#middleOfCursor()), size);
  }

  fit() {
    this.#screen.fit(this.#scene.bounds ?? [0, 0, 0, 0]);
  }

  zoom(factor) {
    this.#screen.zoom(factor);
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
    const changed = [
      ...this.#scene.change(keys, this.#state, this.#isDm),
      ...this.#scene.changeQueue(this.#state, this.#isDm),
    ];
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
    setText(this.#line, this.#grip.says || words.known(this.#state.terrain.size));
  }

  #drawStroke() {
    this.#drawLine();
    this.#screen.ask();
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
      stroke: this.#grip.stroke,
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
      take: (point, event) => this.#press(point, event),
      drag: (point) => this.#drag(point),
      drop: () => this.#grip.end(),
      cancel: () => this.#grip.cancel(),
      click: (point, event) => this.#click(point, event),
      hover: (point) => this.#hover(point),
      leave: () => this.#grip.isPressed || this.#grip.cancel(),
    };
  }

  #keyActions() {
    return {
      step: (right, down) => this.#step(right, down),
      pan: (right, down) => this.#screen.look((camera) => camera.panBy(-right * PAN_PIXELS, -down * PAN_PIXELS)),
      zoom: (direction) => this.zoom(ZOOM ** direction),
      fit: () => this.fit(),
      use: () => this.#grip.useOn(this.#cursor, this.#middleOfCursor()),
      letGo: () => this.#letGo(),
    };
  }

  #press(point, event) {
    this.#complaint.clear();
    this.#pointer = point;
    return this.#grip.begin(point, event.shiftKey);
  }

  #drag(point) {
    this.#pointer = point;
    this.#grip.goOn(point);
  }

  #click(point, event) {
    this.#cursor = this.#hexAt(point);
    this.#grip.choose(this.#cursor, event.shiftKey || event.ctrlKey || event.metaKey);
    this.#screen.ask();
  }

  #hover(point) {
    this.#grip.hover(point);
    const hex = this.#hexAt(point);
    setText(this.#line, this.#describe(hex));
    this.#onHover(formatKey(hex));
  }

  #letGo() {
    this.#complaint.clear();
    this.#grip.letGo();
  }

  #step(right, down) {
    this.#cursor = stepFrom(this.#cursor, right, down, this.#scene.orientation);
    this.#pointer = null;
    this.#screen.look((camera) => camera.keepInSight(this.#middleOfCursor(), this.#screen.size));
    const said = this.#describe(this.#cursor);
    setText(this.#line, said);
    setText(this.#spoken, said);
    this.#onHover(formatKey(this.#cursor));
    this.#screen.ask();
  }

  #middleOfCursor() {
    return centerOf(this.#cursor, this.#scene.orientation);
  }

  #hexAt(point) {
    return hexAt(this.#screen.camera.toPlane(point), this.#scene.orientation);
  }

  #describe(hex) {
    return describeHex(formatKey(hex), this.#state, this.#isDm);
  }
}
