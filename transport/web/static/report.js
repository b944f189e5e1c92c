/** A report: of a campaign, /report/CAMPAIGN, for its DMs; also inside a file that `fogbound report` wrote. */

import { getReport, whoAmI } from "./parts/api.js";
import { element } from "./parts/dom.js";
import { explain } from "./parts/explain.js";
import { makePageHeader } from "./parts/page-header.js";
import { showFailure } from "./parts/simple-page.js";
import { drawReport } from "./report/drawing.js";
import { WORDS } from "./words.js";

const words = WORDS.report;
const enclosed = document.getElementById("report");

async function showLive() {
  const campaignId = decodeURIComponent(location.pathname.split("/")[2]);
  const [me, report] = await Promise.all([whoAmI(), getReport(campaignId)]);
  const back = element("a", { href: `/table/${campaignId}` }, words.toTable);
  document.body.append(makePageHeader(me, back));
  drawReport(document.body, report);
}

if (enclosed !== null) {
  drawReport(document.body, JSON.parse(enclosed.textContent));
} else {
  showLive().catch((error) => showFailure(explain(error)));
}
