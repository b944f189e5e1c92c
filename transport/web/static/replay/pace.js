/** When each line is due while a session plays: as it was, but for idle times, which are shortened. */

/** Seconds that a longer silence takes. */
const IDLE = 4;

export class Pace {
  /** Seconds from the beginning, one for each line. */
  due = [];
  /** When each was recorded, in milliseconds. */
  #recorded = [];

  add(recordedAt) {
    const at = Date.parse(recordedAt);
    const silence = this.#recorded.length === 0 ? 0 : Math.max(0, at - this.#recorded.at(-1)) / 1000;
    this.due.push((this.due.at(-1) ?? 0) + Math.min(silence, IDLE));
    this.#recorded.push(at);
  }

  /** Seconds that all of it takes, with a breath at the end. */
  get seconds() {
    return (this.due.at(-1) ?? 0) + 1;
  }

  /** How many lines are due by then. */
  placeAt(seconds) {
    return countUpTo(this.due, seconds);
  }

  /** When the line before a place was due; the beginning for 0. */
  secondsAt(place) {
    return place === 0 ? 0 : this.due[place - 1];
  }

  /** The place so many real seconds later, or earlier. */
  placeAfter(place, seconds) {
    const from = this.#recorded[Math.max(0, place - 1)] ?? 0;
    const found = countUpTo(this.#recorded, from + seconds * 1000);
    return seconds < 0 ? Math.min(found, place) : Math.max(found, place);
  }
}

/** How many of the ascending numbers are not above `limit`. */
export function countUpTo(numbers, limit) {
  let [low, high] = [0, numbers.length];
  while (low < high) {
    const middle = (low + high) >> 1;
    if (numbers[middle] <= limit) low = middle + 1;
    else high = middle;
  }
  return low;
}
