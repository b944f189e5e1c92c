/**
 * What a player sees, made of what the DM was told: who knows which hex. The server decides what a player sees, and
 * this shows the DM what it decided; it gives nothing to anybody.
 */

import { ViewerState } from "./viewer-state.js";

export class PlayerView {
  state = new ViewerState();
  userId;

  constructor(userId) {
    this.userId = userId;
  }

  /** Takes over what has changed in the DM's state; `changes` is what its `mapChanges.take()` gave. */
  follow(dm, { isAll, keys }) {
    const { state } = this;
    Object.assign(state, { status: dm.status, mode: dm.mode, sessionId: dm.sessionId, people: dm.people });
    if (isAll) {
      state.revealed.clear();
      state.terrain.clear();
      state.mapChanges.touchAll();
    }
    const known = [...(isAll ? dm.reveals.keys() : keys)].filter((key) => this.#knows(dm.reveals.get(key)));
    if (!isAll) state.mapChanges.tell(known.filter((key) => !state.revealed.has(key)));
    for (const key of known) {
      state.revealed.add(key);
      state.terrain.set(key, dm.terrain.get(key));
    }
    state.mapChanges.touch(known);
  }

  #knows(knowers) {
    return knowers === "all" || (knowers?.has(this.userId) ?? false);
  }
}
