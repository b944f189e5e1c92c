/** How long to wait before the next try to connect. */

const SHORTEST = 0.5;
const LONGEST = 30;

/**
 * Seconds before try number `attempt` (from 0), between 0.5 and 30. `random()` spreads the clients of a server
 * that went away, so that they do not all come back in the same moment.
 */
export function backoff(attempt, random) {
  const most = Math.min(LONGEST, 2 * SHORTEST * 2 ** attempt);
  return most / 2 + (random() * most) / 2;
}
