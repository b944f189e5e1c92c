/** The invites that still let somebody in, each with a way to take it back. */

import { listInvites, revokeInvite } from "../parts/api.js";
import { problemLine } from "../parts/attempt.js";
import { element, setText } from "../parts/dom.js";
import { explain } from "../parts/explain.js";
import { makeTwoSteps } from "../parts/two-steps.js";
import { WORDS } from "../words.js";

const words = WORDS.invite;

/** `refresh()` asks the server for them. */
export function makeInviteList(campaignId) {
  const list = element("ul", { class: "invites", "aria-label": words.open });
  const problem = problemLine();

  async function refresh() {
    setText(problem, "");
    try {
      const open = (await listInvites(campaignId)).filter(({ state }) => state === "open");
      list.replaceChildren(...open.map(makeRow));
    } catch (error) {
      setText(problem, explain(error));
    }
  }

  function makeRow(invite) {
    const revoke = makeTwoSteps({
      label: words.revoke,
      question: () => words.revokeSure,
      yes: words.revokeYes,
      no: words.revokeNo,
      action: async () => {
        await revokeInvite(campaignId, invite.inviteId);
        await refresh();
      },
    });
    const kind = invite.userId === null ? words.as(WORDS.role[invite.role]) : words.signIn;
    const until = invite.expiresAt === null ? words.forEver : words.until(new Date(invite.expiresAt));
    const left = invite.usesLeft === null ? "" : ` · ${words.left(invite.usesLeft)}`;
    const about = element("span", {}, kind, element("span", { class: "hint" }, ` ${until}${left}`));
    return element("li", {}, about, revoke.element);
  }

  return { element: element("div", {}, list, problem), refresh };
}
