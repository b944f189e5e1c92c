/** Some panels of which one is shown, with a row of tabs over them. */

import { element } from "./dom.js";

let made = 0;

/** `panels` is [[label, element], ...]. */
export function makeTabs(label, panels) {
  const name = `tabs-${(made += 1)}`;
  const tabs = panels.map(([text, panel], i) => {
    panel.id = `${name}-panel-${i}`;
    panel.setAttribute("role", "tabpanel");
    panel.setAttribute("aria-labelledby", `${name}-tab-${i}`);
    return element("button", {
      type: "button",
      role: "tab",
      id: `${name}-tab-${i}`,
      "aria-controls": panel.id,
      onclick: () => show(i),
    }, text);
  });
  const row = element("div", { class: "tabs", role: "tablist", "aria-label": label }, ...tabs);

  function show(chosen) {
    tabs.forEach((tab, i) => {
      tab.setAttribute("aria-selected", String(i === chosen));
      tab.tabIndex = i === chosen ? 0 : -1;
      panels[i][1].hidden = i !== chosen;
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
  return element("div", { class: "tabbed" }, row, ...panels.map(([, panel]) => panel));
}
