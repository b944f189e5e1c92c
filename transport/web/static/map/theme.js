/** The colours of the map, from the style sheet: they follow the light or dark of the system. */

const NAMES = ["fog", "hatch", "veil", "staged", "chosen", "pending", "news", "ink", "paper"];

/** {fog, hatch, ...} as they are now. */
export function readTheme() {
  const style = getComputedStyle(document.body);
  return Object.fromEntries(NAMES.map((name) => [name, style.getPropertyValue(`--map-${name}`).trim()]));
}

/** A colour of the style sheet as it is now, by its name there, such as "--calm". */
export function readColour(name) {
  return getComputedStyle(document.body).getPropertyValue(name).trim();
}

/** Calls `onChange` when the system goes from light to dark or back. */
export function watchTheme(onChange) {
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", onChange);
}
