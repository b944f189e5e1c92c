/** A link to the moment that is shown, for the others of the campaign. */

import { copyFrom } from "../parts/copying.js";
import { element, field } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.replay;

/** `address()` gives the link to the moment of now. */
export function makeMomentLink(address) {
  const link = element("input", { readonly: true });
  const said = element("p", { class: "hint", role: "status" });
  const result = element("div", { class: "beside", hidden: true }, field(words.link, link), said);
  const make = element("button", { type: "button", class: "small", onclick: copy }, words.copyLink);

  async function copy() {
    link.value = address();
    result.hidden = false;
    await copyFrom(link, said);
  }

  return { element: element("div", { class: "moment-link" }, make, result) };
}
