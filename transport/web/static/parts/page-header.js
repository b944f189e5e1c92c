/** The bar over every page: the product, and who is signed in. */

import { signOut } from "./api.js";
import { element } from "./dom.js";
import { makeTwoSteps } from "./two-steps.js";
import { WORDS } from "../words.js";

/** `me` is null for somebody who is not signed in. `middle` are elements of the page's own. */
export function makePageHeader(me, ...middle) {
  const brand = element("a", { class: "brand", href: "/" });
  brand.append(element("img", { src: "/static/icon.svg", alt: "", width: 24, height: 24 }), WORDS.product);
  return element("header", { class: "page-header" }, brand, ...middle, me === null ? null : makePerson(me));
}

function makePerson(me) {
  const leave = makeTwoSteps({
    label: WORDS.person.signOut,
    question: () => WORDS.person.signOutSure,
    yes: WORDS.person.signOutYes,
    no: WORDS.person.signOutNo,
    action: async () => {
      await signOut();
      location.assign("/");
    },
  });
  return element("div", { class: "person" }, element("span", { class: "name" }, me.name), leave.element);
}
