/** What a press on the map does with each of the DM's tools. A hand has the parts that map/idle-hand.js lists. */

import { Stroke } from "../map/stroke.js";
import { explain } from "../parts/explain.js";
import { WORDS } from "../words.js";

const words = WORDS.tools;

/** Chooses hexes for the form: a click one, with Shift one more, a drag with Shift all in a box. */
export function makeChoosingHand(selection) {
  const only = (key) => selection.keys.length === 1 && selection.keys[0] === key;
  return {
    name: "choose",
    begin: (isBox, scene) => (isBox ? new Stroke({ shape: "box", orientation: scene.orientation, scene }) : null),
    end: (stroke) => selection.replace([...new Set([...selection.keys, ...stroke.keys])]),
    describe: (stroke) => words.choosing(stroke.keys.size),
    choose(key, isMore) {
      if (isMore) selection.toggle(key);
      else selection.replace(only(key) ? [] : [key]);
    },
    letGo: () => selection.clear(),
  };
}

/**
 * Does something to all the hexes of a stroke, in one command, when it ends. `doing` has `command(keys)`, which may
 * throw an Error that says what is missing, `describe(number)`, `isBound()`: whether only hexes of the map count, `most`
 * hexes in a stroke, and `mode()`. What was begun in one mode is refused in the other: it was described as that.
 */
export function makePaintingHand(tool, map, send, doing) {
  let mode;

  async function end(stroke) {
    try {
      if (stroke.isTooMuch) throw new Error(words.tooMany(doing.most));
      if (stroke.keys.size === 0) throw new Error(words.noHexes);
      await send({ ...doing.command([...stroke.keys]), mode });
    } catch (error) {
      map.complain(explain(error));
    }
  }

  function begin(_isBox, scene) {
    const { shape, size } = tool;
    const { most } = doing;
    mode = doing.mode();
    return new Stroke({ shape, size, orientation: scene.orientation, scene: doing.isBound() ? scene : null, most });
  }

  return {
    name: "paint",
    begin,
    end,
    describe: (stroke) => (stroke.isTooMuch ? words.tooMany(doing.most) : doing.describe(stroke.keys.size)),
    choose() {},
    letGo: () => tool.set({ name: "choose" }),
  };
}
