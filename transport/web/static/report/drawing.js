/** The head of a report and its pictures, each drawn by plotly.js, which is a global. */

import { element } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.report;
const CONFIG = { responsive: true, displaylogo: false, displayModeBar: "hover", modeBarButtonsToRemove: ["select2d", "lasso2d", "autoScale2d"] };

/** `report` as the server tells it. */
export function drawReport(parent, { title, subtitle, numbers, sections }) {
  document.title = words.title(title);
  const figures = numbers.map(({ number, words: meaning }) =>
    element("li", {}, element("strong", {}, number), element("span", {}, meaning)),
  );
  const head = element(
    "header",
    { class: "report-head" },
    element("h1", {}, title),
    element("p", { class: "soft" }, subtitle),
    element("ul", { class: "numbers" }, ...figures),
  );
  const main = element("main", { class: "report-body" }, head);
  parent.append(main);
  for (const section of sections) main.append(makeSection(section));
  if (sections.length === 0) main.append(element("p", {}, words.nothing));
  // Only when they stand in the page: a picture asks how much room it has.
  for (const section of sections) draw(section);
}

function makeSection({ name, heading, text }) {
  return element(
    "section",
    { class: "card", "aria-labelledby": `${name}-heading` },
    element("h2", { id: `${name}-heading` }, heading),
    element("p", { class: "soft" }, text),
    element("div", { class: "picture", id: name, role: "group", "aria-labelledby": `${name}-heading` }),
  );
}

function draw({ name, figure }) {
  // A picture fills its place, whose height would otherwise follow from the picture.
  document.getElementById(name).style.height = `${figure.layout.height}px`;
  window.Plotly.newPlot(name, figure.data, figure.layout, CONFIG);
}
