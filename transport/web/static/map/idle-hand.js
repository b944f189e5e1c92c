/**
 * What a press on the map means to who can only look: nothing. Other hands have the same parts.
 *
 * `begin(isBox, scene)` gives a Stroke when a drag is for the hand, null when it is for the map; `end(stroke)` gets
 * it when it is done, and `describe(stroke)` says meanwhile what it will do. `choose(key, isMore)` is a click on a
 * hex, `letGo()` the Escape key.
 */
export const IDLE_HAND = {
  name: "idle",
  begin: () => null,
  end() {},
  describe: () => "",
  choose() {},
  letGo() {},
};
