/** The DM's tools for the map: what, in which shape, how large, with which terrain. */

import { LARGEST_BRUSH, SHAPES } from "../map/stroke.js";
import { terrainSwatch } from "../map/legend.js";
import { USUAL_TERRAINS } from "../map/terrains.js";
import { element, setText, syncList } from "../parts/dom.js";
import { WORDS } from "../words.js";
import { TOOLS } from "./tool.js";

const words = WORDS.tools;

/** `more` are further elements of the bar, at its end. `update(terrains)` gets the names that the map has. */
export function makeToolBar(tool, more) {
  const tools = makeChoice(words.tool, TOOLS, words.names, (name) => tool.set({ name }));
  const shapes = makeChoice(words.shape, SHAPES, words.shapes, (shape) => tool.set({ shape }));
  const size = makeSize(tool);
  const palette = makePalette(tool);

  function show() {
    const isPainting = tool.name !== "choose";
    tools.show(tool.name);
    shapes.show(tool.shape);
    shapes.element.hidden = !isPainting;
    size.show();
    size.element.hidden = !isPainting || tool.shape !== "brush";
    palette.element.hidden = tool.name !== "terrain";
    palette.show();
  }

  tool.addEventListener("change", show);
  show();
  const parts = [tools.element, shapes.element, size.element, palette.element, ...more];
  return { element: element("div", { class: "tool-bar", role: "toolbar", "aria-label": words.title }, ...parts), update: palette.update };
}

function makeChoice(label, names, labels, choose) {
  const buttons = names.map((name) =>
    element("button", { type: "button", title: labels[name].hint, onclick: () => choose(name) }, labels[name].label),
  );
  const show = (chosen) => names.forEach((name, i) => buttons[i].setAttribute("aria-pressed", String(name === chosen)));
  return { element: element("div", { class: "joined", role: "group", "aria-label": label }, ...buttons), show };
}

function makeSize(tool) {
  const change = (by) => tool.set({ size: tool.size + by });
  const less = element("button", { type: "button", "aria-label": words.smaller, title: words.smaller, onclick: () => change(-1) }, "−");
  const more = element("button", { type: "button", "aria-label": words.larger, title: words.larger, onclick: () => change(1) }, "+");
  const said = element("output", { class: "size" });
  const group = element("div", { class: "joined", role: "group", "aria-label": words.size }, less, said, more);

  function show() {
    setText(said, words.sizeOf(tool.size));
    less.disabled = tool.size <= 1;
    more.disabled = tool.size >= LARGEST_BRUSH;
  }

  return { element: group, show };
}

function makePalette(tool) {
  const list = element("div", { class: "palette", role: "group", "aria-label": words.terrain });
  const other = element("input", { class: "other-terrain", maxlength: 64, autocomplete: "off", "aria-label": words.other, placeholder: words.other });
  other.addEventListener("change", () => other.value.trim() !== "" && tool.set({ terrain: other.value.trim() }));
  let names = USUAL_TERRAINS;

  const makeButton = (name) =>
    element(
      "button",
      { type: "button", title: name, "aria-label": name, onclick: () => tool.set({ terrain: name }) },
      terrainSwatch(name),
    );

  function show() {
    const all = names.includes(tool.terrain) ? names : [...names, tool.terrain];
    syncList(list, all, (name) => name, makeButton, (button, name) =>
      button.setAttribute("aria-pressed", String(name === tool.terrain)),
    );
  }

  function update(terrains) {
    const made = terrains.filter((name) => name !== "unknown" && !USUAL_TERRAINS.includes(name));
    names = [...USUAL_TERRAINS, ...made.sort()];
    show();
  }

  return { element: element("div", { class: "palette-box" }, list, other), show, update };
}
