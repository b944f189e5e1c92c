/** The live view of a table, /table/CAMPAIGN. */

import { getMap, listCampaigns, whoAmI } from "./api.js";
import { makeConnectionNotice } from "./connection-notice.js";
import { element, setText } from "./dom.js";
import { makeHexForm } from "./hex-form.js";
import { HexMap } from "./hex-map.js";
import { makeInviteForm } from "./invite-form.js";
import { makeMapFileForm } from "./map-file-form.js";
import { makePageHeader } from "./page-header.js";
import { makePeopleList } from "./people-list.js";
import { ProtocolClient } from "./protocol-client.js";
import { Selection } from "./selection.js";
import { makeSessionControls } from "./session-controls.js";
import { showFailure } from "./simple-page.js";
import { makeStagingControls } from "./staging-controls.js";
import { WORDS } from "./words.js";

const campaignId = decodeURIComponent(location.pathname.split("/")[2]);

async function open() {
  const me = await whoAmI();
  if (me === null) throw new Error(WORDS.connection.closed[4001]);
  const campaign = (await listCampaigns()).find((mine) => mine.campaignId === campaignId);
  if (campaign === undefined) throw new Error(WORDS.connection.closed[4003]);
  showTable(me, campaign.name);
}

function showTable(me, name) {
  const client = new ProtocolClient(campaignId);
  const selection = new Selection();
  const layout = followLayout(() => draw());
  const connection = makeConnectionNotice(() => draw());
  const status = element("span", { class: "status", role: "status" });
  const words = element("p", { class: "player-status" });
  const preparing = element("span", { class: "pill" }, WORDS.preparing);
  const map = new HexMap(selection);
  const people = makePeopleList();
  const forDm = [makeSessionControls(client), makeStagingControls(client), makeHexForm(client, selection)];
  const tools = element(
    "fieldset",
    { class: "dm-tools" },
    ...forDm.map((part) => part.element),
    makeInviteForm(campaignId),
    makeMapFileForm(campaignId, layout.refresh),
  );
  const playersLine = element("div", { class: "players-line" }, words, preparing);

  function draw() {
    connection.update(client.connection, client.unanswered);
    const state = client.state;
    const isDm = client.role === "dm";
    const view = { state, isDm, me: client.me, orientation: layout.orientation };
    document.title = `${name} · ${WORDS.status[state.status]} · ${WORDS.product}`;
    setText(status, WORDS.status[state.status]);
    status.className = `status ${state.status}`;
    setText(words, WORDS.playerStatus[state.status]);
    preparing.hidden = state.mode !== "staged";
    playersLine.hidden = isDm;
    tools.hidden = !isDm;
    tools.disabled = connection.isStale();
    content.dataset.veil = !isDm && state.status === "paused";
    layout.hexesKnown(state.terrain.size);
    [map, people, ...forDm].forEach((part) => part.update(view));
  }

  const side = element("aside", {}, people.element, tools);
  const content = element("main", { class: "live" }, element("div", { class: "stage" }, playersLine, map.element), side);
  const title = element("h1", {}, name);
  document.body.append(makePageHeader(me, title, status, connection.brief), connection.notice, content);

  client.addEventListener("change", oncePerFrame(draw));
  window.addEventListener("online", () => client.connect());
  client.connect();
  draw();
}

/** Many messages can come at once, and nobody sees more than one drawing of them. */
function oncePerFrame(draw) {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    requestAnimationFrame(() => {
      isDue = false;
      draw();
    });
  };
}

/** Which way the hexes stand. Asked for when the first ones are known, since before that there is no layout. */
function followLayout(onChange) {
  let known = 0;
  const layout = { orientation: "flat", refresh, hexesKnown };

  function hexesKnown(number) {
    const before = known;
    known = number;
    if (before === 0 && number > 0) refresh();
  }

  async function refresh() {
    try {
      layout.orientation = (await getMap(campaignId)).orientation;
      onChange();
    } catch {
      known = 0; // so that the next message asks again
    }
  }

  return layout;
}

open().catch((error) => {
  showFailure(error.message, element("p", {}, element("a", { href: "/" }, WORDS.connection.toHome)));
});
