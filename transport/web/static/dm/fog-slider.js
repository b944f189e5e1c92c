/** How strongly a DM's map veils what players do not know. Kept in this browser. */

import { element, field } from "../parts/dom.js";
import { WORDS } from "../words.js";

const STORED = "fogbound-fog";
const USUAL = 40;

/** Calls `onChange(fog)` with a number from 0 to 1, at once and with every move. */
export function makeFogSlider(onChange) {
  const slider = element("input", { type: "range", min: 0, max: 100, value: stored() });
  const tell = () => onChange(Number(slider.value) / 100);
  slider.addEventListener("input", () => {
    localStorage.setItem(STORED, slider.value);
    tell();
  });
  tell();
  return field(WORDS.tools.fog, slider);
}

function stored() {
  const number = Number(localStorage.getItem(STORED) ?? USUAL);
  return number >= 0 && number <= 100 ? number : USUAL;
}
