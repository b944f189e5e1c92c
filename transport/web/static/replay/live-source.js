/** Where a replay on the server takes what it shows: sessions, timelines, people. */

import { getMap, listCampaigns, listMembers, listSessions, readTimeline, whoAmI } from "../parts/api.js";
import { WORDS } from "../words.js";

export class LiveSource {
  isShared = false;
  me;
  name;
  isDm;
  orientation;
  sessions;
  /** Those as whom one may look back: [{userId, name}, ...], only for a DM. */
  players = [];

  #campaignId;

  constructor(campaignId) {
    this.#campaignId = campaignId;
  }

  get tableAddress() {
    return `/table/${this.#campaignId}`;
  }

  async open() {
    this.me = await whoAmI();
    if (this.me === null) throw new Error(WORDS.connection.closed[4001]);
    const campaign = (await listCampaigns()).find((mine) => mine.campaignId === this.#campaignId);
    if (campaign === undefined) throw new Error(WORDS.connection.closed[4003]);
    this.name = campaign.name;
    this.isDm = campaign.role === "dm";
    const [map, sessions, members] = await Promise.all([
      getMap(this.#campaignId),
      listSessions(this.#campaignId),
      listMembers(this.#campaignId),
    ]);
    this.orientation = map.orientation;
    this.sessions = sessions;
    this.players = this.isDm ? members.filter(({ role }) => role === "player") : [];
  }

  /** Calls `take(line)` for every line of a session's timeline; `viewer` is "dm" or a user id. */
  readTimeline(number, viewer, take) {
    return readTimeline(this.#campaignId, number, viewer, take);
  }
}
