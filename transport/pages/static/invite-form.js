/** Makes an invite link, and helps to copy it. */

import { createInvite } from "./api.js";
import { actionForm } from "./attempt.js";
import { element, field, setText } from "./dom.js";
import { WORDS } from "./words.js";

const words = WORDS.invite;
const WEEK_IN_HOURS = 7 * 24;

export function makeInviteForm(campaignId) {
  const role = element("select", {});
  role.append(...["player", "dm"].map((value) => element("option", { value }, words[value])));
  const make = element("button", {}, words.make);
  const link = element("input", { readonly: true });
  const said = element("p", { class: "hint", role: "status" });
  const copy = element("button", { type: "button", onclick: copyLink }, words.copy);
  const result = element("div", { class: "beside", hidden: true }, field(words.link, link), copy, said);

  async function makeLink() {
    const invite = { role: role.value, expiresInHours: WEEK_IN_HOURS };
    link.value = (await createInvite(campaignId, invite)).link;
    result.hidden = false;
    setText(said, "");
    link.select();
  }

  async function copyLink() {
    link.select();
    try {
      // There on https and localhost only.
      await navigator.clipboard.writeText(link.value);
      setText(said, words.copied);
    } catch {
      setText(said, words.copyByHand);
    }
  }

  const form = actionForm(make, makeLink, field(words.role, role));
  form.className = "beside";
  return element("section", { class: "card" }, element("h2", {}, words.title), form, result);
}
