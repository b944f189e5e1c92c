/** Closing a campaign: behind a fold, and not before its name is typed. */

import { closeCampaign } from "../parts/api.js";
import { actionForm } from "../parts/attempt.js";
import { element, field } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.closing;

/** For a row of the list of campaigns. */
export function makeCloseCampaign(campaignId, name) {
  const typed = element("input", { autocomplete: "off" });
  const button = element("button", { class: "grave" }, words.button);
  const close = async () => {
    if (typed.value.trim().normalize("NFC") !== name) throw new Error(words.otherName);
    await closeCampaign(campaignId);
    location.reload();
  };
  const form = actionForm(button, close, element("p", {}, words.explained), field(words.typeName(name), typed));
  const summary = element("summary", { "aria-label": words.closeOf(name) }, words.close);
  return element("details", { class: "closing" }, summary, form);
}
