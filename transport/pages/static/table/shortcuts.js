/** Keys that work wherever the focus is, but where one writes or chooses. */

const OWN_KEYS = "input, select, textarea, dialog[open], [contenteditable]";

/** `shortcuts()` gives an object of key to what it does, as it is at the moment of the press. */
export function watchShortcuts(shortcuts) {
  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    if (event.target.closest?.(OWN_KEYS)) return;
    const act = shortcuts()[event.key];
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}
