/** Whom a reveal is for: all players, or some of them, here or not. */

import { element, setText, syncList } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.hexes;

export function makeTargetChoice() {
  const all = element("input", { type: "radio", name: "targets", checked: true });
  const some = element("input", { type: "radio", name: "targets" });
  const players = element("ul", { class: "targets" });
  const nobody = element("p", { class: "hint" }, words.noPlayers);
  const chosen = new Set();
  const choice = element(
    "fieldset",
    { class: "card" },
    element("legend", { class: "unseen" }, words.whom),
    element("h2", { "aria-hidden": "true" }, words.whom),
    element("label", {}, all, words.all),
    element("label", {}, some, words.some),
    players,
    nobody,
  );
  choice.addEventListener("change", show);

  function show() {
    players.hidden = !some.checked;
    nobody.hidden = !some.checked || players.childElementCount > 0;
  }

  const makePlayer = ({ userId }) => {
    const box = element("input", { type: "checkbox" });
    box.onchange = () => (box.checked ? chosen.add(userId) : chosen.delete(userId));
    return element("li", {}, element("label", {}, box, element("span", {})));
  };

  const updatePlayer = (row, { name, online }) => {
    row.dataset.name = name;
    setText(row.querySelector("span"), online ? name : `${name} (${WORDS.people.offline})`);
  };

  function update({ state }) {
    const here = [...state.people.values()].filter((person) => person.role !== "dm");
    for (const userId of chosen) if (!here.some((person) => person.userId === userId)) chosen.delete(userId);
    syncList(players, here, (person) => person.userId, makePlayer, updatePlayer);
    show();
  }

  /** As the protocol has it. Throws an Error if nobody is chosen. */
  function targets() {
    if (all.checked) return "all";
    if (chosen.size === 0) throw new Error(words.noOne);
    return { playerIds: [...chosen] };
  }

  /** In words, for a sentence that goes on before it. */
  function describe() {
    if (all.checked) return words.toAll;
    const names = [...players.querySelectorAll("li")].filter((row) => row.querySelector("input").checked);
    return names.length === 0 ? words.toNobody : words.toSome(names.map((row) => row.dataset.name));
  }

  return { element: choice, update, targets, describe };
}
