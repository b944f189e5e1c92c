/**
 * Mouse, pen and fingers on a map. A drag pans, unless whoever listens takes the press for something else; wheel and
 * pinch zoom; a press without a move is a click. The middle button always pans.
 */

const CLICK_PIXELS = 6;

/**
 * Calls `on.pan(dx, dy)`, `on.zoom(point, factor)`, `on.click(point, event)`, `on.hover(point)`, `on.leave()`; and
 * `on.take(point, event)`, which answers whether this drag is its own: then come `on.drag(point)` and, in the end,
 * `on.drop()` or `on.cancel()`. Points are [x, y] in pixels.
 */
export function watchGestures(surface, on) {
  const pressed = new Map();
  let moved = 0;
  let isTaken = false;

  const place = (event) => {
    const box = surface.getBoundingClientRect();
    return [event.clientX - box.left, event.clientY - box.top];
  };

  surface.addEventListener("pointerdown", (event) => {
    if (event.button > 1) return;
    surface.setPointerCapture(event.pointerId);
    if (pressed.size === 0) {
      moved = 0;
      isTaken = event.button === 0 && on.take(place(event), event);
    } else {
      // Two fingers never mean a click, however still they are held, and never a stroke.
      moved = Infinity;
      giveUp();
    }
    pressed.set(event.pointerId, place(event));
  });

  surface.addEventListener("pointermove", (event) => {
    const now = place(event);
    const before = pressed.get(event.pointerId);
    if (before === undefined) {
      on.hover(now);
    } else if (isTaken) {
      on.drag(now);
    } else {
      moved += distance(before, now);
      if (moved >= CLICK_PIXELS) move(event.pointerId, now);
    }
  });

  function move(pointer, now) {
    const [middle, spread] = middleAndSpread(pressed);
    pressed.set(pointer, now);
    const [newMiddle, newSpread] = middleAndSpread(pressed);
    on.pan(newMiddle[0] - middle[0], newMiddle[1] - middle[1]);
    if (spread > 0 && newSpread > 0) on.zoom(newMiddle, newSpread / spread);
  }

  function giveUp() {
    if (isTaken) on.cancel();
    isTaken = false;
  }

  surface.addEventListener("pointerup", (event) => {
    if (!pressed.delete(event.pointerId)) return;
    if (isTaken) on.drop();
    else if (event.button === 0 && moved < CLICK_PIXELS) on.click(place(event), event);
    isTaken = false;
  });
  surface.addEventListener("pointercancel", (event) => {
    pressed.delete(event.pointerId);
    giveUp();
  });
  surface.addEventListener("pointerleave", () => on.leave());

  const zoomByWheel = (event) => {
    event.preventDefault();
    on.zoom(place(event), 1.0015 ** -pixelsOf(event));
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
