// The drawing and its answer through a reload: kept in this tab, by the browser, and nowhere else. And whose turn it
// is, for all tabs.

import { fromText, isBlank, toText } from "./ink.js";

const NAME = "digitpad.drawing";
const ANSWER = "digitpad.answer";
const TURN = "digitpad.turn"; // when somebody else's began
const WHOSE = "digitpad.of"; // the turn in which it was drawn

const turn = () => attempt(() => localStorage.getItem(TURN)) ?? "";
let mine = turn();

// A tab that was on a page which keeps nothing has not heard that it is somebody else's turn.
if ((attempt(() => sessionStorage.getItem(WHOSE)) ?? "") !== mine) forget();

/** What was drawn before the page was loaded again, or a blank drawing. */
export const keptDrawing = () => fromText(attempt(() => sessionStorage.getItem(NAME)) ?? null);

/** The prediction that was recorded of it, or null. */
export const keptAnswer = () => attempt(() => JSON.parse(sessionStorage.getItem(ANSWER))) ?? null;

/** Keep a drawing, and the prediction that is recorded of it where there is one. */
export function keep(drawing, answer = null) {
  if (isBlank(drawing)) return forget();
  attempt(() => {
    sessionStorage.setItem(WHOSE, mine);
    sessionStorage.setItem(NAME, toText(drawing));
    sessionStorage.setItem(ANSWER, JSON.stringify(answer));
  });
}

function forget() {
  attempt(() => [NAME, ANSWER, WHOSE].forEach((name) => sessionStorage.removeItem(name)));
}

/** Whose turn it is: another text for each. */
export const whose = () => mine;

/** Somebody else is at this browser from now on: no tab shows what was drawn before. */
export function passOn() {
  forget();
  mine = String(Date.now());
  attempt(() => localStorage.setItem(TURN, mine));
}

/** Load the page again where it is somebody else's turn: also one to which “back” leads, as it was left. */
export function yieldToOthers() {
  const look = () => {
    if (turn() === mine) return;
    forget();
    location.reload();
  };
  for (const event of ["storage", "pageshow"]) addEventListener(event, look);
}

/** Load the page again where “back” leads to it as it was left: what it shows may be another by now. */
export const loadAgain = () => addEventListener("pageshow", ({ persisted }) => persisted && location.reload());

/** What `access` gives; a browser may forbid to keep anything, which is no reason to stop drawing. */
function attempt(access) {
  try {
    return access();
  } catch {
    return undefined;
  }
}
