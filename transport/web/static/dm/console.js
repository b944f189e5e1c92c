/** Everything that only a DM has: the tools over the map, and the panels beside it. */

import { element } from "../parts/dom.js";
import { makeTabs } from "../parts/tabs.js";
import { IDLE_HAND } from "../map/idle-hand.js";
import { MOST_HEXES, MOST_PAINTED } from "../map/stroke.js";
import { WORDS } from "../words.js";
import { ViewAs } from "./view-as.js";
import { makeFogSlider } from "./fog-slider.js";
import { makeChoosingHand, makePaintingHand } from "./hands.js";
import { makeHexForm } from "./hex-form.js";
import { makeInviteForm } from "./invite-form.js";
import { makeMapFileForm } from "./map-file-form.js";
import { Selection } from "./selection.js";
import { makeSessionControls } from "./session-controls.js";
import { makeStagingControls } from "./staging-controls.js";
import { makeTargetChoice } from "./target-choice.js";
import { makeToolBar } from "./tool-bar.js";
import { Tool } from "./tool.js";
import { makeUnfinishedImports } from "./unfinished-imports.js";

const words = WORDS.tools;

/**
 * `layout` knows whether there is a map file. Of what it returns, `bar` goes over the map and `panels` beside it; the
 * list of the people belongs into `people`.
 */
export function makeConsole({ campaignId, client, map, layout }) {
  const tool = new Tool();
  const selection = new Selection();
  const targets = makeTargetChoice();
  const viewAs = new ViewAs();
  const session = makeSessionControls(client);
  const staging = makeStagingControls(client, (keys) => map.highlight(keys));
  const hexForm = makeHexForm(client, selection, targets);
  const fog = makeFogSlider((strength) => map.setFog(strength));
  const toolBar = makeToolBar(tool, [viewAs.field]);
  const invites = makeInviteForm(campaignId);
  const mapFile = makeMapFileForm(campaignId, layout.refresh);
  const unfinished = makeUnfinishedImports(campaignId, layout.refresh);
  const isStaged = () => client.state.mode === "staged";
  let hand = null;
  let isReady = false;

  const revealing = {
    command: (hexKeys) => ({ type: "hex:reveal", hexKeys, targets: targets.targets() }),
    describe: (number) => (isStaged() ? words.stagingReveal : words.revealing)(number, targets.describe()),
    // With a map file there is an edge, and beyond it nothing to reveal.
    isBound: () => layout.hasMapFile,
    mode: () => client.mode,
    most: MOST_HEXES,
  };
  const terraforming = {
    command: (keys) => ({ type: "hex:update", changes: keys.map((key) => ({ key, terrain: tool.terrain })) }),
    describe: (number) => (isStaged() ? words.stagingTerrain : words.painting)(number, tool.terrain),
    isBound: () => false,
    mode: () => client.mode,
    most: MOST_PAINTED,
  };
  const send = (command) => client.send(command);
  const hands = {
    choose: makeChoosingHand(selection),
    reveal: makePaintingHand(tool, map, send, revealing),
    terrain: makePaintingHand(tool, map, send, terraforming),
  };

  /** Nothing can be done, but one may want one's own view back. */
  const looking = { ...IDLE_HAND, letGo: () => viewAs.leave() };

  function takeHand() {
    const next = isReady ? hands[tool.name] : looking;
    if (next !== hand) map.takeInHand(next);
    hand = next;
  }

  function showChosen() {
    map.showChosen(isReady ? selection.keys : []);
  }

  /** `isOwnDm`: a DM, and not seeing the map as a player now. `isStale`: nothing can be done at the moment. */
  function update(view, { isOwnDm, isStale }) {
    bar.hidden = !isOwnDm;
    side.hidden = !view.isDm;
    play.disabled = mapPanel.disabled = importsPanel.disabled = isStale || !isOwnDm;
    isReady = isOwnDm && !isStale;
    takeHand();
    showChosen();
    viewAs.update(view);
    unfinished.update(view, mapFile.isSending());
    [session, staging, targets, hexForm].forEach((part) => part.update(view));
    toolBar.update([...map.scene.counts.keys()]);
  }

  tool.addEventListener("change", takeHand);
  selection.addEventListener("change", showChosen);
  const bar = element("fieldset", { class: "bar-box" }, toolBar.element);
  const play = element("fieldset", { class: "panel" }, session.element, staging.element, targets.element, hexForm.element);
  const viewCard = element("section", { class: "card" }, element("h2", {}, words.view), fog);
  const mapPanel = element("fieldset", { class: "panel" }, viewCard, mapFile.element);
  const importsPanel = element("fieldset", {}, unfinished.element);
  const people = element("div", { class: "panel" }, invites.element);
  const panels = makeTabs(WORDS.console.label, [
    [WORDS.console.play, play],
    [WORDS.console.people, people],
    [WORDS.console.map, mapPanel],
  ]);
  const side = element("div", { class: "console-side" }, importsPanel, panels);

  const keys = {
    v: () => tool.set({ name: "choose" }),
    r: () => tool.set({ name: "reveal" }),
    t: () => tool.set({ name: "terrain" }),
    b: () => tool.set({ shape: "brush" }),
    x: () => tool.set({ shape: "box" }),
    h: () => tool.set({ shape: "hex" }),
    "[": () => tool.set({ size: tool.size - 1 }),
    "]": () => tool.set({ size: tool.size + 1 }),
    Escape: () => hand.letGo(),
  };

  return { bar, panels: side, people, viewAs, keys, update, refreshInvites: invites.refresh };
}
