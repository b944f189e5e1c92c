/** Mouse, pen and fingers on a map: drag pans, wheel and pinch zoom, a press without a move is a click. */

const CLICK_PIXELS = 6;

/** Calls `on.pan(dx, dy)`, `on.zoom(x, y, factor)`, `on.click(x, y)`, `on.hover(x, y)`, `on.leave()`. */
export function watchGestures(surface, on) {
  const pressed = new Map();
  let moved = 0;

  const place = (event) => {
    const box = surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  surface.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    surface.setPointerCapture(event.pointerId);
    if (pressed.size === 0) moved = 0;
    pressed.set(event.pointerId, place(event));
    // Two fingers never mean a click, however still they are held.
    if (pressed.size > 1) moved = Infinity;
  });

  surface.addEventListener("pointermove", (event) => {
    const now = place(event);
    const before = pressed.get(event.pointerId);
    if (before === undefined) {
      on.hover(...now);
      return;
    }
    moved += distance(before, now);
    if (moved < CLICK_PIXELS) return;
    const [middle, spread] = middleAndSpread(pressed);
    pressed.set(event.pointerId, now);
    const [newMiddle, newSpread] = middleAndSpread(pressed);
    on.pan(newMiddle[0] - middle[0], newMiddle[1] - middle[1]);
    if (spread > 0 && newSpread > 0) on.zoom(...newMiddle, newSpread / spread);
  });

  surface.addEventListener("pointerup", (event) => {
    if (pressed.delete(event.pointerId) && moved < CLICK_PIXELS) on.click(...place(event));
  });
  surface.addEventListener("pointercancel", (event) => pressed.delete(event.pointerId));
  surface.addEventListener("pointerleave", on.leave);

  const zoomByWheel = (event) => {
    event.preventDefault();
    on.zoom(...place(event), 1.0015 ** -pixelsOf(event));
  };
  surface.addEventListener("wheel", zoomByWheel, { passive: false });
}

/** Between the fingers; with one pointer, where it is and 0. */
function middleAndSpread(pressed) {
  const [first, second = first] = pressed.values();
  return [[(first[0] + second[0]) / 2, (first[1] + second[1]) / 2], distance(first, second)];
}

function distance([x1, y1], [x2, y2]) {
  return Math.hypot(x2 - x1, y2 - y1);
}

/** Some browsers count a wheel's turn in lines. */
function pixelsOf(event) {
  return event.deltaMode === WheelEvent.DOM_DELTA_LINE ? event.deltaY * 33 : event.deltaY;
}
