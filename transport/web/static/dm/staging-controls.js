/** Whether changes show at once or are staged first, and the queue of the staged ones. */

import { keysOfChange } from "../map/contents.js";
import { attempt, problemLine } from "../parts/attempt.js";
import { element, setText, syncList } from "../parts/dom.js";
import { makeTwoSteps } from "../parts/two-steps.js";
import { WORDS } from "../words.js";

const words = WORDS.staging;

/** `highlight(keys)` shows on the map what a row is about, while the pointer or the focus is on it. */
export function makeStagingControls(client, highlight) {
  const problem = problemLine();
  /** The id of the change whose hexes are shown on the map. */
  let lit = null;
  const stage = element("button", { type: "button" }, words.staged);
  stage.onclick = () => attempt(stage, problem, () => setMode("staged"));
  const leave = makeTwoSteps({
    label: words.immediate,
    question: () => (client.state.staged.length === 0 ? "" : words.leaveSure(client.state.staged.length)),
    yes: words.leaveYes,
    no: words.leaveNo,
    action: () => setMode("immediate"),
  });
  const empty = element("p", { class: "hint" }, words.empty);
  const list = element("ol", { class: "staged-list", "aria-label": words.list, tabindex: -1 });
  const publish = element("button", { type: "button", class: "primary" });
  publish.onclick = () => attempt(publish, problem, () => client.send({ type: "broadcast:publish" }));
  const queue = element("div", { class: "queue" }, empty, list, publish);

  const setMode = (mode) =>
    client.state.mode === mode ? Promise.resolve() : client.send({ type: "broadcast:mode", mode });

  const light = (change) => {
    lit = change?.id ?? null;
    highlight(change === null ? [] : keysOfChange(change));
  };

  const makeRow = (change) => {
    const button = element("button", { type: "button", class: "small" }, words.undo);
    const undo = () => client.send({ type: "staged:undo", changeId: change.id });
    button.onclick = async () => (await attempt(button, problem, undo)) && list.focus();
    const row = element("li", {}, element("span", {}), button);
    for (const name of ["pointerenter", "focusin"]) row.addEventListener(name, () => light(change));
    for (const name of ["pointerleave", "focusout"]) row.addEventListener(name, () => light(null));
    return row;
  };

  const updateRow = (row, { description }) => {
    setText(row.firstElementChild, description);
    row.lastElementChild.setAttribute("aria-label", words.undoOne(description));
  };

  function update({ state: { mode, staged } }) {
    stage.setAttribute("aria-pressed", mode === "staged");
    leave.ask.setAttribute("aria-pressed", mode === "immediate");
    queue.hidden = mode === "immediate" && staged.length === 0;
    empty.hidden = staged.length > 0;
    // A row that goes away says nothing of its pointer or focus any more.
    if (lit !== null && !staged.some(({ id }) => id === lit)) light(null);
    syncList(list, staged, (change) => change.id, makeRow, updateRow);
    setText(publish, words.publish(staged.length));
    publish.disabled = staged.length === 0;
  }

  const choice = element("div", { class: "choice", role: "group", "aria-label": words.title }, leave.element, stage);
  const heading = element("h2", {}, words.title);
  return { element: element("section", { class: "card" }, heading, choice, queue, problem), update };
}
