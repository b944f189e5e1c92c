/** Everybody of the campaign: who is here, since when somebody is not, and for a DM what can be done about them. */

import { element, setText, syncList } from "../parts/dom.js";
import { WORDS } from "../words.js";
import { Absences } from "./absences.js";

const words = WORDS.people;

/**
 * `makeActions(userId)` gives an element with what a DM can do about somebody, and `update(person, me)` for it;
 * `several` is for what is done about several at once, see dm/remove-several.js.
 */
export function makePeopleList(makeActions, several) {
  const count = element("span", { class: "count" });
  const list = element("ul", { class: "people" });
  const heading = element("h2", {}, words.title, " ", count);
  const absences = new Absences();
  const actions = new Map();

  function makeRow({ userId }) {
    actions.set(userId, makeActions(userId));
    const parts = ["name", "tag", "presence"].map((name) => element("span", { class: name }));
    return element("li", {}, element("div", { class: "person-line" }, several.makeBox(userId), ...parts), actions.get(userId).element);
  }

  function updateRow(row, person, me, isDm) {
    const [, name, role, presence] = row.firstElementChild.children;
    setText(name, person.userId === me?.userId ? `${person.name} (${words.you})` : person.name);
    setText(role, WORDS.role[person.role] ?? "");
    setText(presence, person.online ? words.online : describeAbsence(person));
    row.classList.toggle("online", person.online);
    actions.get(person.userId).element.hidden = !isDm;
    actions.get(person.userId).update(person, me);
  }

  function describeAbsence({ userId }) {
    const since = absences.since(userId);
    return since === undefined ? words.offline : words.awaySince(since);
  }

  function update({ state, me, isOwnDm }) {
    const people = inOrder([...state.people.values()]);
    absences.note(people);
    setText(count, words.count(people.filter((person) => person.online).length, people.length));
    syncList(list, people, (person) => person.userId, makeRow, (row, person) => updateRow(row, person, me, isOwnDm));
    several.update(people, me, isOwnDm);
  }

  return { element: element("section", { class: "card" }, heading, list, several.element), update };
}

/** DMs first, then who is here, then by name. */
function inOrder(people) {
  const rank = (person) => (person.role === "dm" ? 0 : 2) + (person.online ? 0 : 1);
  return people.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}
