/** The list of keys, behind `?`. */

import { element } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.keys;

/** `groups()` gives the lists of keys that there are; `open()` shows them. */
export function makeKeysHelp(groups) {
  const body = element("div", { class: "keys-body" });
  const close = element("button", { type: "button", onclick: () => dialog.close() }, words.close);
  const heading = element("h2", { id: "keys-title" }, words.title);
  const dialog = element("dialog", { class: "keys", "aria-labelledby": heading.id }, heading, body, close);

  function open() {
    body.replaceChildren(...groups().map(makeList));
    dialog.showModal();
  }

  return { dialog, open };
}

function makeList(group) {
  const lines = group.map(([keys, does]) =>
    element("div", {}, element("dt", {}, ...keys.split(" ").map((key) => element("kbd", {}, key))), element("dd", {}, does)),
  );
  return element("dl", {}, ...lines);
}
