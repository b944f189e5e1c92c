/** What of a viewer's knowledge goes where on the map. */

import { WORDS } from "./words.js";

const words = WORDS.map;

/** Map of terrain to keys, the usual ones first and in a fixed order. */
export function keysByTerrain(state, usual) {
  const groups = new Map(usual.map((terrain) => [terrain, []]));
  for (const [key, terrain] of state.terrain) {
    if (!groups.has(terrain)) groups.set(terrain, []);
    groups.get(terrain).push(key);
  }
  return new Map([...groups].filter(([, keys]) => keys.length > 0));
}

/** For a DM: the hexes that no player knows, and those that only some do. */
export function keysBySecrecy(state) {
  const hidden = [...state.terrain.keys()].filter((key) => !state.reveals.has(key));
  const some = [...state.reveals].filter(([, knowers]) => knowers !== "all").map(([key]) => key);
  return { hidden, some };
}

/** The hexes in the queue. */
export function stagedKeys(staged) {
  const keysOf = ({ data }) => data.hexKeys ?? data.changes.map((change) => change.key);
  return [...new Set(staged.flatMap(keysOf))];
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
  return words.knownTo([...knowers].map((userId) => people.get(userId)?.name ?? words.former));
}
