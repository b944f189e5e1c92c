/** The devices that one is signed in on, each with a way to end that. */

import { endOtherSignIns, endSignIn, listSignIns } from "../parts/api.js";
import { problemLine } from "../parts/attempt.js";
import { element, setText } from "../parts/dom.js";
import { explain } from "../parts/explain.js";
import { makeTwoSteps } from "../parts/two-steps.js";
import { WORDS } from "../words.js";

const words = WORDS.devices;

/** A card that fills itself. */
export function makeDevices() {
  const list = element("ul", { class: "devices", "aria-label": words.title });
  const problem = problemLine();
  const others = makeTwoSteps({
    label: words.endOthers,
    question: () => words.endOthersSure,
    yes: words.endYes,
    no: words.endNo,
    action: async () => {
      await endOtherSignIns();
      await refresh();
    },
  });
  others.element.hidden = true;

  async function refresh() {
    try {
      const devices = await listSignIns();
      devices.sort((a, b) => Number(b.current) - Number(a.current));
      list.replaceChildren(...devices.map(makeRow));
      others.element.hidden = devices.length < 2;
      setText(problem, "");
    } catch (error) {
      setText(problem, explain(error));
    }
  }

  function makeRow({ signInId, label, lastUsedAt, current }) {
    const name = element("span", { class: "name" }, label === "" ? words.unknown : label);
    const tag = element("span", { class: "tag" }, current ? words.current : null);
    const used = current ? null : element("span", { class: "hint" }, words.lastUsed(new Date(lastUsedAt)));
    const line = element("div", { class: "device-line" }, name, tag, used);
    return element("li", {}, line, current ? null : makeEnd(signInId, label));
  }

  function makeEnd(signInId, label) {
    const end = makeTwoSteps({
      label: words.end,
      question: () => words.endSure,
      yes: words.endYes,
      no: words.endNo,
      action: async () => {
        await endSignIn(signInId);
        await refresh();
      },
    });
    end.ask.classList.add("small");
    end.ask.setAttribute("aria-label", words.endOf(label === "" ? words.unknown : label));
    return end.element;
  }

  refresh();
  const hint = element("p", { class: "hint" }, words.hint);
  return element("section", { class: "card" }, element("h2", {}, words.title), hint, list, others.element, problem);
}
