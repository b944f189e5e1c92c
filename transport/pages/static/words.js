/** Every text of the pages, in one place. Messages of the server come as they are. */

const count = (number, one, many) => (number === 1 ? `1 ${one}` : `${number.toLocaleString("en")} ${many}`);
const list = (names) => new Intl.ListFormat("en").format(names);
const hexCount = (number) => count(number, "hex", "hexes");
const changeCount = (number) => count(number, "staged change", "staged changes");

export const WORDS = {
  product: "Fogbound",
  unreachable: "The server cannot be reached. Check the connection and try again.",
  failed: (status) => `The server could not do that (status ${status}).`,
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
    byInvite: "People come in by invite here. Open the link that a DM gave you.",
    invited: "Were you invited? Then open the link that the DM gave you instead.",
    name: "Your name",
    nameHint: "The others at the table see it.",
    signUp: "Come in",
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
    connecting: "Connecting…",
    live: "Connected",
    reconnecting: "Connection lost. Reconnecting…",
    reconnectingLong: "Still no connection. What you see may be out of date; it goes on by itself as soon as the server answers.",
    closed: {
      4001: "You are not signed in.",
      4002: "This address names no campaign.",
      4003: "You are not a member of this campaign.",
    },
    closedElse: "The connection was closed.",
    toHome: "To the start page",
    waiting: (number) => `${count(number, "action waits", "actions wait")} for the server`,
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
    offline: "offline",
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

  hexes: {
    title: "Hexes",
    keys: "Hex keys",
    keysHint: "Such as 3,4 5,-2. Or click hexes on the map.",
    chosen: (number) => `${hexCount(number)} chosen`,
    clear: "Clear",
    whom: "Reveal to",
    all: "All players, also those who join later",
    some: "Chosen players",
    noPlayers: "No players yet: invite some.",
    reveal: "Reveal",
    stageReveal: "Stage reveal",
    terrain: "Terrain",
    update: "Set terrain",
    stageUpdate: "Stage terrain",
    noKeys: "Choose at least one hex.",
    noTerrain: "Name a terrain.",
    noOne: "Choose at least one player.",
    notANumber: (text) => `“${text}” is no part of a hex key: keys look like 3,4.`,
    halfAKey: (text) => `The last key is only half there: what goes with ${text}?`,
  },

  invite: {
    title: "Invite",
    role: "As",
    player: "Player",
    dm: "Co-DM",
    make: "Make invite link",
    link: "Invite link, good for a week",
    copy: "Copy",
    copied: "Copied.",
    copyByHand: "It is selected: copy it with your keyboard.",
  },

  mapFile: {
    title: "Map file",
    choose: "Map file (JSON)",
    hint: "It sets terrain only: players see nothing of it before you reveal it.",
    noFile: "Choose a file first.",
    bring: "Import",
    done: (number) => `Imported ${hexCount(number)}.`,
  },

  map: {
    label: "Map of the known hexes",
    keys: "Arrow keys go from hex to hex, Enter chooses, plus and minus zoom, 0 shows everything, Escape clears the choice.",
    keysPlayer: "Arrow keys go from hex to hex, plus and minus zoom, 0 shows everything.",
    zoomIn: "Zoom in",
    zoomOut: "Zoom out",
    fit: "Show everything",
    emptyDm: "No hexes yet. Import a map file, or reveal hexes by their keys.",
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
};
