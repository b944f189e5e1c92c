/**
 * A table as one viewer lives through it: connects to /ws, folds what comes into `state`, reconnects and resumes,
 * and sees to it that every command is executed once. docs/protocol.md is the contract.
 */

import { backoff } from "./backoff.js";
import { Patience } from "./patience.js";
import { Unanswered } from "./unanswered.js";
import { ViewerState } from "./viewer-state.js";
import { WORDS } from "../words.js";

/** Whether to try again after this close code. Not after those that are unknown: better to stop than to hammer. */
const reconnectsAfter = (code) => (code >= 1000 && code < 2000) || code === 4008;
const FRAME_TOO_LARGE = 1009;
/** Until commands are sent again that the server could not store. */
const PAUSE_SECONDS = 0.5;
/** A connection that lasted so long was a good one: the next wait is a short one again. */
const STABLE_SECONDS = 5;

/** The server's no to a command. `code` is one of the protocol's error codes, or `closed` or `too_large`. */
export class CommandRefused extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

/**
 * Sends the event "change" after everything that comes in. `connection.phase` is `connecting` (the first time),
 * `live`, `reconnecting` or `closed`; a closed one has the final `code`. `connection.reason` is what the server
 * says about a trouble, and "" if there is none.
 */
export class ProtocolClient extends EventTarget {
  state = new ViewerState();
  /** Who one is: {userId, role, name}; null before the first connection stands. */
  me = null;
  connection = { phase: "connecting", reason: "" };
  /** Whether the connection of now went on where the last one was: then nothing was missed. */
  isResumed = false;

  #campaignId;
  #openSocket;
  #random;
  #socket = null;
  #lastEventId = null;
  /** Names the staged list that is known, if it has a name. */
  #listId = null;
  #attempt = 0;
  #liveSince = 0;
  #complaint = "";
  #retry;
  #pause;
  #patience = null;
  /** Whether `state` follows the table: not between a `connected` and the state that is on its way. */
  #isInStep = false;
  /** Whether a state was ever heard, so that its mode is one that somebody saw. */
  #hasState = false;
  #unanswered = new Unanswered();

  constructor(campaignId, { openSocket = (url) => new WebSocket(url), random = Math.random } = {}) {
    super();
    this.#campaignId = campaignId;
    this.#openSocket = openSocket;
    this.#random = random;
  }

  /** How many commands wait for their answer. */
  get unanswered() {
    return this.#unanswered.size;
  }

  /** Those commands, `{type, ...}`, in the order in which they were given. */
  get pending() {
    return this.#unanswered.commands;
  }

  /** The mode that one asked for, while the answer is on its way, or else the one that one was told. */
  get mode() {
    return this.pending.findLast(({ type }) => type === "broadcast:mode")?.mode ?? this.state.mode;
  }

  /** The role of today: it can change while the connection stands. */
  get role() {
    return this.state.people.get(this.me?.userId)?.role ?? this.me?.role;
  }

  /** Connects; also sooner than planned, when there is reason to hope that it goes better now. */
  connect() {
    if (this.#socket !== null || this.connection.phase === "closed") return;
    clearTimeout(this.#retry);
    const socket = this.#openSocket(this.#address());
    this.#socket = socket;
    this.#unanswered.begin();
    this.#patience = new Patience(() => this.reconnect());
    // What a socket has to say after it was given up is not heard any more.
    const heard = (listener) => (event) => socket === this.#socket && listener(event);
    socket.addEventListener("message", heard((event) => this.#receive(JSON.parse(event.data))));
    socket.addEventListener("close", heard((event) => this.#lost(event.code, event.reason)));
  }

  /** Gives the connection up, and takes a new one as soon as that is possible. */
  reconnect() {
    const socket = this.#socket;
    if (socket === null) return;
    this.#lost(1006, "");
    socket.close();
  }

  /** Leaves for good. */
  close() {
    const socket = this.#socket;
    this.#end(1000, "");
    socket?.close();
  }

  /**
   * Gives a command, `{type, ...}`. Resolves to the id of its event once that is stored, be it over several
   * connections; rejects with CommandRefused.
   */
  send(command) {
    if (this.connection.phase === "closed") {
      return Promise.reject(new CommandRefused("closed", this.connection.reason));
    }
    const id = freshId();
    return new Promise((resolve, reject) => {
      const frame = JSON.stringify({ ...this.#asSeen(command), id });
      this.#unanswered.add(id, { command, frame, resolve, reject });
      this.#pump();
      this.#changed();
    });
  }

  /** An undo by place means the list as it is known now, and a change of hexes the mode. */
  #asSeen(command) {
    if (command.type === "staged:undo" && command.index !== undefined && this.#listId !== null) {
      return { listId: this.#listId, ...command };
    }
    const isOfHexes = command.type === "hex:reveal" || command.type === "hex:update";
    return isOfHexes && this.#hasState ? { mode: this.mode, ...command } : command;
  }

  #address() {
    const address = new URL("/ws", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    address.searchParams.set("campaignId", this.#campaignId);
    if (this.#lastEventId !== null) address.searchParams.set("lastEventId", this.#lastEventId);
    return address.href;
  }

  #receive(message) {
    this.#patience.heard(message.type === "connected" && message.resumed !== true);
    switch (message.type) {
      case "tick":
        return;
      case "connected":
        this.#welcome(message);
        break;
      case "ack":
        this.connection = { phase: "live", reason: "" };
        this.#settle(message.id, (command) => command.resolve(message.eventId));
        break;
      case "error":
        this.#refused(message);
        break;
      default:
        this.#fold(message);
    }
    this.#changed();
  }

  #welcome(message) {
    this.me = { userId: message.userId, role: message.role, name: message.name };
    this.connection = { phase: "live", reason: "" };
    this.isResumed = message.resumed === true;
    this.#complaint = "";
    this.#liveSince = performance.now();
    this.#isInStep = this.isResumed;
    this.#pump();
  }

  #fold(message) {
    // What was seen before a whole state is no place to resume from any more.
    if (message.type === "session:state") this.#lastEventId = null;
    if (message.eventId) this.#lastEventId = message.eventId;
    if (message.type === "session:state") this.#listId = null;
    if (message.type === "staged:changes") this.#listId = message.eventId ?? null;
    this.state.apply(message);
    if (message.type === "session:state") {
      this.#isInStep = this.#hasState = true;
      this.#pump();
    }
  }

  #refused(message) {
    if (message.id === undefined) {
      this.#complaint = message.message;
    } else if (message.code === "unavailable") {
      // Nothing was recorded, and thanks to its id the command may be given again.
      this.connection = { phase: "live", reason: message.message };
      this.#unanswered.putBack(message.id);
      this.#patience.awaits(...this.#unanswered.oldestSent);
      // One pause for all: what is given meanwhile must not overtake it.
      this.#pause ??= setTimeout(() => this.#endPause(), PAUSE_SECONDS * 1000);
    } else {
      this.#settle(message.id, (command) => command.reject(new CommandRefused(message.code, message.message)));
    }
  }

  #endPause() {
    this.#pause = undefined;
    this.#unanswered.isPausing = false;
    this.#pump();
  }

  /** Sends what is due, in the order in which it was given. */
  #pump() {
    if (this.connection.phase !== "live" || !this.#isInStep) return;
    for (let frame = this.#unanswered.next(); frame !== undefined; frame = this.#unanswered.next()) {
      this.#socket.send(frame);
    }
    this.#patience.awaits(...this.#unanswered.oldestSent);
  }

  #settle(id, how) {
    const command = this.#unanswered.take(id);
    if (command === undefined) return;
    this.#patience?.awaits(...this.#unanswered.oldestSent);
    how(command);
  }

  #lost(code, reason) {
    if (!reconnectsAfter(code)) {
      this.#end(code, reason || this.#complaint);
      return;
    }
    if (code === FRAME_TOO_LARGE) this.#dropLargest();
    if (this.connection.phase === "live" && this.#lasted() >= STABLE_SECONDS) this.#attempt = 0;
    this.connection = { phase: this.me === null ? "connecting" : "reconnecting", reason: this.#complaint };
    this.#letGo();
    this.#retry = setTimeout(() => this.connect(), backoff(this.#attempt, this.#random) * 1000);
    this.#attempt += 1;
    this.#changed();
  }

  #lasted() {
    return (performance.now() - this.#liveSince) / 1000;
  }

  /** The server does not say which frame was over its limit, only the largest can't be innocent. */
  #dropLargest() {
    const id = this.#unanswered.largestSent;
    this.#settle(id, (command) => command.reject(new CommandRefused("too_large", WORDS.tooLarge)));
  }

  #end(code, reason) {
    this.#letGo();
    this.connection = { phase: "closed", code, reason };
    clearTimeout(this.#retry);
    for (const id of this.#unanswered.ids) {
      this.#settle(id, (command) => command.reject(new CommandRefused("closed", reason)));
    }
    this.#changed();
  }

  /** The connection of now is no more. */
  #letGo() {
    this.#socket = null;
    this.#isInStep = false;
    this.#patience?.end();
    this.#patience = null;
    clearTimeout(this.#pause);
    this.#pause = undefined;
  }

  #changed() {
    this.dispatchEvent(new Event("change"));
  }
}

/** Not crypto.randomUUID: that is there on https and localhost only, and a table may well be on the home network. */
function freshId() {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
