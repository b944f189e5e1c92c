/** The live view of a table, /table/CAMPAIGN. */

import { ProtocolClient } from "./client/protocol-client.js";
import { makeConsole } from "./dm/console.js";
import { makeMemberActions } from "./dm/member-actions.js";
import { makeRemoveSeveral } from "./dm/remove-several.js";
import { HexMap } from "./map/hex-map.js";
import { listCampaigns, whoAmI } from "./parts/api.js";
import { element, setText } from "./parts/dom.js";
import { oncePerFrame } from "./parts/once-per-frame.js";
import { makePageHeader } from "./parts/page-header.js";
import { showFailure } from "./parts/simple-page.js";
import { makeConnectionNotice } from "./table/connection-notice.js";
import { makeKeysHelp } from "./table/keys-help.js";
import { lastVisit } from "./table/last-visit.js";
import { Layout } from "./table/layout.js";
import { makePeopleList } from "./table/people-list.js";
import { makePlayersLine } from "./table/players-line.js";
import { watchShortcuts } from "./table/shortcuts.js";
import { watchWaking } from "./table/waking.js";
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
  const layout = new Layout(campaignId);
  const isDm = () => client.role === "dm";
  const drawSoon = oncePerFrame(draw);
  const connection = makeConnectionNotice(drawSoon);
  const status = element("span", { class: "status", role: "status" });
  const playersLine = makePlayersLine();
  const help = makeKeysHelp(() => (isDm() ? [WORDS.keys.map, WORDS.keys.dm] : [WORDS.keys.map]));
  const map = new HexMap(help.open);
  const refreshInvites = () => dm.refreshInvites();
  const people = makePeopleList(
    (userId) => makeMemberActions(campaignId, userId, refreshInvites),
    makeRemoveSeveral(campaignId, refreshInvites),
  );
  const dm = makeConsole({ campaignId, client, map, layout });
  const { viewAs } = dm;
  let wasDm = false;

  function draw() {
    const { state } = client;
    connection.update(client);
    layout.hexesKnown(state.terrain.size);
    const changes = state.mapChanges.take();
    if (viewAs.view !== null && !isDm()) viewAs.leave();
    const isOwnDm = isDm() && viewAs.view === null;
    const view = { state, isDm: isDm(), isOwnDm, me: client.me };
    if (isDm() !== wasDm) changeRole();
    report.hidden = !isDm();
    replay.href = `/replay/${campaignId}${isDm() || since === null ? "" : `#since=${since}`}`;
    document.title = `${name} · ${WORDS.status[state.status]} · ${WORDS.product}`;
    setText(status, WORDS.status[state.status]);
    status.className = `status ${state.status}`;
    playersLine.update(view);
    content.dataset.viewAs = viewAs.view !== null;
    content.dataset.veil = !isOwnDm && state.status === "paused";
    drawMap(changes, isOwnDm);
    people.update(view);
    dm.update(view, { isOwnDm, isStale: connection.isStale() || client.connection.phase === "closed" });
  }

  function drawMap(changes, isOwnDm) {
    const { orientation } = layout;
    if (viewAs.view === null) {
      map.update({ state: client.state, changes, isDm: isOwnDm, orientation, pending: pendingKeys(client) });
    } else {
      viewAs.view.follow(client.state, changes);
      const { state } = viewAs.view;
      map.update({ state, changes: state.mapChanges.take(), isDm: false, orientation, pending: [] });
    }
  }

  /** The list of people stands in a panel of the DM's, or alone. */
  function changeRole() {
    wasDm = isDm();
    if (wasDm) refreshInvites();
    (wasDm ? dm.people : side)[wasDm ? "prepend" : "append"](people.element);
  }

  const side = element("aside", {}, dm.panels, people.element);
  const stage = element("div", { class: "stage" }, dm.bar, viewAs.banner, playersLine.element, map.element);
  const content = element("main", { class: "live" }, stage, side);
  const title = element("h1", {}, name);
  const since = lastVisit(campaignId);
  const replay = element("a", {}, WORDS.replay.title);
  const report = element("a", { href: `/report/${campaignId}`, hidden: true }, WORDS.report.link);
  const header = makePageHeader(me, title, status, connection.brief, replay, report);
  document.body.append(header, connection.notice, connection.restored, content, help.dialog);

  viewAs.addEventListener("change", () => {
    client.state.mapChanges.touchAll();
    drawSoon();
  });
  layout.addEventListener("change", drawSoon);
  client.addEventListener("change", drawSoon);
  window.addEventListener("online", () => client.connect());
  // The socket itself may not notice for minutes, and would say "Connected" all the while.
  window.addEventListener("offline", () => client.reconnect());
  watchWaking(() => {
    client.reconnect();
    client.connect();
  });
  window.addEventListener("beforeunload", (event) => client.unanswered > 0 && event.preventDefault());
  const everybodys = { "?": help.open, c: () => map.toggleCoordinates(), m: () => map.focus() };
  watchShortcuts(() => (isDm() ? { ...dm.keys, ...everybodys } : everybodys));
  // For tests and for the curious: docs/pages.md says what is in it.
  window.fogbound = Object.freeze({ client, map });
  client.connect();
  draw();
}

/** The hexes of commands that wait for their answer. */
function pendingKeys(client) {
  return client.pending.flatMap(({ hexKeys, changes }) => hexKeys ?? changes?.map(({ key }) => key) ?? []);
}

open().catch((error) => {
  showFailure(error.message, element("p", {}, element("a", { href: "/" }, WORDS.connection.toHome)));
});
