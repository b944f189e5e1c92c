/** The page at /: one's campaigns, a new one and one's devices, or a way in for who has no name here yet. */

import { makeCloseCampaign } from "./home/close-campaign.js";
import { makeDevices } from "./home/devices.js";
import { createCampaign, listCampaigns, signUp } from "./parts/api.js";
import { actionForm } from "./parts/attempt.js";
import { element, field } from "./parts/dom.js";
import { showSimplePage } from "./parts/simple-page.js";
import { WORDS } from "./words.js";

const words = WORDS.home;

function makeWelcome() {
  const isOpen = document.querySelector("meta[name=fogbound-signup]").content === "open";
  return element(
    "section",
    { class: "card" },
    element("h1", {}, words.welcome),
    element("p", {}, words.tagline),
    ...(isOpen ? [makeSignUp(), element("p", { class: "hint" }, words.invited)] : [element("p", {}, words.byInvite)]),
  );
}

function makeSignUp() {
  const name = element("input", { required: true, maxlength: 64, autocomplete: "nickname" });
  const button = element("button", { class: "primary" }, words.signUp);
  const comeIn = async () => {
    await signUp(name.value);
    location.reload();
  };
  return actionForm(button, comeIn, field(words.name, name, words.nameHint));
}

function makeCampaigns(campaigns) {
  const rows = campaigns.map(({ campaignId, name, role, status }) =>
    element(
      "li",
      {},
      element(
        "div",
        { class: "campaign-line" },
        element("a", { href: `/table/${campaignId}` }, name),
        element("span", { class: "tag" }, WORDS.role[role]),
        element("span", { class: `status ${status}` }, WORDS.status[status]),
      ),
      role === "dm" ? makeCloseCampaign(campaignId, name) : null,
    ),
  );
  const content = rows.length > 0 ? element("ul", { class: "campaigns" }, ...rows) : element("p", {}, words.none);
  return element("section", { class: "card" }, element("h1", {}, words.yours), content);
}

function makeCreation() {
  const name = element("input", { required: true, maxlength: 100, autocomplete: "off" });
  const button = element("button", { class: "primary" }, words.createButton);
  const create = async () => {
    const { campaignId } = await createCampaign(name.value);
    location.assign(`/table/${campaignId}`);
  };
  const form = actionForm(button, create, field(words.campaignName, name));
  return element("section", { class: "card" }, element("h2", {}, words.create), form);
}

await showSimplePage(async (me) =>
  me === null ? [makeWelcome()] : [makeCampaigns(await listCampaigns()), makeCreation(), makeDevices()],
);
