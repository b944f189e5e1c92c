/** Keys that work wherever the focus is, but where one writes or chooses. */

const OWN_KEYS = "input, select, textarea, dialog[open], [contenteditable]";

/** The space bar presses these. */
const BUTTONS = "button, summary";

/**
 * `shortcuts()` gives an object of key to what it does, as it is at the moment of the press. With Shift held, keys
 * without a character of their own are called "Shift+ArrowLeft" and so on.
 */
export function watchShortcuts(shortcuts) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest?.(OWN_KEYS)) return;
    if (event.key === " " && event.target.closest?.(BUTTONS)) return;
    const act = shortcuts()[event.shiftKey && event.key.length > 1 ? `Shift+${event.key}` : event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}
