/** Seeing the map as one of the players sees it. Sends "change". */

import { PlayerView } from "../client/player-view.js";
import { element, field, setText } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.viewAs;

export class ViewAs extends EventTarget {
  /** The view of a player while the DM sees the map as that player does, else null. */
  view = null;

  #select = element("select", {});
  #told = element("p", { class: "view-as-told" });
  #options = "";

  field = field(words.label, this.#select);
  banner = element(
    "div",
    { class: "view-as-banner", role: "status", hidden: true },
    this.#told,
    element("button", { type: "button", onclick: () => this.leave() }, words.leave),
  );

  constructor() {
    super();
    this.field.classList.add("inline");
    this.#select.onchange = () => this.#look(this.#select.value);
  }

  /** Back to the DM's own view. */
  leave() {
    if (this.view !== null) this.#look("");
  }

  update({ state }) {
    const players = [...state.people.values()].filter(({ role }) => role !== "dm");
    if (this.view !== null && !players.some(({ userId }) => userId === this.view.userId)) this.leave();
    this.#offer(players);
    this.banner.hidden = this.view === null;
    if (this.view !== null) setText(this.#told, words.told(state.people.get(this.view.userId).name));
    this.#select.value = this.view?.userId ?? "";
    this.field.hidden = players.length === 0;
  }

  #look(userId) {
    this.view = userId === "" ? null : new PlayerView(userId);
    this.dispatchEvent(new Event("change"));
  }

  #offer(players) {
    const now = JSON.stringify(players.map(({ userId, name }) => [userId, name]));
    if (now === this.#options) return;
    this.#options = now;
    const option = (value, text) => element("option", { value }, text);
    this.#select.replaceChildren(option("", words.own), ...players.map(({ userId, name }) => option(userId, name)));
  }
}
