/** Hex keys as a person writes them: numbers in pairs, with commas, semicolons, spaces or line ends between. */

import { formatKey } from "../map/hexes.js";
import { WORDS } from "../words.js";

/** The keys, each once, in order. Throws an Error that says what can't be read. */
export function readKeys(text) {
  const numbers = text.split(/[\s,;]+/).filter((part) => part !== "");
  const odd = numbers.find((number) => !/^-?\d{1,5}$/.test(number));
  if (odd !== undefined) throw new Error(WORDS.hexes.notANumber(odd));
  if (numbers.length % 2 === 1) throw new Error(WORDS.hexes.halfAKey(numbers.at(-1)));
  const keys = new Set();
  for (let i = 0; i < numbers.length; i += 2) keys.add(formatKey([Number(numbers[i]), Number(numbers[i + 1])]));
  return [...keys];
}

/** The other way round, so that `readKeys` gives the same. */
export function writeKeys(keys) {
  return keys.join("  ");
}
