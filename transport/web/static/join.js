/** The page behind an invite or sign-in link, /join#TOKEN. Looking at it redeems nothing: the button does. */

import { redeemInvite } from "./parts/api.js";
import { actionForm } from "./parts/attempt.js";
import { element, field } from "./parts/dom.js";
import { showSimplePage } from "./parts/simple-page.js";
import { WORDS } from "./words.js";

const words = WORDS.join;
const token = location.hash.slice(1);

function makeCard(me) {
  const content = token === "" ? makeBroken() : makeInvitation(me);
  return element("section", { class: "card" }, element("h1", {}, words.title), content);
}

function makeBroken() {
  const home = element("a", { href: "/" }, words.toHome);
  return element("div", {}, element("p", {}, words.broken), element("p", {}, home));
}

function makeInvitation(me) {
  const button = element("button", { class: "primary" }, words.button);
  // Not required: only the server knows whether the link is somebody's own.
  const name = element("input", { maxlength: 64, autocomplete: "nickname" });
  const join = async () => {
    const { campaignId } = await redeemInvite(token, name.value.trim() || undefined);
    // Leaves no secret behind in the history.
    location.replace(`/table/${campaignId}`);
  };
  const who = me === null ? field(words.name, name, words.nameHint) : element("p", {}, words.as(me.name));
  return actionForm(button, join, element("p", {}, words.invited), who);
}

// Another link in the same tab changes only what is behind the #, which loads nothing by itself.
window.addEventListener("hashchange", () => location.reload());

await showSimplePage((me) => [makeCard(me)]);
