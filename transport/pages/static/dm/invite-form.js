/** Makes an invite link, helps to copy it, and shows it as a QR code for the phones at the table. */

import { createInvite } from "../parts/api.js";
import { actionForm } from "../parts/attempt.js";
import { copyFrom } from "../parts/copying.js";
import { element, field, setText, svg } from "../parts/dom.js";
import { WORDS } from "../words.js";
import { makeInviteList } from "./invite-list.js";

const words = WORDS.invite;
const WEEK_IN_HOURS = 7 * 24;
/** Modules that a QR code keeps free around it, by its standard. */
const QUIET_ZONE = 4;

export function makeInviteForm(campaignId) {
  const role = element("select", {});
  role.append(...["player", "dm"].map((value) => element("option", { value }, words[value])));
  const make = element("button", {}, words.make);
  const link = element("input", { readonly: true });
  const said = element("p", { class: "hint", role: "status" });
  const copy = element("button", { type: "button", onclick: () => copyFrom(link, said) }, words.copy);
  const code = element("div", { class: "qr" });
  const result = element("div", { class: "beside", hidden: true }, field(words.link, link), copy, said, code);
  const list = makeInviteList(campaignId);

  async function makeLink() {
    const made = await createInvite(campaignId, { role: role.value, expiresInHours: WEEK_IN_HOURS });
    link.value = made.link;
    code.replaceChildren(drawCode(made.qr));
    result.hidden = false;
    setText(said, "");
    link.select();
    await list.refresh();
  }

  const form = actionForm(make, makeLink, field(words.role, role));
  form.className = "beside";
  const section = element("section", { class: "card" }, element("h2", {}, words.title), form, result, list.element);
  return { element: section, refresh: list.refresh };
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
