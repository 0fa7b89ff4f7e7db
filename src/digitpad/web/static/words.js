// The words: everything that the page says and that changes. What never changes stands in the template.

const HOW_SURE = [
  // from this confidence on
  [0.95, "Quite sure"],
  [0.8, "Fairly sure"],
  [0.5, "Perhaps"],
  [0, "A guess"],
];
const WORTH_SAYING = 0.005; // a runner-up below this chance is not mentioned

export const EMPTY = { verdict: "What will it be?", otherwise: "Draw a digit, then press “Predict it”." };
export const READY = { verdict: "Finished?", otherwise: "Press “Predict it”." };
export const NOTHING_DRAWN = {
  verdict: "There is nothing to read yet",
  otherwise: "Draw a digit on the pad first, then press “Predict it”.",
};
export const WAITING = { verdict: "Reading …", otherwise: "" };
export const PREVIEW = "Not recorded yet: “Predict it” does.";
export const NOT_RECORDED = "Read, but not recorded: the records cannot be written just now.";
export const NO_DIGIT = "?";
export const NOT_A_DIGIT = "not-a-digit"; // the API's name for it
export const NOT_CORRECTED = "That could not be kept just now. Please try again.";
export const NOTHING_KEPT_YET = "What you have predicted is kept here.";
export const NOT_ALL = "The database is away: these are the ones on this server. None is lost.";
export const DELETE_ALL = "Delete all your drawings, what was read and what you corrected? They cannot be brought back.";
export const DELETE_ONE = "Delete this drawing? It cannot be brought back.";
export const DELETED = "Deleted.";
export const ALL_DELETED = "All of your drawings are deleted.";
export const NOT_DELETED = "That could not be deleted just now. Please try again.";
export const HAS_NONE = "You have no drawings here yet.";
export const PICTURE = "picture";
export const STROKES = "strokes";
export const DELETE = "delete";
export const HISTORY_AWAY = "They cannot be shown just now.";

/** "a 7", "an 8" */
export const aDigit = (digit) => `${digit === 8 ? "an" : "a"} ${digit}`;

/** A share in words that never claims more than is known: neither 0 % nor 100 %. */
export function percent(share) {
  if (share > 0.99) return "over 99 %";
  if (share < 0.01) return "under 1 %";
  return `${Math.round(share * 100)} %`;
}

/** The same where there is little room. */
export const short = (share) => percent(share).replace("over ", "> ").replace("under ", "< ");

/** The two lines of an answer. */
export function verdictOn({ digit, confidence, probabilities }) {
  const [best, second] = probabilities.map((_, at) => at).sort((a, b) => probabilities[b] - probabilities[a]);
  if (digit === null) {
    return {
      verdict: "This does not look like a digit",
      otherwise: `if it is one, ${aDigit(best)}, perhaps`,
    };
  }
  const [, how] = HOW_SURE.find(([least]) => confidence >= least);
  const otherwise =
    probabilities[second] >= WORTH_SAYING ? `otherwise ${aDigit(second)}, perhaps` : "nothing else comes near";
  return { verdict: `${how}: ${percent(confidence)}`, otherwise };
}

/** An answer as it is spoken. */
export function spoken(answer) {
  const { verdict, otherwise } = verdictOn(answer);
  const digit = answer.digit === null ? "" : `${answer.digit}. `;
  return `${digit}${verdict}, ${otherwise}.${answer.recorded ? "" : ` ${NOT_RECORDED}`}`;
}

/** A Problem of the server in two lines: what happened, and what to do. The drawing is always kept. */
export function trouble({ status, code, detail, retryAfter }) {
  const again = "Your drawing is still here: press “Predict it” again";
  const byItself = "Your drawing is still here, and is sent again by itself";
  if (code === "no-answer") return { verdict: "The server does not answer", otherwise: `${byItself} in a moment.` };
  if (status === 0) {
    return { verdict: "The server cannot be reached", otherwise: `${byItself} when the connection is back.` };
  }
  if (status === 429) {
    const when = retryAfter ? `in ${retryAfter} ${retryAfter === 1 ? "second" : "seconds"}` : "in a minute";
    return { verdict: "That was a lot at once", otherwise: `${byItself} ${when}.` };
  }
  if (code === "no-picture") {
    return { verdict: "This is no picture that can be opened", otherwise: "PNG and JPEG can be read, and mostly WebP." };
  }
  if (status === 413) {
    return {
      verdict: "This drawing is too large",
      otherwise: "Undo some strokes, or clear it, and draw with fewer.",
    };
  }
  if (status === 400 || status === 422) {
    return { verdict: "The server could not read this drawing", otherwise: sentence(detail) || "Clear it and draw again." };
  }
  if (status === 403) {
    return { verdict: "The server did not accept this page", otherwise: "Load it again: your drawing stays." };
  }
  if (status === 502 || status === 503 || status === 504) {
    return { verdict: "The server is not ready just now", otherwise: `${byItself} in a moment.` };
  }
  return { verdict: "Something went wrong on the server", otherwise: `${again}, or tell whoever runs it.` };
}

/** A correction, or a recorded digit, as a person says it. */
export const aLabel = (label) => (label === NOT_A_DIGIT || label === null ? "not a digit" : aDigit(label));

/** The question beside the buttons that correct an answer, and what is said once it is corrected. */
export const askWhat = ({ digit }) => (digit === null ? "Is it one? Tell it which:" : `Not ${aDigit(digit)}? Tell it what it is:`);
export const correctedTo = (label) => `→ ${label === NOT_A_DIGIT ? NO_DIGIT : label}`;
export const corrected = (label) => `Thank you: kept as ${aLabel(label)}.`;

/** How long ago, short: "now", "5 min", "3 h", "2 days", then the date. Moments are in milliseconds. */
export function ago(then, now) {
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return "now";
  if (minutes < 60) return `${minutes} min`;
  if (minutes < 24 * 60) return `${Math.floor(minutes / 60)} h`;
  const days = Math.floor(minutes / (24 * 60));
  if (days === 1) return "1 day";
  if (days < 7) return `${days} days`;
  return new Date(then).toLocaleDateString("en", { day: "numeric", month: "short" });
}

export const readAs = (digit) => (digit === null ? "A drawing that is no digit" : `A drawing, read as ${aDigit(digit)}`);

/** For the foot of the page. */
export function lastRecord(then, now) {
  const moment = new Date(then);
  const today = moment.toDateString() === new Date(now).toDateString();
  const clock = moment.toLocaleTimeString("en-GB");
  return today ? `your last at ${clock}` : `your last on ${moment.toLocaleDateString("en", { day: "numeric", month: "long" })}`;
}

export const NONE_OF_YOURS = "none of yours yet";
export const LAST_NOT_RECORDED = "but your last drawing was not recorded";

const sentence = (text) => (text ? `${text[0].toUpperCase()}${text.slice(1)}${/[.!?]$/.test(text) ? "" : "."}` : "");

/** A moment with its date, in the reader's own time. */
export const moment = (then) =>
  new Date(then).toLocaleString("en-GB", { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
