/** Through whose eyes a DM looks back, and whose are beside them. */

import { element, field } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.replay;

/** `onChange(eyes, beside)` gets "dm" or user ids; `beside` is "" for none. */
export function makeEyes(players, onChange) {
  const eyes = makeSelect([["dm", words.dm], ...players.map(({ userId, name }) => [userId, name])]);
  const beside = makeSelect([["", words.nobody], ["dm", words.dm], ...players.map(({ userId, name }) => [userId, name])]);
  for (const select of [eyes, beside]) select.onchange = () => onChange(eyes.value, beside.value);
  const fields = [field(words.as, eyes), field(words.beside, beside)];

  function show(chosen, other) {
    eyes.value = chosen;
    beside.value = other;
  }

  return { fields, show };
}

function makeSelect(choices) {
  return element("select", {}, ...choices.map(([value, text]) => element("option", { value }, text)));
}
