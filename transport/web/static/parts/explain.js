/** Why something was refused, in words for the person who tried. */

import { WORDS } from "../words.js";

/** By the error's code where the page has words for it; else what the server says, or the page itself. */
export function explain(error) {
  return WORDS.refused[error.code] ?? error.message;
}
