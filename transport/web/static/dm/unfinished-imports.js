/** Tells a DM which imports of maps are not whole, with what can be done about each. */

import { importMap, takeImportBack } from "../parts/api.js";
import { attempt, problemLine } from "../parts/attempt.js";
import { element, setText, syncList } from "../parts/dom.js";
import { makeTwoSteps } from "../parts/two-steps.js";
import { WORDS } from "../words.js";

const words = WORDS.unfinishedImports;

/** Calls `onChange()` when the layout of the map may be another one. */
export function makeUnfinishedImports(campaignId, onChange) {
  const heading = element("h2", {}, words.title);
  const list = element("ul", {});
  const said = element("p", { role: "status" });
  const card = element("section", { class: "card unfinished", hidden: true }, heading, list, said);

  function say(text) {
    setText(said, text);
    show();
  }

  function show() {
    heading.hidden = list.hidden = list.childElementCount === 0;
    card.hidden = list.hidden && said.textContent === "";
  }

  function makeRow({ importId }) {
    const problem = problemLine();
    const file = element("input", { type: "file", accept: ".json,application/json", hidden: true, "aria-label": words.file });
    const finish = element("button", { type: "button", onclick: () => file.click() }, words.finish);
    file.onchange = () => attempt(finish, problem, () => send(file));
    const back = makeTwoSteps({
      label: words.takeBack,
      question: () => words.takeBackSure,
      yes: words.takeBackYes,
      no: words.takeBackNo,
      action: takeBack,
    });

    async function send() {
      const chosen = file.files[0];
      if (chosen === undefined) return;
      try {
        const { hexes } = await importMap(campaignId, chosen, showProgress, importId);
        say(words.finished(hexes));
        onChange();
      } catch (error) {
        say("");
        throw error;
      } finally {
        file.value = ""; // so that the same file can be chosen again
      }
    }

    async function takeBack() {
      const { hexes } = await takeImportBack(campaignId, importId);
      say(words.takenBack(hexes));
      onChange();
    }

    return element("li", {}, element("p", {}), element("div", { class: "ways" }, finish, file, back.element), problem);
  }

  const showProgress = (part) => say(part < 1 ? WORDS.mapFile.sending(part) : WORDS.mapFile.storing);

  function updateRow(row, { name, hexes, of, takingBack }) {
    setText(row.firstElementChild, takingBack ? words.halfTakenBack(name) : words.came(name, hexes, of));
    row.querySelector(".ways > button").hidden = takingBack;
  }

  /** `isOwn`: this page sends a file at the moment, and says itself how far that is. */
  function update({ state: { imports } }, isOwn) {
    syncList(list, isOwn ? [] : imports, (one) => one.importId, makeRow, updateRow);
    show();
  }

  return { element: card, update };
}
