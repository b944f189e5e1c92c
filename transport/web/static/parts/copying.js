/** Copies what a field holds, as far as the browser lets us. */

import { setText } from "./dom.js";
import { WORDS } from "../words.js";

/** Says in `said` how it went. */
export async function copyFrom(input, said) {
  input.select();
  try {
    // There on https and localhost only.
    await navigator.clipboard.writeText(input.value);
    setText(said, WORDS.copied);
  } catch {
    setText(said, WORDS.copyByHand);
  }
}
