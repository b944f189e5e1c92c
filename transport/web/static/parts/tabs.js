/** Some panels of which one is shown, with a row of tabs over them. */

import { element } from "./dom.js";

let made = 0;

/** `contents` is [[label, element], ...]. */
export function makeTabs(label, contents) {
  const name = `tabs-${(made += 1)}`;
  const panels = contents.map(([, content], i) =>
    element("div", { id: `${name}-panel-${i}`, role: "tabpanel", "aria-labelledby": `${name}-tab-${i}` }, content),
  );
  const tabs = contents.map(([text], i) => {
    const links = { role: "tab", id: `${name}-tab-${i}`, "aria-controls": panels[i].id };
    return element("button", { type: "button", ...links, onclick: () => show(i) }, text);
  });
  const row = element("div", { class: "tabs", role: "tablist", "aria-label": label }, ...tabs);

  function show(chosen) {
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === chosen));
      tab.tabIndex = i === chosen ? 0 : -1;
      panels[i].hidden = i !== chosen;
    });
  }

  row.addEventListener("keydown", (event) => {
    const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
    if (by === undefined) return;
    const next = (tabs.indexOf(document.activeElement) + by + tabs.length) % tabs.length;
    show(next);
    tabs[next].focus();
  });
  show(0);
  return element("div", { class: "tabbed" }, row, ...panels);
}
