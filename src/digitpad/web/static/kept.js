// Keeps the drawing and its answer, or how it was asked for, through a reload: in this tab, by the browser, and nowhere
// else. And knows whose turn it is, for all tabs.

import { fromText, isBlank, toText } from "./ink.js";

const NAME = "digitpad.drawing";
const ANSWER = "digitpad.answer";
const ASKING = "digitpad.asking";
const TURN = "digitpad.turn"; // when the current one began
const WHOSE = "digitpad.of"; // the turn in which the drawing was made

const turn = () => attempt(() => localStorage.getItem(TURN)) ?? "";
let mine = turn();

// A tab that was on a page without this module has not heard that it is somebody else's turn.
if ((attempt(() => sessionStorage.getItem(WHOSE)) ?? "") !== mine) forget();

/** What was drawn before the page was loaded again, or a blank drawing. */
export const keptDrawing = () => fromText(attempt(() => sessionStorage.getItem(NAME)) ?? null);

/** The prediction that was recorded for it, or null. */
export const keptAnswer = () => attempt(() => JSON.parse(sessionStorage.getItem(ANSWER))) ?? null;

/** How it was to be recorded when the answer had not come, or null. */
export const keptAsking = () => attempt(() => JSON.parse(sessionStorage.getItem(ASKING))) ?? null;

/** Keep a drawing, and the prediction recorded for it if there is one, or else how it is being asked for. */
export function keep(drawing, answer = null, asking = null) {
  if (isBlank(drawing)) return forget();
  attempt(() => {
    sessionStorage.setItem(WHOSE, mine);
    sessionStorage.setItem(NAME, toText(drawing));
    sessionStorage.setItem(ANSWER, JSON.stringify(answer));
    sessionStorage.setItem(ASKING, JSON.stringify(asking));
  });
}

function forget() {
  attempt(() => [NAME, ANSWER, ASKING, WHOSE].forEach((name) => sessionStorage.removeItem(name)));
}

/** Whose turn it is: a different text for each turn. */
export const whose = () => mine;

/** Let somebody else use this browser: from now on, no tab shows what was drawn before. */
export function passOn() {
  forget();
  mine = String(Date.now());
  attempt(() => localStorage.setItem(TURN, mine));
}

/** Reload the page when it is somebody else's turn, also a page that “back” shows as it was left. */
export function yieldToOthers() {
  const look = () => {
    if (turn() === mine) return;
    forget();
    location.reload();
  };
  for (const event of ["storage", "pageshow"]) addEventListener(event, look);
}

/** Reload the page when “back” shows it as it was left: its content may have changed by now. */
export const loadAgain = () => addEventListener("pageshow", ({ persisted }) => persisted && location.reload());

/** What `access` returns; a browser may forbid storage, which is no reason to stop drawing. */
function attempt(access) {
  try {
    return access();
  } catch {
    return undefined;
  }
}
