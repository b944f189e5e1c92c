/** Makes an invite link, helps to copy it, and shows it as a QR code for the phones at the table. */

import { createInvite } from "../parts/api.js";
import { actionForm } from "../parts/attempt.js";
import { copyFrom } from "../parts/copying.js";
import { element, field, setText, svg } from "../parts/dom.js";
import { WORDS } from "../words.js";
import { makeInviteList } from "./invite-list.js";

const words = WORDS.invite;
const USES = [1, 5, 10, 20, 50];
const HOURS = [24, 7 * 24, 30 * 24];
/** Modules that a QR code keeps free around it, by its standard. */
const QUIET_ZONE = 4;

export function makeInviteForm(campaignId) {
  const role = element("select", {});
  role.append(...["player", "dm"].map((value) => element("option", { value }, words[value])));
  const uses = makeUses();
  const hours = makeChoice(HOURS, setting("invite-hours"), words.hoursOf);
  const make = element("button", {}, words.make);
  const link = element("input", { readonly: true });
  const said = element("p", { class: "hint", role: "status" });
  const copy = element("button", { type: "button", onclick: () => copyFrom(link, said) }, words.copy);
  const code = element("div", { class: "qr" });
  const result = element("div", { class: "beside", hidden: true }, field(words.link, link), copy, said, code);
  const list = makeInviteList(campaignId);

  async function makeLink() {
    const wanted = { role: role.value, uses: JSON.parse(uses.value), expiresInHours: JSON.parse(hours.value) };
    const made = await createInvite(campaignId, wanted);
    link.value = made.link;
    code.replaceChildren(drawCode(made.qr));
    result.hidden = false;
    setText(said, "");
    link.select();
    await list.refresh();
  }

  const fields = [field(words.role, role), field(words.hours, hours), field(words.uses, uses)];
  const form = actionForm(make, makeLink, ...fields);
  form.className = "invite-form";
  const section = element("section", { class: "card" }, element("h2", {}, words.title), form, result, list.element);
  return { element: section, refresh: list.refresh };
}

/** A number of the server's settings, as it wrote them into the page. */
function setting(name) {
  return Number(document.querySelector(`meta[name=fogbound-${name}]`).content);
}

/** Some numbers and the usual one, which is chosen. */
function makeChoice(numbers, usual, wordsOf) {
  const all = [...new Set([...numbers, usual])].sort((a, b) => a - b);
  const options = all.map((number) => element("option", { value: String(number), selected: number === usual }, wordsOf(number)));
  return element("select", {}, ...options);
}

function makeUses() {
  const most = setting("members");
  const choice = makeChoice(USES.filter((number) => number < most), setting("invite-uses"), words.usesOf);
  // As the calls have it: null is as many as the campaign may have members.
  choice.append(element("option", { value: "null" }, words.usesMost(most)));
  return choice;
}

/** `rows` are strings of 0 and 1, 1 being dark. */
function drawCode(rows) {
  const squares = rows.flatMap((row, y) => [...row].flatMap((cell, x) => (cell === "1" ? [`M${x} ${y}h1v1h-1z`] : [])));
  const side = rows.length + 2 * QUIET_ZONE;
  const box = `${-QUIET_ZONE} ${-QUIET_ZONE} ${side} ${side}`;
  const around = { x: -QUIET_ZONE, y: -QUIET_ZONE, width: side, height: side, class: "qr-paper" };
  return svg(
    "svg",
    { viewBox: box, role: "img", "aria-label": words.code },
    svg("rect", around),
    svg("path", { d: squares.join(""), class: "qr-ink" }),
  );
}
