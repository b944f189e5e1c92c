/** Lets a DM choose several members and remove them at once. */

import { removeMembers } from "../parts/api.js";
import { element, setText } from "../parts/dom.js";
import { makeTwoSteps } from "../parts/two-steps.js";
import { WORDS } from "../words.js";
import { makeRevokeOffer } from "./revoke-offer.js";

const words = WORDS.members;

/** For table/people-list.js. `onRemoved` is called when links may have been revoked. */
export function makeRemoveSeveral(campaignId, onRemoved) {
  const boxes = new Map();
  let names = new Map();
  const offer = makeRevokeOffer(campaignId);
  let asked = [];
  const chosen = () => [...boxes].filter(([, box]) => box.checked && !box.disabled).map(([userId]) => userId);
  const remove = makeTwoSteps({
    label: words.removeChosen(0),
    question: () => {
      asked = chosen();
      return words.removeSeveralSure(asked.map((userId) => names.get(userId)));
    },
    more: offer.element,
    prepare: () => offer.prepare(asked),
    yes: words.removeYes,
    no: words.removeNo,
    action: async () => {
      await removeMembers(campaignId, asked, offer.isTaken());
      setChoosing(false);
      onRemoved();
    },
  });
  const begin = element("button", { type: "button", class: "small", onclick: () => setChoosing(true) }, words.several);
  const stop = element("button", { type: "button", class: "small", onclick: () => setChoosing(false) }, words.chooseNobody);
  const choosing = element("div", { class: "row", hidden: true }, remove.element, stop);
  remove.ask.classList.add("small");

  /** The checkbox of one member. */
  function makeBox(userId) {
    const box = element("input", { type: "checkbox", hidden: true, onchange: show });
    boxes.set(userId, box);
    return box;
  }

  /** `people` are those in the list; a DM does not choose oneself. */
  function update(people, me, isDm) {
    names = new Map(people.map(({ userId, name }) => [userId, name]));
    for (const userId of boxes.keys()) if (!names.has(userId)) boxes.delete(userId);
    for (const [userId, name] of names) {
      boxes.get(userId).disabled = userId === me?.userId;
      boxes.get(userId).setAttribute("aria-label", words.choose(name));
    }
    part.hidden = !isDm || people.length < 2;
    if (part.hidden && !choosing.hidden) setChoosing(false);
    show();
  }

  function setChoosing(isChoosing) {
    begin.hidden = isChoosing;
    choosing.hidden = !isChoosing;
    for (const one of boxes.values()) one.checked = false;
    remove.close();
    show();
    (isChoosing ? stop : begin).focus();
  }

  function show() {
    for (const one of boxes.values()) one.hidden = choosing.hidden || one.disabled;
    setText(remove.ask, words.removeChosen(chosen().length));
    remove.ask.disabled = chosen().length === 0;
  }

  const part = element("div", { class: "several", hidden: true }, begin, choosing);
  return { element: part, makeBox, update };
}
