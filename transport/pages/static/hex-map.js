/** The map of the hexes that a viewer knows, with mouse, fingers and keys. */

import { element, setText, svg } from "./dom.js";
import { centerOf, hexAt, parseKey, stepFrom } from "./hexes.js";
import { MapCamera } from "./map-camera.js";
import { describeHex, keysBySecrecy, keysByTerrain, stagedKeys } from "./map-contents.js";
import { watchGestures } from "./map-gestures.js";
import { makeMapLegend } from "./map-legend.js";
import { fillOf, makeHatches } from "./map-hatches.js";
import { RADIUS, boundsOf, hexesPath, marksPath } from "./map-shapes.js";
import { USUAL_TERRAINS, lookOf } from "./terrains.js";
import { ViewerState } from "./viewer-state.js";
import { WORDS } from "./words.js";

const words = WORDS.map;
const STEP = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };
const ZOOM = 1.3;
/** From the bottom to the top. */
const OVERLAYS = ["hidden", "some", "staged", "casing", "chosen", "cursor"];
/** Below this scale the marks are only noise. */
const MARKS_FROM = 0.3;

export class HexMap {
  #state = new ViewerState();
  #isDm = false;
  #orientation = "flat";
  #selection;
  #camera = new MapCamera();
  #cursor = [0, 0];
  /** What is on the screen now, to see what has to be drawn anew. */
  #drawn = {};

  #terrain = svg("g");
  #over = Object.fromEntries(OVERLAYS.map((name) => [name, svg("path", { class: name, fill: fillOf(name) })]));
  #world = svg("g", {}, this.#terrain, ...Object.values(this.#over));
  #surface = svg("svg", { class: "surface", role: "application", "aria-label": words.label, tabindex: 0 });
  #line = element("p", { class: "hex-line" });
  #spoken = element("p", { class: "unseen", "aria-live": "polite" });
  #keys = element("p", { class: "unseen", id: "map-keys" });
  #empty = element("p", { class: "empty-map" });
  #legend = makeMapLegend();

  /** What a DM chooses on it goes into `selection`. */
  constructor(selection) {
    this.#selection = selection;
    selection.addEventListener("change", () => this.#drawChosen());
    this.#surface.append(makeHatches(), this.#world);
    this.#surface.setAttribute("aria-describedby", this.#keys.id);
    this.#surface.addEventListener("keydown", (event) => this.#press(event));
    watchGestures(this.#surface, {
      pan: (dx, dy) => this.#look(() => this.#camera.panBy(dx, dy)),
      zoom: (x, y, factor) => this.#look(() => this.#camera.zoomAt(x, y, factor)),
      click: (x, y) => this.#choose(parseKey(this.#keyAt(x, y))),
      hover: (x, y) => setText(this.#line, describeHex(this.#keyAt(x, y), this.#state, this.#isDm)),
      leave: () => this.#drawLine(),
    });
    const area = element("div", { class: "map-area" }, this.#surface, this.#empty, this.#makeTools(), this.#line);
    this.element = element(
      "section",
      { class: "map", "aria-label": words.label },
      area,
      this.#legend.element,
      this.#keys,
      this.#spoken,
    );
    new ResizeObserver(() => this.#follow()).observe(this.#surface);
  }

  update({ state, isDm, orientation }) {
    const before = this.#drawn;
    this.#drawn = { mapVersion: state.mapVersion, staged: state.staged, isDm, orientation };
    this.#state = state;
    this.#isDm = isDm;
    this.#orientation = orientation;
    if (before.isDm !== isDm || before.orientation !== orientation) this.#drawChosen();
    if (before.mapVersion !== state.mapVersion || before.isDm !== isDm || before.orientation !== orientation) {
      this.#drawTerrain();
    }
    if (before.staged !== state.staged || before.orientation !== orientation) {
      this.#draw("staged", stagedKeys(state.staged));
    }
  }

  #drawTerrain() {
    const groups = keysByTerrain(this.#state, USUAL_TERRAINS);
    this.#terrain.replaceChildren(...[...groups].flatMap(([name, keys]) => terrainPaths(name, keys, this.#orientation)));
    const { hidden, some } = this.#isDm ? keysBySecrecy(this.#state) : { hidden: [], some: [] };
    this.#draw("hidden", hidden);
    this.#draw("some", some);
    const counts = [...groups].map(([terrain, keys]) => [terrain, keys.length]);
    this.#legend.update(counts, this.#isDm, this.#orientation);
    setText(this.#empty, this.#isDm ? words.emptyDm : words.emptyPlayer);
    setText(this.#keys, this.#isDm ? words.keys : words.keysPlayer);
    this.#empty.hidden = groups.size > 0;
    this.#drawLine();
    this.#follow();
  }

  #drawChosen() {
    const chosen = this.#isDm ? this.#selection.keys : [];
    this.#draw("casing", chosen);
    this.#draw("chosen", chosen);
    this.#draw("cursor", [this.#cursor.join()]);
  }

  #draw(layer, keys) {
    this.#over[layer].setAttribute("d", hexesPath(keys, this.#orientation));
  }

  #drawLine() {
    setText(this.#line, words.known(this.#state.terrain.size));
  }

  /** As long as nobody has moved the map, it shows all there is. */
  #follow() {
    if (this.#camera.isAutomatic) this.#fit();
  }

  #fit() {
    const { width, height } = this.#surface.getBoundingClientRect();
    const bounds = boundsOf([...this.#state.terrain.keys()], this.#orientation);
    this.#look(() => this.#camera.fit(bounds, width, height));
  }

  #look(move) {
    move();
    const { x, y, scale } = this.#camera;
    this.#world.setAttribute("transform", `translate(${x} ${y}) scale(${scale})`);
    this.#surface.classList.toggle("far", scale < MARKS_FROM);
  }

  #zoomMiddle(factor) {
    const { width, height } = this.#surface.getBoundingClientRect();
    this.#look(() => this.#camera.zoomAt(width / 2, height / 2, factor));
  }

  #keyAt(x, y) {
    const [planeX, planeY] = this.#camera.toPlane(x, y);
    return hexAt(planeX / RADIUS, planeY / RADIUS, this.#orientation);
  }

  #choose(hex) {
    this.#cursor = hex;
    if (this.#isDm) this.#selection.toggle(hex.join());
    else this.#drawChosen();
  }

  #press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = this.#actionOf(event.key);
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  #actionOf(key) {
    if (key in STEP) return () => this.#step(...STEP[key]);
    if (key === "+" || key === "=") return () => this.#zoomMiddle(ZOOM);
    if (key === "-") return () => this.#zoomMiddle(1 / ZOOM);
    if (key === "0") return () => this.#fit();
    if (!this.#isDm) return undefined;
    if (key === "Enter" || key === " ") return () => this.#choose(this.#cursor);
    if (key === "Escape") return () => this.#selection.clear();
    return undefined;
  }

  #step(right, down) {
    this.#cursor = stepFrom(...this.#cursor, right, down, this.#orientation);
    this.#drawChosen();
    this.#keepInSight();
    const said = describeHex(this.#cursor.join(), this.#state, this.#isDm);
    setText(this.#line, said);
    setText(this.#spoken, said);
  }

  #keepInSight() {
    const [x, y] = centerOf(...this.#cursor, this.#orientation);
    const [onX, onY] = this.#camera.toScreen(x * RADIUS, y * RADIUS);
    const { width, height } = this.#surface.getBoundingClientRect();
    const dx = Math.max(0, RADIUS - onX) + Math.min(0, width - RADIUS - onX);
    const dy = Math.max(0, RADIUS - onY) + Math.min(0, height - RADIUS - onY);
    if (dx !== 0 || dy !== 0) this.#look(() => this.#camera.panBy(dx, dy));
  }

  #makeTools() {
    const tool = (sign, label, onclick) => {
      const icon = svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, svg("path", { d: sign }));
      return element("button", { type: "button", "aria-label": label, title: label, onclick }, icon);
    };
    return element(
      "div",
      { class: "map-tools" },
      tool("M3 10h14M10 3v14", words.zoomIn, () => this.#zoomMiddle(ZOOM)),
      tool("M3 10h14", words.zoomOut, () => this.#zoomMiddle(1 / ZOOM)),
      tool("M3 8V3h5M12 3h5v5M17 12v5h-5M8 17H3v-5", words.fit, () => this.#fit()),
    );
  }
}

function terrainPaths(terrain, keys, orientation) {
  const { color, ink, solid, mark } = lookOf(terrain);
  const marks = { d: marksPath(keys, orientation, mark), fill: solid ? ink : "none", stroke: ink };
  return [
    svg("path", { class: "ground", d: hexesPath(keys, orientation), fill: color }),
    svg("path", { class: solid ? "mark solid" : "mark", ...marks }),
  ];
}
