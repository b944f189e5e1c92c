/** Runs what a button starts, and says beside it when it was refused. */

import { element, setText } from "./dom.js";
import { explain } from "./explain.js";

/** The line for what went wrong; empty and out of sight as long as nothing did. */
export function problemLine() {
  return element("p", { class: "problem", role: "alert" });
}

/** Forgets what went wrong within an element: somebody is about to try something else. */
export function clearProblems(within) {
  for (const line of within.querySelectorAll(".problem")) setText(line, "");
}

/**
 * Runs `action` unless it is already under way for this button. Resolves to whether it went well; if not, the
 * reason stands in `problem`.
 */
export async function attempt(button, problem, action) {
  if (button.getAttribute("aria-busy") === "true") return false;
  // Not disabled: that would take the focus away from who works with the keyboard.
  button.setAttribute("aria-busy", "true");
  setText(problem, "");
  try {
    await action();
    return true;
  } catch (error) {
    setText(problem, explain(error));
    return false;
  } finally {
    button.removeAttribute("aria-busy");
  }
}

/** A form whose only button runs `action`. */
export function actionForm(button, action, ...children) {
  const problem = problemLine();
  const submit = (event) => {
    event.preventDefault();
    attempt(button, problem, action);
  };
  return element("form", { onsubmit: submit }, ...children, button, problem);
}
