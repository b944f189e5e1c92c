/** What a DM can do about a member: another role, or out. */

import { changeRole, removeMember } from "../parts/api.js";
import { attempt, problemLine } from "../parts/attempt.js";
import { element, setText } from "../parts/dom.js";
import { makeTwoSteps } from "../parts/two-steps.js";
import { WORDS } from "../words.js";
import { makeRevokeOffer } from "./revoke-offer.js";

const words = WORDS.members;

/** For table/people-list.js. `onChanged` is called when links may have been revoked. */
export function makeMemberActions(campaignId, userId, onChanged) {
  const problem = problemLine();
  let person = { name: "", role: "player" };
  const other = () => (person.role === "dm" ? "player" : "dm");
  const role = element("button", { type: "button", class: "small" });
  role.onclick = () =>
    attempt(role, problem, async () => {
      await changeRole(campaignId, userId, other());
      onChanged();
    });
  const offer = makeRevokeOffer(campaignId);
  const remove = makeTwoSteps({
    label: words.remove,
    question: () => words.removeSure(person.name),
    more: offer.element,
    prepare: () => offer.prepare([userId]),
    yes: words.removeYes,
    no: words.removeNo,
    action: async () => {
      await removeMember(campaignId, userId, offer.isTaken());
      onChanged();
    },
  });
  remove.ask.classList.add("small");
  const summary = element("summary", {}, words.change);
  const details = element("details", { class: "member" }, summary, element("div", { class: "row" }, role, remove.element), problem);

  function update(now, me) {
    person = now;
    setText(role, words.make[other()]);
    summary.setAttribute("aria-label", words.changeOf(now.name));
    remove.element.hidden = now.userId === me?.userId;
  }

  return { element: details, update };
}
