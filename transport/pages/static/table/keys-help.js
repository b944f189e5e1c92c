/** The list of keys, behind `?`. */

import { element } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.keys;

/** `open(isDm)` shows it; `button` does too. */
export function makeKeysHelp(isDm) {
  const body = element("div", { class: "keys-body" });
  const close = element("button", { type: "button", onclick: () => dialog.close() }, words.close);
  const heading = element("h2", { id: "keys-title" }, words.title);
  const dialog = element("dialog", { class: "keys", "aria-labelledby": heading.id }, heading, body, close);

  function open() {
    const groups = isDm() ? [words.map, words.dm] : [words.map];
    body.replaceChildren(...groups.map(makeList));
    dialog.showModal();
  }

  const button = element("button", { type: "button", class: "round", "aria-label": words.title, title: words.title, onclick: open }, "?");
  return { dialog, button, open };
}

function makeList(group) {
  const lines = group.map(([keys, does]) =>
    element("div", {}, element("dt", {}, ...keys.split(" ").map((key) => element("kbd", {}, key))), element("dd", {}, does)),
  );
  return element("dl", {}, ...lines);
}
