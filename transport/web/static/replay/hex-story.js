/** One hex: when it was revealed and changed, by what, and to whom. */

import { element, setText } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.replay;

/** Hex key to the places of the lines that told of it. */
export function placesByHex(lines) {
  const places = new Map();
  lines.forEach(({ messages }, i) => {
    for (const key of new Set(messages.flatMap(keysOf))) {
      if (!places.has(key)) places.set(key, []);
      places.get(key).push(i + 1);
    }
  });
  return places;
}

function keysOf(message) {
  if (message.type === "hex:revealed") return message.hexKeys;
  if (message.type === "hex:updated") return message.changes.map(({ key }) => key);
  return [];
}

/** `onChoose(place)` is called for a click on a line of the story. */
export function makeHexStory(onChoose) {
  const heading = element("h2", {}, words.hex);
  const hint = element("p", { class: "hint" }, words.hexHint);
  const list = element("ol", { class: "hex-story" });
  let lines = [];
  let places = new Map();
  let key = null;
  let place = 0;

  function load(newLines) {
    lines = newLines;
    places = placesByHex(lines);
    draw();
  }

  function show(newKey) {
    if (newKey === key) return;
    key = newKey;
    draw();
  }

  function update(newPlace) {
    place = newPlace;
    for (const row of list.children) row.dataset.when = Number(row.dataset.place) <= place ? "past" : "later";
  }

  function draw() {
    const found = places.get(key) ?? [];
    setText(heading, key === null ? words.hex : words.hexOf(key));
    setText(hint, key === null ? words.hexHint : found.length === 0 ? words.hexNothing : "");
    list.replaceChildren(...found.map(makeRow));
    update(place);
  }

  function makeRow(at) {
    const { recordedAt, sentence, messages } = lines[at - 1];
    const said = words.hexLine(words.clock(new Date(recordedAt)), sentence, terrainIn(messages));
    const row = element("li", {}, element("button", { type: "button", onclick: () => onChoose(at) }, said));
    row.dataset.place = at;
    return row;
  }

  function terrainIn(messages) {
    const told = messages.flatMap((message) => message.changes ?? message.terrain ?? []);
    return told.find((hex) => hex.key === key)?.terrain ?? "";
  }

  return { element: element("section", { class: "card" }, heading, hint, list), load, show, update };
}
