/** Whoever is removed could come back by the link they came by: offers to revoke it in the same moment. */

import { listInvites, listMembers } from "../parts/api.js";
import { element, setText } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.members;

/** `prepare(userIds)` shows the offer if they came by links that are still open. */
export function makeRevokeOffer(campaignId) {
  const box = element("input", { type: "checkbox" });
  const about = element("span", {}, words.revokeLinks(1));
  const line = element("label", { class: "offer", hidden: true }, box, about);

  async function prepare(userIds) {
    const links = await countOpenLinks(campaignId, userIds);
    setText(about, words.revokeLinks(links));
    box.checked = true;
    line.hidden = links === 0;
  }

  return { element: line, prepare, isTaken: () => !line.hidden && box.checked };
}

/** How many links that are still open these people have come by. */
async function countOpenLinks(campaignId, userIds) {
  try {
    const [members, invites] = await Promise.all([listMembers(campaignId), listInvites(campaignId)]);
    const open = new Set(invites.filter(({ state }) => state === "open").map(({ inviteId }) => inviteId));
    const gone = members.filter(({ userId }) => userIds.includes(userId)).flatMap(({ inviteIds }) => inviteIds);
    return new Set(gone.filter((inviteId) => open.has(inviteId))).size;
  } catch {
    return 1; // not known, so there may be one; to revoke none is no fault
  }
}
