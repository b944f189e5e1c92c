/** Since when people are away, as far as this page has seen them go. */
export class Absences {
  /** Who was here when it last looked, and when each who went was missed first. */
  #here = new Set();
  #since = new Map();

  /** Looks who is here now. */
  note(people) {
    for (const { userId, online } of people) {
      if (online) this.#since.delete(userId);
      else if (this.#here.has(userId)) this.#since.set(userId, new Date());
    }
    this.#here = new Set(people.filter(({ online }) => online).map(({ userId }) => userId));
  }

  /** A Date; undefined for who is here, or was away before the page was opened. */
  since(userId) {
    return this.#since.get(userId);
  }
}
