/** Seeing the map as one of the players sees it. Sends "change". */

import { OtherEyes } from "../client/other-eyes.js";
import { element, field, setText } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.eyes;

export class EyesChoice extends EventTarget {
  /** OtherEyes while the DM looks through a player's, else null. */
  eyes = null;

  #select = element("select", {});
  #told = element("p", { class: "eyes-told" });
  #options = "";

  field = field(words.label, this.#select);
  banner = element(
    "div",
    { class: "eyes-banner", role: "status", hidden: true },
    this.#told,
    element("button", { type: "button", onclick: () => this.leave() }, words.leave),
  );

  constructor() {
    super();
    this.field.classList.add("inline");
    this.#select.onchange = () => this.#look(this.#select.value);
  }

  /** Back to the DM's own. */
  leave() {
    if (this.eyes !== null) this.#look("");
  }

  update({ state }) {
    const players = [...state.people.values()].filter(({ role }) => role !== "dm");
    if (this.eyes !== null && !players.some(({ userId }) => userId === this.eyes.userId)) this.leave();
    this.#offer(players);
    this.banner.hidden = this.eyes === null;
    if (this.eyes !== null) setText(this.#told, words.told(state.people.get(this.eyes.userId).name));
    this.#select.value = this.eyes?.userId ?? "";
    this.field.hidden = players.length === 0;
  }

  #look(userId) {
    this.eyes = userId === "" ? null : new OtherEyes(userId);
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
