/** Everybody of the campaign, and who is here. */

import { element, setText, syncList } from "./dom.js";
import { WORDS } from "./words.js";

const words = WORDS.people;

export function makePeopleList() {
  const count = element("span", { class: "count" });
  const list = element("ul", { class: "people" });
  const heading = element("h2", {}, words.title, " ", count);

  function update({ state, me }) {
    const people = inOrder([...state.people.values()]);
    setText(count, words.count(people.filter((person) => person.online).length, people.length));
    syncList(list, people, (person) => person.userId, makeRow, (row, person) => updateRow(row, person, me));
  }

  return { element: element("section", { class: "card" }, heading, list), update };
}

/** DMs first, then who is here, then by name. */
function inOrder(people) {
  const rank = (person) => (person.role === "dm" ? 0 : 2) + (person.online ? 0 : 1);
  return people.sort((a, b) => rank(a) - rank(b) || a.name.localeCompare(b.name));
}

function makeRow() {
  const parts = ["name", "tag", "presence"].map((name) => element("span", { class: name }));
  return element("li", {}, ...parts);
}

function updateRow(row, person, me) {
  const [name, role, presence] = row.children;
  setText(name, person.userId === me?.userId ? `${person.name} (${words.you})` : person.name);
  setText(role, WORDS.role[person.role] ?? "");
  setText(presence, person.online ? words.online : words.offline);
  row.classList.toggle("online", person.online);
}
