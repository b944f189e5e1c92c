/** What a DM does with the hexes that are chosen: reveal them, and set their terrain. */

import { actionForm, clearProblems } from "../parts/attempt.js";
import { element, field, setText } from "../parts/dom.js";
import { describeHex } from "../map/contents.js";
import { readKeys, writeKeys } from "./hex-keys.js";
import { USUAL_TERRAINS } from "../map/terrains.js";
import { WORDS } from "../words.js";

const words = WORDS.hexes;

/** The hexes are those of `selection`, which the text field and the map both show and change. */
export function makeHexForm(client, selection, targets) {
  const keys = makeKeyField(selection);
  const reveal = element("button", { class: "primary" });
  const update = element("button", {});
  const terrain = element("input", { list: "usual-terrains", maxlength: 64, autocomplete: "off" });
  const usual = element("datalist", { id: "usual-terrains" });
  usual.append(...USUAL_TERRAINS.map((name) => element("option", { value: name })));

  async function revealHexes() {
    await sendChosen({ type: "hex:reveal", hexKeys: keys.read(), targets: targets.targets() });
  }

  async function setTerrain() {
    const name = terrain.value.trim();
    const hexes = keys.read();
    if (name === "") throw new Error(words.noTerrain);
    await sendChosen({ type: "hex:update", changes: hexes.map((key) => ({ key, terrain: name })) });
  }

  /** Then the choice is done with, unless the next one was begun while the answer was on its way. */
  async function sendChosen(command) {
    const chosen = selection.keys;
    await client.send(command);
    if (selection.keys === chosen) selection.clear();
  }

  const revealForm = actionForm(reveal, revealHexes);
  const updateForm = actionForm(update, setTerrain, field(words.terrain, terrain), usual);
  updateForm.className = "beside";
  const heading = element("h2", {}, words.title);
  const about = element("p", { class: "about-hex", "aria-live": "polite" });
  const section = element("section", { class: "card" }, heading, keys.element, about, revealForm, updateForm);

  /** Who knows the hex, when there is one. */
  function describeOne() {
    setText(about, selection.keys.length === 1 ? describeHex(selection.keys[0], client.state, true) : "");
  }

  selection.addEventListener("change", () => {
    describeOne();
    clearProblems(section);
  });
  section.addEventListener("input", () => clearProblems(section));

  return {
    element: section,
    update: ({ state }) => {
      const isStaged = state.mode === "staged";
      setText(reveal, isStaged ? words.stageReveal : words.reveal);
      setText(update, isStaged ? words.stageUpdate : words.update);
      describeOne();
    },
  };
}

function makeKeyField(selection) {
  const text = element("textarea", { rows: 2, spellcheck: "false", autocomplete: "off" });
  const chosen = element("span", { class: "count", "aria-live": "polite" });
  const clear = element("button", { type: "button", class: "small", onclick: () => selection.clear() }, words.clear);
  let isTyping = false;

  text.addEventListener("input", () => {
    isTyping = true;
    try {
      selection.replace(readKeys(text.value));
    } catch {
      // Half a key, most likely: said when a button is pressed.
    }
    isTyping = false;
  });
  const show = () => {
    // Not under the hands of who types.
    if (!isTyping) text.value = writeKeys(selection.keys);
    setText(chosen, words.chosen(selection.keys.length));
    clear.disabled = selection.keys.length === 0;
  };
  selection.addEventListener("change", show);
  show();

  /** Throws an Error that says what is wrong. */
  function read() {
    const keys = readKeys(text.value);
    if (keys.length === 0) throw new Error(words.noKeys);
    return keys;
  }

  const line = element("div", { class: "row chosen-line" }, chosen, clear);
  return { element: element("div", {}, field(words.keys, text, words.keysHint), line), read };
}
