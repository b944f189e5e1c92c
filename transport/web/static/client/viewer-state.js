/** What a viewer knows, folded from the messages the viewer got; the same fold as projections/viewer_state.py. */

import { MapChanges } from "./map-changes.js";

export class ViewerState {
  status = "waiting";
  mode = "immediate";
  sessionId = null;
  /** By user id. */
  people = new Map();
  /** Hex key to terrain. For a DM also of hexes that no player knows. */
  terrain = new Map();
  revealed = new Set();
  /** The queue, and who knows which hex ("all" or a set of user ids): only a DM is told. */
  staged = [];
  reveals = new Map();
  /** The imports of maps that are not whole: only a DM is told. */
  imports = [];
  /** For who draws the map. */
  mapChanges = new MapChanges();

  #isFirst = true;

  /** Takes in one message, in the order of arrival. Types it does not know change nothing. */
  apply(message) {
    switch (message.type) {
      case "session:state":
        this.#startOver(message);
        break;
      case "session:statusChanged":
        this.status = message.status;
        this.sessionId = message.sessionId ?? null;
        break;
      case "hex:revealed":
        this.#reveal(message);
        break;
      case "hex:updated":
        this.#setTerrain(message.changes);
        this.#takeOff(message.gone ?? []);
        break;
      case "map:imports":
        this.imports = message.imports;
        break;
      case "dm:preparing":
        this.mode = message.preparing ? "staged" : "immediate";
        break;
      case "staged:changes":
        this.staged = message.changes;
        break;
      case "player:presence":
        this.#setPeople(message.players);
        break;
      case "player:joined":
        this.#come(message);
        break;
      case "player:left":
        this.#go(message.userId);
        break;
    }
  }

  #startOver(state) {
    this.status = state.status;
    this.mode = state.broadcastMode;
    this.sessionId = state.sessionId ?? null;
    this.#setPeople(state.connectedPlayers);
    const before = this.revealed;
    this.revealed = new Set(state.revealedHexes);
    if (!this.#isFirst) this.mapChanges.tell([...this.revealed].filter((key) => !before.has(key)));
    this.#isFirst = false;
    this.terrain = new Map();
    this.#setTerrain(state.terrain ?? []);
    this.staged = state.stagedChanges ?? [];
    this.imports = state.mapImports ?? [];
    this.reveals = new Map();
    for (const { key, to } of state.reveals ?? []) this.#widen([key], to);
    this.mapChanges.touchAll();
  }

  #reveal(message) {
    this.mapChanges.tell(message.hexKeys.filter((key) => !this.revealed.has(key)));
    for (const key of message.hexKeys) this.revealed.add(key);
    this.mapChanges.touch(message.hexKeys);
    this.#setTerrain(message.terrain ?? []);
    if (message.audiences) for (const { hexKeys, to } of message.audiences) this.#widen(hexKeys, to);
    else if (message.to) this.#widen(message.hexKeys, message.to);
  }

  /** Knowledge is never taken back. Hexes of which nobody knew share one set: it never changes. */
  #widen(keys, to) {
    const more = to === "all" ? "all" : new Set(to);
    for (const key of keys) {
      const known = this.reveals.get(key);
      const isAll = known === "all" || more === "all";
      this.reveals.set(key, isAll ? "all" : known ? new Set([...known, ...more]) : more);
    }
  }

  #setTerrain(changes) {
    for (const { key, terrain } of changes) this.terrain.set(key, terrain);
    this.mapChanges.touch(changes.map(({ key }) => key));
  }

  /** Hexes that are not on the map any more. */
  #takeOff(keys) {
    if (keys.length === 0) return;
    for (const key of keys) this.terrain.delete(key);
    this.mapChanges.touchAll(); // the map may be a smaller one now
  }

  #setPeople(people) {
    this.people = new Map(people.map((person) => [person.userId, person]));
  }

  #come({ userId, name, role }) {
    const person = this.people.get(userId);
    if (person) this.people.set(userId, { ...person, online: true });
    // A new member: the list that has them too may take its time.
    else if (role !== undefined) this.people.set(userId, { userId, name, online: true, role });
  }

  #go(userId) {
    const person = this.people.get(userId);
    if (person) this.people.set(userId, { ...person, online: false });
  }
}
