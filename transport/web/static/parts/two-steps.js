/** A button for what can't be taken back: the first press asks, the second does it. */

import { attempt, problemLine } from "./attempt.js";
import { element, setText } from "./dom.js";

/**
 * `question()` gives the text at the moment of asking, or "" when there is nothing to ask. `more` stands below it;
 * `prepare()` fills it in, and until that is done nothing can be confirmed.
 */
export function makeTwoSteps({ label, question, more = null, prepare = null, yes, no, action }) {
  const problem = problemLine();
  const text = element("p", { class: "question" });
  const ask = element("button", { type: "button", onclick: first }, label);
  const confirm = element("button", { type: "button", class: "grave", onclick: run }, yes);
  const keep = element("button", { type: "button", onclick: closeAndReturn }, no);
  const asking = element("div", { class: "asking", role: "group", hidden: true }, text, more, confirm, keep);
  asking.addEventListener("keydown", (event) => event.key === "Escape" && closeAndReturn());

  async function first() {
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
    if (prepare !== null) {
      confirm.disabled = true;
      await prepare();
      confirm.disabled = false;
    }
  }

  function close() {
    ask.hidden = false;
    asking.hidden = true;
  }

  function closeAndReturn() {
    close();
    ask.focus();
  }

  async function run() {
    await attempt(confirm, problem, action);
    closeAndReturn();
  }

  return { element: element("div", { class: "two-steps" }, ask, asking, problem), ask, close };
}
