// What the page says about an answer, a problem or a moment: which words, and what is filled into them.
// The words themselves are in words/<language>.json.

import { locale, say } from "./say.js";

const HOW_SURE = [
  // from this confidence on
  [0.95, "quite_sure"],
  [0.8, "fairly_sure"],
  [0.5, "perhaps"],
  [0, "a_guess"],
];
const WORTH_SAYING = 0.005; // a runner-up below this chance is not mentioned

export const NO_DIGIT = "?";
export const NOT_A_DIGIT = "not-a-digit"; // the API's name for it

/** Two lines: the verdict, and what else there is to say. */
export const two = (key) => ({ verdict: say(`${key}.verdict`), otherwise: say(`${key}.otherwise`) });

/** "a 7", "an 8" */
export const aDigit = (digit) => say(`digit.a.${digit}`);

/** A share in words that never claims more than is known: neither 0 % nor 100 %. */
export function percent(share, room = "") {
  if (share > 0.99) return say(`answer.over${room}`, { percent: 99 });
  if (share < 0.01) return say(`answer.under${room}`, { percent: 1 });
  return say("answer.percent", { percent: Math.round(share * 100) });
}

/** The same where there is little room. */
export const short = (share) => percent(share, "_short");

/** The two lines of an answer. */
export function verdictOn({ digit, confidence, probabilities }) {
  const [best, second] = probabilities.map((_, at) => at).sort((a, b) => probabilities[b] - probabilities[a]);
  if (digit === null) {
    return { verdict: say("answer.refused"), otherwise: say("answer.if_it_is", { digit: aDigit(best) }) };
  }
  const [, how] = HOW_SURE.find(([least]) => confidence >= least);
  const otherwise =
    probabilities[second] >= WORTH_SAYING
      ? say("answer.otherwise", { digit: aDigit(second) })
      : say("answer.nothing_else");
  return { verdict: say(`answer.${how}`, { percent: percent(confidence) }), otherwise };
}

/** Why an answer is not recorded, or nothing if it is. */
export const unrecorded = ({ recorded, cookieless }) =>
  recorded ? "" : say(cookieless ? "answer.no_cookies" : "answer.not_recorded");

/** An answer as it is spoken. */
export function spoken(answer) {
  const { verdict, otherwise } = verdictOn(answer);
  const digit = answer.digit === null ? "" : `${answer.digit}. `;
  return `${digit}${verdict}, ${otherwise}. ${unrecorded(answer)}`.trim();
}

const UNREAD = { "bad-ink": "bad_ink", "bad-picture": "bad_picture", "picture-too-large": "bad_picture" };

/** A Problem of the server in two lines: what happened, and what to do. The drawing is always kept. */
export function trouble({ status, code, retryAfter }) {
  const about = (what, otherwise) => ({ verdict: say(`trouble.${what}`), otherwise });
  const byItself = (when) => say("trouble.by_itself", { when });
  if (code === "no-answer") return about("no_answer", byItself(say("trouble.in_a_moment")));
  if (status === 0) return about("unreachable", byItself(say("trouble.when_back")));
  if (status === 408) return about("too_slow", byItself(say("trouble.in_a_moment")));
  if (status === 429) {
    const when = retryAfter ? say("trouble.in_seconds", { count: retryAfter }) : say("trouble.in_a_minute");
    return about("too_many", byItself(when));
  }
  if (code === "no-picture") return about("no_picture", say("trouble.which_pictures"));
  if (status === 413) return about("too_large", say("trouble.draw_fewer"));
  if (status === 400 || status === 422) return about("unread", say(`trouble.${UNREAD[code] ?? "draw_again"}`));
  if (status === 403) return about("refused", say("trouble.load_again"));
  if (status === 502 || status === 503 || status === 504) return about("not_ready", byItself(say("trouble.in_a_moment")));
  return about("went_wrong", say("trouble.stays"));
}

/** A correction, or a recorded digit, as a person says it. */
export const aLabel = (label) => (label === NOT_A_DIGIT || label === null ? say("digit.none") : aDigit(label));

/** The question beside the buttons that correct an answer, and what is said once it is corrected. */
export const askWhat = ({ digit }) =>
  digit === null ? say("correction.which") : say("correction.what", { not_a_digit: say(`digit.not.${digit}`) });
export const correctedTo = (label) => `→ ${label === NOT_A_DIGIT ? NO_DIGIT : label}`;
export const corrected = (label) => say("correction.kept", { label: aLabel(label) });

/** How long ago, short: "now", "5 min", "3 h", "2 days", then the date. Moments are in milliseconds. */
export function ago(then, now) {
  const minutes = Math.floor((now - then) / 60_000);
  if (minutes < 1) return say("ago.now");
  if (minutes < 60) return say("ago.minutes", { count: minutes });
  if (minutes < 24 * 60) return say("ago.hours", { count: Math.floor(minutes / 60) });
  const days = Math.floor(minutes / (24 * 60));
  if (days < 7) return say("ago.days", { count: days });
  return new Date(then).toLocaleDateString(locale, { day: "numeric", month: "short" });
}

export const readAs = (digit) =>
  digit === null ? say("history.read_as_none") : say("history.read_as", { digit: aDigit(digit) });

/** When the last record was made, for the foot of the page. */
export function lastRecord(then, now) {
  const moment = new Date(then);
  const today = moment.toDateString() === new Date(now).toDateString();
  if (today) return say("history.last_at", { clock: moment.toLocaleTimeString(locale) });
  return say("history.last_on", { date: moment.toLocaleDateString(locale, { day: "numeric", month: "long" }) });
}

/** A moment with its date, in the reader's time zone. */
export const moment = (then) =>
  new Date(then).toLocaleString(locale, { day: "numeric", month: "short", year: "numeric", hour: "2-digit", minute: "2-digit" });
