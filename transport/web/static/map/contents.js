/** What of a viewer's knowledge is where on the map, in keys and in words. */

import { WORDS } from "../words.js";

const words = WORDS.map;

/** The hexes of one staged change. */
export function keysOfChange({ data }) {
  return data.hexKeys ?? data.changes.map(({ key }) => key);
}

/** The hexes in the queue. */
export function stagedKeys(staged) {
  return [...new Set(staged.flatMap(keysOfChange))];
}

/** A hex in words, for this viewer. */
export function describeHex(key, state, isDm) {
  const terrain = state.terrain.get(key);
  if (terrain === undefined) return words.nothing(key);
  const described = words.hex(key, terrain);
  return isDm ? `${described}, ${describeKnowers(state.reveals.get(key), state.people)}` : described;
}

function describeKnowers(knowers, people) {
  if (knowers === undefined) return words.hidden;
  if (knowers === "all") return words.knownToAll;
  const names = [...knowers].map((userId) => people.get(userId)?.name ?? words.former);
  return words.knownTo(names.sort((one, other) => one.localeCompare(other)));
}
