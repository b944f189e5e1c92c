/** The keys of the map, while it has the focus. */

const STEP = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

/** `on` has step(right, down), pan(right, down), zoom(direction), fit(), use() and letGo(). */
export function watchMapKeys(surface, on) {
  surface.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    const act = actionOf(event, on);
    if (act === undefined) return;
    event.preventDefault();
    act();
  });
}

function actionOf({ key, shiftKey }, on) {
  if (key in STEP) return () => (shiftKey ? on.pan : on.step)(...STEP[key]);
  if (key === "+" || key === "=") return () => on.zoom(1);
  if (key === "-") return () => on.zoom(-1);
  if (key === "0") return () => on.fit();
  if (key === "Enter" || key === " ") return () => on.use();
  if (key === "Escape") return () => on.letGo();
  return undefined;
}
