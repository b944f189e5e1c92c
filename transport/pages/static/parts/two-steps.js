/** A button for what can't be taken back: the first press asks, the second does it. */

import { attempt, problemLine } from "./attempt.js";
import { element, setText } from "./dom.js";

/** `question()` gives the text at the moment of asking, or "" when there is nothing to ask. */
export function makeTwoSteps({ label, question, yes, no, action }) {
  const problem = problemLine();
  const text = element("p", { class: "question" });
  const ask = element("button", { type: "button", onclick: first }, label);
  const confirm = element("button", { type: "button", class: "grave", onclick: run }, yes);
  const keep = element("button", { type: "button", onclick: close }, no);
  const asking = element("div", { class: "asking", role: "group", hidden: true }, text, confirm, keep);
  asking.addEventListener("keydown", (event) => event.key === "Escape" && close());

  function first() {
    const words = question();
    if (words === "") {
      attempt(ask, problem, action);
      return;
    }
    setText(text, words);
    asking.setAttribute("aria-label", words);
    ask.hidden = true;
    asking.hidden = false;
    keep.focus();
  }

  function close() {
    ask.hidden = false;
    asking.hidden = true;
    ask.focus();
  }

  async function run() {
    await attempt(confirm, problem, action);
    close();
  }

  return { element: element("div", { class: "two-steps" }, ask, asking, problem), ask };
}
