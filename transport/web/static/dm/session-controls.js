/** Start, pause, resume and end, for the DM. */

import { attempt, problemLine } from "../parts/attempt.js";
import { element, setText } from "../parts/dom.js";
import { makeTwoSteps } from "../parts/two-steps.js";
import { WORDS } from "../words.js";

const words = WORDS.session;

/** What the main button does in each status. One button, so that the focus stays on it. */
const NEXT = {
  waiting: { label: words.start, type: "session:start" },
  active: { label: words.pause, type: "session:pause" },
  paused: { label: words.resume, type: "session:resume" },
  ended: { label: words.startAgain, type: "session:start" },
};

export function makeSessionControls(client) {
  const problem = problemLine();
  const main = element("button", { type: "button", class: "primary" });
  main.onclick = () => attempt(main, problem, () => client.send({ type: NEXT[client.state.status].type }));
  const end = makeTwoSteps({
    label: words.end,
    question: () => words.endSure(client.state.staged.length),
    yes: words.endYes,
    no: words.endNo,
    action: () => client.send({ type: "session:end" }),
  });

  function update({ state }) {
    setText(main, NEXT[state.status].label);
    end.ask.disabled = state.status === "waiting" || state.status === "ended";
  }

  const row = element("div", { class: "row" }, main, end.element);
  return { element: element("section", { class: "card" }, element("h2", {}, words.title), row, problem), update };
}
