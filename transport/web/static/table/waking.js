/** A phone that slept may hold a line that is dead, and no browser says so before something is sent over it. */

const LONG_SECONDS = 60;

/** Calls `onWake()` when somebody looks at the page again after a while. */
export function watchWaking(onWake) {
  let hiddenAt = null;
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState === "hidden") {
      // By the calendar: the page's own clock stands still while the device sleeps.
      hiddenAt = Date.now();
    } else if (hiddenAt !== null) {
      if (Date.now() - hiddenAt > LONG_SECONDS * 1000) onWake();
      hiddenAt = null;
    }
  });
}
