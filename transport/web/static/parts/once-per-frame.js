/** A function that calls `act` before the next frame, however often it is called itself until then. */
export function oncePerFrame(act) {
  let isDue = false;
  return () => {
    if (isDue) return;
    isDue = true;
    // Not only a frame: a page in a tab behind others gets none, and has to keep its title and its words.
    const frame = requestAnimationFrame(run);
    const timer = setTimeout(run, 200);

    function run() {
      cancelAnimationFrame(frame);
      clearTimeout(timer);
      isDue = false;
      act();
    }
  };
}
