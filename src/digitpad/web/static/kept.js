// The drawing through a reload: kept in this tab, by the browser, and nowhere else.

import { BLANK, fromText, isBlank, toText } from "./ink.js";

const NAME = "digitpad.drawing";

/** What was drawn before the page was loaded again, or a blank drawing. */
export function keptDrawing() {
  try {
    return fromText(sessionStorage.getItem(NAME));
  } catch {
    return BLANK; // a browser may forbid to keep anything
  }
}

export function keep(drawing) {
  try {
    if (isBlank(drawing)) sessionStorage.removeItem(NAME);
    else sessionStorage.setItem(NAME, toText(drawing));
  } catch {
    // Then it is gone with a reload, which is no reason to stop drawing.
  }
}
