/** As whom a DM looks back, and with whom that is compared. */

import { element, field } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.replay;

/** `onChange(viewer, beside)` gets "dm" or user ids; `beside` is "" for none. */
export function makeViewAs(players, onChange) {
  const viewer = makeSelect([["dm", words.dm], ...players.map(({ userId, name }) => [userId, name])]);
  const beside = makeSelect([["", words.nobody], ["dm", words.dm], ...players.map(({ userId, name }) => [userId, name])]);
  for (const select of [viewer, beside]) select.onchange = () => onChange(viewer.value, beside.value);
  const fields = [field(words.as, viewer), field(words.beside, beside)];

  function show(chosen, other) {
    viewer.value = chosen;
    beside.value = other;
  }

  return { fields, show };
}

function makeSelect(choices) {
  return element("select", {}, ...choices.map(([value, text]) => element("option", { value }, text)));
}
