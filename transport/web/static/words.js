/** Every text of the pages, in one place. Messages of the server come as they are. */

const count = (number, one, many) => (number === 1 ? `1 ${one}` : `${number.toLocaleString("en")} ${many}`);
const list = (names) => new Intl.ListFormat("en").format(names);
const hexCount = (number) => count(number, "hex", "hexes");
const changeCount = (number) => count(number, "staged change", "staged changes");

const day = (date) => date.toLocaleDateString("en-GB", { weekday: "short", day: "numeric", month: "short", year: "numeric" });
const clock = (date) => date.toLocaleTimeString("en", { hour12: false });
const lasting = (seconds) => (seconds < 5400 ? `${Math.max(1, Math.round(seconds / 60))} min` : `${(seconds / 3600).toFixed(1)} h`);

export const WORDS = {
  product: "Fogbound",
  notShown: "There is nothing to show here",
  unreachable: "The server cannot be reached. Check the connection and try again.",
  failed: (status) => `The server could not do that (status ${status}).`,
  copied: "Copied.",
  copyByHand: "It is selected: copy it with your keyboard.",
  tooLarge: "Too much in one command: choose fewer hexes.",
  role: { dm: "DM", player: "Player" },
  status: { waiting: "Waiting to start", active: "In session", paused: "Paused", ended: "Session ended" },

  person: {
    signOut: "Sign out",
    signOutSure: "There are no passwords here: once signed out you need a new invite to come back.",
    signOutYes: "Sign out now",
    signOutNo: "Stay",
  },

  home: {
    tagline: "Hex-crawl tables where everyone sees exactly what they may see.",
    yours: "Your campaigns",
    none: "None yet. Create one below, or open the invite link that a DM gave you.",
    create: "New campaign",
    campaignName: "Name of the campaign",
    createButton: "Create campaign",
    welcome: "Welcome",
    byInvite: "You can only join by invite here. Open the link that a DM gave you.",
    invited: "Were you invited? Then open the link that the DM gave you instead.",
    name: "Your name",
    nameHint: "The others at the table see it.",
    signUp: "Continue",
  },

  devices: {
    title: "Your devices",
    hint: "Where you are signed in. Is there one that you do not know, or have lost? Log out there.",
    unknown: "A device without a name",
    current: "This device",
    lastUsed: (date) => `last used ${day(date)}`,
    end: "Log out there",
    endOf: (label) => `Log out there: ${label}`,
    endSure: "Whoever uses it needs a new link to come back.",
    endOthers: "Log out everywhere else",
    endOthersSure: "Log out on all your devices but this one? You need a new link to come back on them.",
    endYes: "Log out now",
    endNo: "Leave it",
  },

  closing: {
    close: "Close this campaign",
    closeOf: (name) => `Close this campaign: ${name}`,
    explained:
      "Nobody can open it any more, not even you. It disappears from everybody’s list, its links stop working, and its name is erased. What happened at the table stays in the server’s log, without names. This cannot be taken back.",
    typeName: (name) => `To be sure, type its name: ${name}`,
    otherName: "That is not the name of this campaign.",
    button: "Close it for everybody",
  },

  join: {
    title: "Join the table",
    broken: "This link is not complete: its secret part after the # is missing. Copy the whole link and open it again.",
    toHome: "To the start page",
    as: (name) => `You are signed in as ${name}.`,
    invited: "You are invited to a table.",
    name: "Your name",
    nameHint: "The others at the table see it. With a sign-in link of your own you can leave it empty.",
    button: "Join",
  },

  connection: {
    brief: {
      connecting: "Connecting…",
      live: "Connected",
      reconnecting: "Reconnecting…",
      offline: "Offline",
      closed: "Disconnected",
    },
    // After 1, 10 and 60 seconds.
    lost: {
      connecting: [
        "Connecting…",
        "The server does not answer yet. Trying again by itself.",
        "The server has not answered for a minute. Check the address and whether it runs; this page keeps trying.",
      ],
      reconnecting: [
        "Connection lost. Reconnecting…",
        "Still no connection. What you see may be out of date; it goes on by itself as soon as the server answers.",
        "No connection for over a minute. What you see is out of date, and nothing can be changed. This page keeps trying.",
      ],
      offline: [
        "This device is offline.",
        "This device is offline. What you see may be out of date; it goes on by itself once there is a network.",
        "This device has been offline for over a minute. What you see is out of date, and nothing can be changed.",
      ],
    },
    resumed: "Connection restored. You missed nothing.",
    startedOver: "Connection restored. The table was loaded anew.",
    closed: {
      4001: "You are not signed in.",
      4002: "This address names no campaign.",
      4003: "You are not a member of this campaign.",
      4009: "This table is open in too many other tabs of yours. To go on here, load the page again.",
    },
    closedElse: "The connection was closed.",
    toHome: "To the start page",
    waiting: (number) => `${count(number, "action waits", "actions wait")} for the server`,
  },

  // By the protocol's error codes. Where one is missing here, the server's own message tells more than a fixed text can.
  refused: {
    dm_only: "Only a DM can do that.",
    session_active: "The session is running already.",
    session_paused: "The session is paused: resume it, or end it.",
    not_active: "No session is running, so there is nothing to pause.",
    not_paused: "The session is not paused, so there is nothing to resume.",
    no_session: "No session is running, so there is nothing to end.",
    nothing_staged: "Nothing is staged, so there is nothing to publish.",
    too_many_staged: "Too many changes are staged: publish or undo some first.",
    no_such_change: "This change is not staged any more.",
    mode_changed: "The mode was changed meanwhile, and nothing was done. Look at it, and do it again.",
    quota_exceeded: "You have changed as much as one person may in a day. It goes on after midnight UTC.",
    unavailable: "The server cannot do this now; nothing was changed. Try again in a moment.",
  },

  playerStatus: {
    waiting: "Waiting for the DM to start the session.",
    active: "The session is running.",
    paused: "The DM has paused the session.",
    ended: "The session has ended. The map stays for you to read.",
  },
  preparing: "DM is preparing…",

  people: {
    title: "People",
    online: "online",
    offline: "away",
    awaySince: (date) => `away since ${date.toLocaleTimeString("en", { hour: "2-digit", minute: "2-digit", hour12: false })}`,
    you: "you",
    count: (online, all) => `${online} of ${all} online`,
  },

  session: {
    title: "Session",
    start: "Start session",
    startAgain: "New session",
    pause: "Pause",
    resume: "Resume",
    end: "End session",
    endSure: (staged) =>
      staged === 0 ? "End the session for everybody?" : `End the session? ${changeCount(staged)} will be dropped.`,
    endYes: "End it",
    endNo: "Go on playing",
  },

  staging: {
    title: "Changes",
    immediate: "Show at once",
    staged: "Stage first",
    leaveSure: (staged) => `Leave staging? ${changeCount(staged)} will be dropped.`,
    leaveYes: "Drop them",
    leaveNo: "Keep staging",
    empty: "Nothing is staged. Players only see that you are preparing.",
    list: "Staged changes, in the order of publishing",
    undo: "Undo",
    undoOne: (description) => `Undo: ${description}`,
    publish: (number) => (number === 0 ? "Publish" : `Publish ${changeCount(number)}`),
  },

  tools: {
    title: "Tools for the map",
    tool: "Tool",
    names: {
      choose: { label: "Choose", hint: "Choose hexes (V)" },
      reveal: { label: "Reveal", hint: "Draw back the fog (R)" },
      terrain: { label: "Terrain", hint: "Paint terrain (T)" },
    },
    shape: "Shape",
    shapes: {
      brush: { label: "Brush", hint: "All hexes that the pointer passes (B)" },
      box: { label: "Box", hint: "All hexes in a box (X)" },
      hex: { label: "One hex", hint: "The hex under the pointer (H)" },
    },
    size: "Size of the brush",
    smaller: "Smaller brush",
    larger: "Larger brush",
    sizeOf: (size) => `${2 * size - 1} wide`,
    terrain: "Terrain to paint",
    other: "Another terrain",
    fog: "Veil over what players do not know",
    view: "View",
    choosing: (number) => `Choose ${hexCount(number)}`,
    revealing: (number, whom) => `Reveal ${hexCount(number)} ${whom}. Release to apply, Escape to cancel.`,
    stagingReveal: (number, whom) => `Stage: reveal ${hexCount(number)} ${whom}. Release to apply, Escape to cancel.`,
    painting: (number, terrain) => `Make ${hexCount(number)} ${terrain}. Release to apply, Escape to cancel.`,
    stagingTerrain: (number, terrain) => `Stage: make ${hexCount(number)} ${terrain}. Release to apply, Escape to cancel.`,
    tooMany: (most) => `Too many hexes for one command: ${most.toLocaleString("en")} is the most.`,
    noHexes: "There are no hexes of the map here.",
  },

  viewAs: {
    label: "See as",
    own: "You, the DM",
    told: (name) => `You see the map as ${name} sees it.`,
    leave: "Back to the DM’s view",
  },

  hexes: {
    title: "Chosen hexes",
    keys: "Hex keys",
    keysHint: "Such as 3,4 5,-2. Or click hexes on the map.",
    chosen: (number) => `${hexCount(number)} chosen`,
    clear: "Clear",
    whom: "Reveal to",
    all: "All players, also those who join later",
    some: "Chosen players",
    toAll: "to all players",
    toSome: (names) => `to ${list(names)}`,
    toNobody: "to nobody yet",
    noPlayers: "No players yet: invite some.",
    reveal: "Reveal chosen",
    stageReveal: "Stage reveal",
    terrain: "Terrain",
    update: "Set terrain",
    stageUpdate: "Stage terrain",
    noKeys: "Choose at least one hex.",
    noTerrain: "Name a terrain.",
    noOne: "Choose at least one player.",
    notANumber: (text) => `“${text}” is not a hex key. Hex keys look like 3,4.`,
    halfAKey: (text) => `The last key is only half there: what goes with ${text}?`,
  },

  console: {
    label: "The DM’s console",
    play: "Play",
    people: "People",
    map: "Map",
  },

  members: {
    change: "Change",
    changeOf: (name) => `Change ${name}`,
    make: { dm: "Make co-DM", player: "Make player" },
    remove: "Remove",
    removeSure: (name) => `Remove ${name} from the campaign?`,
    removeYes: "Remove now",
    removeNo: "Keep",
    several: "Remove several…",
    chooseNobody: "Cancel",
    choose: (name) => `Choose ${name}`,
    removeChosen: (number) => (number === 0 ? "Remove chosen" : `Remove ${count(number, "person", "people")}`),
    removeSeveralSure: (names) => `Remove ${list(names)} from the campaign?`,
    revokeLinks: (number) =>
      number === 1
        ? "Also revoke the invite link they used. It still works: with it they could come back and know all that they knew before."
        : `Also revoke the ${number} invite links they used. These links still work: with them people could come back and know all that they knew before.`,
  },

  invite: {
    title: "Invite",
    role: "As",
    player: "Player",
    dm: "Co-DM",
    make: "Make invite link",
    uses: "For",
    usesOf: (number) => count(number, "person", "people"),
    usesMost: (number) => `${count(number, "person", "people")}, as many as there may be`,
    hours: "Valid for",
    hoursOf: (hours) => (hours % 24 === 0 ? count(hours / 24, "day", "days") : count(hours, "hour", "hours")),
    link: "Invite link",
    copy: "Copy",
    code: "QR code of the invite link",
    open: "Open invites",
    as: (role) => `For a ${role}`,
    signIn: "Sign-in link",
    left: (number) => `${count(number, "use", "uses")} left`,
    until: (date) => `until ${date.toLocaleDateString("en", { day: "numeric", month: "short" })}`,
    forEver: "without end",
    revoke: "Revoke",
    revokeSure: "This link will stop working.",
    revokeYes: "Revoke now",
    revokeNo: "Leave it",
  },

  unfinishedImports: {
    title: "Unfinished map import",
    file: "The same map file",
    came: (name, hexes, of) =>
      `${name === "" ? "A map" : `“${name}”`}: ${hexes.toLocaleString("en")} of ${hexCount(of)} came. If nobody is sending it, send the same file again to finish it, or take it back.`,
    halfTakenBack: (name) => `${name === "" ? "A map" : `“${name}”`} is taken back in part. Take back the rest, too.`,
    finish: "Finish",
    finished: (number) => `The map is whole: ${hexCount(number)}.`,
    takeBack: "Take back",
    takeBackSure: "Put these hexes back as they were before? Those that were changed since stay as they are.",
    takeBackYes: "Take back",
    takeBackNo: "Cancel",
    takenBack: (number) => `Taken back: ${hexCount(number)} as before.`,
  },

  mapFile: {
    title: "Map file",
    choose: "Map file (JSON)",
    hint: "It sets terrain only: players see nothing of it before you reveal it.",
    noFile: "Choose a file first.",
    bring: "Import",
    progress: "Progress of the import",
    sending: (part) => `Sending… ${Math.floor(part * 100)} %`,
    storing: "Checking and storing…",
    done: (number) => `Imported ${hexCount(number)}.`,
  },

  map: {
    label: "Map of the known hexes",
    keys: "Arrow keys go from hex to hex, Enter chooses or uses the tool, plus and minus zoom, 0 shows everything, question mark lists all keys.",
    keysPlayer: "Arrow keys go from hex to hex, plus and minus zoom, 0 shows everything, question mark lists all keys.",
    coordinates: "Coordinates",
    help: "Keys",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    fit: "Show everything",
    emptyDm: "No hexes yet. Paint terrain, or import a map file under Map.",
    emptyPlayer: "Fog, as far as you can see. Nothing has been revealed to you yet.",
    hex: (key, terrain) => `${key}: ${terrain}`,
    nothing: (key) => `${key}: nothing known`,
    hidden: "hidden from players",
    knownToAll: "known to all players",
    knownTo: (names) => `known to ${list(names)}`,
    former: "a former player",
    legend: "Legend",
    hiddenLegend: "hidden from all players",
    someLegend: "known to some players",
    stagedLegend: "staged",
    chosenLegend: "chosen",
    known: (number) => `${hexCount(number)} known`,
  },

  replay: {
    title: "Replay",
    past: "Not live",
    toTable: "To the live table",
    none: "Nothing has happened in this campaign that you could look back at.",
    loading: "Reading the session",
    sessionLabel: "Session",
    session: ({ number, startedAt, events, activeSeconds }) =>
      startedAt === null
        ? `Being prepared · ${count(events, "event", "events")}`
        : `${number} · ${day(new Date(startedAt))} · ${lasting(activeSeconds)} · ${count(events, "event", "events")}`,
    banner: (session, date, place, all) =>
      `session ${session}, ${date === null ? "before it began" : `${day(date)}, ${clock(date)}`} · event ${place} of ${all}`,
    moment: (date) => (date === null ? "the beginning" : clock(date)),
    clock: (date) => clock(date),
    sinceYouLeft: (number) => `${count(number, "thing has", "things have")} happened since you left. Press play to see them.`,
    dm: "The DM",
    as: "See as",
    beside: "Compare with",
    nobody: "Nobody",
    caption: (name, status, mode, here) =>
      [name, status, mode === "staged" ? "DM prepares" : "", here.length > 0 ? `at the table: ${list(here)}` : ""]
        .filter((part) => part !== "")
        .join(" · "),
    play: "Play",
    pause: "Pause",
    speed: "Speed",
    times: (times) => `${times}×`,
    scrubber: "Moment of the session",
    buttons: {
      begin: { sign: "|◀", label: "To the beginning (Home)" },
      markBack: { sign: "⇤", label: "To the previous mark ([)" },
      minuteBack: { sign: "−1 min", label: "Back one minute (Shift+←)" },
      back: { sign: "◀", label: "Previous event (←)" },
      on: { sign: "▶", label: "Next event (→)" },
      minuteOn: { sign: "+1 min", label: "Forward one minute (Shift+→)" },
      markOn: { sign: "⇥", label: "To the next mark (])" },
      end: { sign: "▶|", label: "To the end (End)" },
    },
    happenings: "What happened",
    hex: "A hex",
    hexOf: (key) => `Hex ${key}`,
    hexHint: "Point at a hex to read what happened to it.",
    hexNothing: "Nothing happened to it in this session.",
    hexLine: (time, sentence, terrain) => (terrain === "" ? `${time} ${sentence}` : `${time} ${sentence} (here: ${terrain})`),
    copyLink: "Copy link to this moment",
    link: "Link to this moment",
    keys: [
      ["Space", "play and pause"],
      ["← →", "previous event, next event"],
      ["Shift+← →", "back one minute, forward one minute"],
      ["[ ]", "to the previous mark, to the next mark"],
      ["Home End", "to the beginning, to the end"],
    ],
  },

  report: {
    title: (name) => `${name} · Report · Fogbound`,
    link: "Report",
    toTable: "To the live table",
    nothing: "Nothing has happened yet that could be drawn.",
  },

  keys: {
    title: "Keys",
    close: "Close",
    map: [
      ["← → ↑ ↓", "from hex to hex on the map"],
      ["Shift+arrows", "move the map"],
      ["+ −", "zoom in and out, as the wheel does"],
      ["0", "show everything"],
      ["C", "coordinates on and off"],
      ["M", "to the map"],
      ["?", "this list"],
    ],
    dm: [
      ["V R T", "tools: choose, reveal, terrain"],
      ["B X H", "shapes: brush, box, one hex"],
      ["[ ]", "smaller and larger brush"],
      ["Enter", "choose the hex, or use the tool on it"],
      ["Shift+click", "choose one more hex"],
      ["Shift+drag", "choose all hexes in a box"],
      ["Escape", "drop the stroke, the tool, the choice"],
    ],
  },
};
