/** A page of a few cards under the bar. */

import { whoAmI } from "./api.js";
import { element } from "./dom.js";
import { WORDS } from "../words.js";
import { makePageHeader } from "./page-header.js";

/** `makeCards(me)` gets null for somebody who is not signed in, and may wait for the server. */
export async function showSimplePage(makeCards) {
  try {
    const me = await whoAmI();
    const cards = await makeCards(me);
    document.body.append(makePageHeader(me), element("main", { class: "narrow" }, ...cards));
  } catch (error) {
    showFailure(error.message);
  }
}

/** In place of a page that can't be shown. */
export function showFailure(message, ...more) {
  const line = element("p", { class: "problem", role: "alert" }, message);
  const card = element("section", { class: "card" }, element("h1", {}, WORDS.notShown), line, ...more);
  document.body.append(makePageHeader(null), element("main", { class: "narrow" }, card));
}
