/** The small buttons on the map that everybody has. */

import { element, svg } from "../parts/dom.js";
import { WORDS } from "../words.js";

const words = WORDS.map;

/** `acts` has zoomIn, zoomOut, fit, coordinates and help; `showCoordinates(isOn)` shows the state of the fourth. */
export function makeMapTools(acts) {
  const coordinates = tool("M4 13L10 3l6 10M6.5 17h7M10 7v4", words.coordinates, acts.coordinates);
  coordinates.setAttribute("aria-pressed", "false");
  const tools = element(
    "div",
    { class: "map-tools" },
    tool("M3 10h14M10 3v14", words.zoomIn, acts.zoomIn),
    tool("M3 10h14", words.zoomOut, acts.zoomOut),
    tool("M3 8V3h5M12 3h5v5M17 12v5h-5M8 17H3v-5", words.fit, acts.fit),
    coordinates,
    element("button", { type: "button", class: "help", "aria-label": words.help, title: words.help, onclick: acts.help }, "?"),
  );
  return { element: tools, showCoordinates: (isOn) => coordinates.setAttribute("aria-pressed", String(isOn)) };
}

function tool(sign, label, onclick) {
  const icon = svg("svg", { viewBox: "0 0 20 20", "aria-hidden": "true" }, svg("path", { d: sign }));
  return element("button", { type: "button", "aria-label": label, title: label, onclick }, icon);
}
