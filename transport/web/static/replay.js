/** A session of the past, /replay/CAMPAIGN#session=2&event=ID&as=USER&with=USER; also inside a shared file. */

import { element, field, setText } from "./parts/dom.js";
import { explain } from "./parts/explain.js";
import { oncePerFrame } from "./parts/once-per-frame.js";
import { makePageHeader } from "./parts/page-header.js";
import { showFailure } from "./parts/simple-page.js";
import { makeControls } from "./replay/controls.js";
import { makeViewAs } from "./replay/view-as.js";
import { makeHappenings } from "./replay/happenings.js";
import { makeHexStory } from "./replay/hex-story.js";
import { LiveSource } from "./replay/live-source.js";
import { makeLoading } from "./replay/loading.js";
import { makeMomentLink } from "./replay/moment-link.js";
import { addressOf, readAddress } from "./replay/place-in-address.js";
import { Playhead } from "./replay/playhead.js";
import { Reel } from "./replay/reel.js";
import { makeScrubber } from "./replay/scrubber.js";
import { SHARED, SharedSource } from "./replay/shared-source.js";
import { View } from "./replay/views.js";
import { makeKeysHelp } from "./table/keys-help.js";
import { watchShortcuts } from "./table/shortcuts.js";
import { WORDS } from "./words.js";

const words = WORDS.replay;
/** Milliseconds without a move after which the address is that of the moment. */
const REST = 400;

const source = SHARED === null ? new LiveSource(decodeURIComponent(location.pathname.split("/")[2])) : new SharedSource();

async function open() {
  await source.open();
  if (source.sessions.length === 0) throw new Error(words.none);
  const replay = makeReplay();
  await replay.start(readAddress());
}

function makeReplay() {
  const playhead = new Playhead();
  const help = makeKeysHelp(() => [words.keys, WORDS.keys.map]);
  const story = makeHexStory((place) => playhead.goTo(place));
  const views = [0, 1].map(() => new View(help.open, source.orientation, story.show));
  const happenings = makeHappenings((place) => playhead.goTo(place), (place) => views[0].wasTold(place));
  const controls = makeControls(playhead, () => reel.marks);
  const scrubber = makeScrubber((seconds) => playhead.goToSeconds(seconds), () => words.moment(moment()));
  const viewAs = makeViewAs(source.players, (own, beside) => look(own, beside));
  const loading = makeLoading();
  const link = makeMomentLink(() => addressOf(whereabouts()));
  const moments = element("p", { class: "moment" });
  const chooser = makeSessionChooser(source.sessions, (number) => tryToStart({ session: number, since: null }));
  const left = element("p", { class: "left-then", role: "status", hidden: true });
  const drawSoon = oncePerFrame(draw);
  let reel = new Reel(source, source.sessions.at(-1));
  let lastPlace = 0;
  let resting;
  /** How many moments are on their way to be shown: until then the address says where to go, not where one is. */
  let awaited = 0;

  async function tryToStart(place) {
    awaited += 1;
    clearTimeout(resting);
    await start(place).catch((error) => loading.fail(explain(error)));
    awaited -= 1;
    drawSoon();
  }

  async function start({ session, event, since, as, with: beside }) {
    const before = since === null ? null : Number(since);
    const wanted = before === null ? Number(session) : source.sessions.find(lasted(before))?.number;
    // A DM's link may name a viewer whom a player may not look back as.
    const eyesOf = (given) => (source.isDm && given !== null ? given : undefined);
    await openSession(wanted, eyesOf(as), eyesOf(beside));
    if (before === null) playhead.goTo(reel.placeOf(event) ?? 0);
    else goToLeft(reel.placeAt(before));
  }

  /** Another session, the newest if there is none of that number, at its beginning, as the same viewer. */
  async function openSession(number, as = views[0].viewer, beside = views[1].viewer) {
    playhead.pause();
    const next = new Reel(source, source.sessions.find((one) => one.number === number) ?? source.sessions.at(-1));
    await next.load(loading.show);
    reel = next;
    await look(as ?? reel.viewer, beside ?? "");
    const { lines } = reel.leading;
    playhead.load(reel.pace, lines.length);
    happenings.load(lines);
    story.load(lines);
    point(null);
    chooser.show(reel.session.number);
  }

  /** `as` and `beside` are "dm" or user ids, `beside` "" for one map only. */
  async function look(as, beside) {
    for (const [view, whose] of [[views[0], as], [views[1], beside]]) {
      view.element.hidden = whose === "";
      if (whose === "") view.viewer = null;
      else view.load(whose, await reel.tapeOf(whose, loading.show), reel.leading);
    }
    stage.dataset.views = beside === "" ? 1 : 2;
    viewAs.show(as, beside);
    drawSoon();
  }

  /** Where one left the table: what follows is what one missed. */
  function goToLeft(place) {
    playhead.goTo(place);
    point(place);
    setText(left, words.sinceYouLeft(reel.leading.lines.length - place));
    left.hidden = false;
  }

  function point(place) {
    left.hidden = true;
    scrubber.load({ due: reel.pace.due, seconds: reel.pace.seconds, marks: reel.marks, left: place });
  }

  function moment() {
    const line = reel.leading.lines[playhead.place - 1];
    return line === undefined ? null : new Date(line.recordedAt);
  }

  function whereabouts() {
    const event = reel.leading.lines[playhead.place - 1]?.eventId ?? null;
    const as = views[0].viewer === reel.viewer ? null : views[0].viewer;
    return { session: reel.session.number, event, as, with: views[1].viewer };
  }

  function draw() {
    const { place } = playhead;
    const isStep = place > lastPlace && (playhead.isPlaying || place === lastPlace + 1);
    lastPlace = place;
    for (const view of views) if (view.viewer !== null) view.show(place, isStep, nameOf(view.viewer));
    scrubber.update(playhead.seconds);
    controls.update();
    happenings.update(place);
    story.update(place);
    setText(moments, words.banner(reel.session.number, moment(), place, reel.leading.lines.length));
    clearTimeout(resting);
    if (!playhead.isPlaying && awaited === 0) resting = setTimeout(() => history.replaceState(null, "", addressOf(whereabouts())), REST);
  }

  function nameOf(userId) {
    if (userId === "dm") return words.dm;
    return source.players.find((player) => player.userId === userId)?.name ?? source.me.name;
  }

  const title = element("h1", {}, source.name);
  const toTable = source.isShared ? null : element("a", { href: source.tableAddress }, words.toTable);
  const sign = element("strong", {}, words.title);
  const ribbon = element("section", { class: "ribbon", "aria-label": words.title }, sign, moments, left, loading.element);
  const maps = element("div", { class: "views" }, ...views.map((view) => view.element));
  const deck = element("div", { class: "deck" }, scrubber.element, controls.element);
  const stage = element("div", { class: "stage" }, maps, deck);
  const list = element("section", { class: "card list" }, element("h2", {}, words.happenings), happenings.element);
  const choices = [chooser.field, ...(source.players.length > 0 ? viewAs.fields : [])];
  const chosen = element("section", { class: "card choices" }, ...choices);
  const side = element("aside", {}, chosen, story.element, list, source.isShared ? null : link.element);
  const status = element("span", { class: "status" }, words.past);
  // A file that was handed on has nobody signed in, and no server that a link could lead to.
  const header = source.isShared
    ? element("header", { class: "page-header" }, title, status)
    : makePageHeader(source.me, title, status, toTable);
  document.body.append(header, ribbon, element("main", { class: "live" }, stage, side), help.dialog);
  document.title = `${words.title} · ${source.name} · ${WORDS.product}`;

  playhead.addEventListener("change", drawSoon);
  scrubber.range.addEventListener("keydown", (event) => press(event));
  watchShortcuts(() => ({
    ...controls.keys,
    "?": help.open,
    c: () => views.forEach((view) => view.map.toggleCoordinates()),
    m: () => views[0].map.focus(),
  }));
  window.addEventListener("hashchange", () => tryToStart(readAddress()));
  // For tests and for the curious: docs/pages.md says what is in it.
  window.fogbound = Object.freeze({
    playhead,
    views,
    get map() {
      return views[0].map;
    },
    get client() {
      return { state: views[0].tape.state };
    },
  });

  function press(event) {
    const act = controls.keys[event.shiftKey ? `Shift+${event.key}` : event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  }

  return { start: tryToStart };
}

/** Whether a session went on after a time. */
function lasted(time) {
  return ({ endedAt }) => endedAt === null || Date.parse(endedAt) > time;
}

function makeSessionChooser(sessions, onChange) {
  const options = sessions.map((session) => element("option", { value: session.number }, words.session(session)));
  const select = element("select", { onchange: () => onChange(Number(select.value)) }, ...options);
  return { field: field(words.sessionLabel, select), show: (number) => (select.value = number) };
}

open().catch((error) => {
  showFailure(explain(error), element("p", {}, element("a", { href: "/" }, WORDS.connection.toHome)));
});
