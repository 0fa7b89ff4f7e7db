// Reading: previews that follow the drawing, and the prediction that is recorded. Neither page nor server are in here.
//
// At most one request is under way. What was drawn meanwhile is read next, and an answer to a drawing that was
// taken back is dropped. Where the server is away, the same is asked again, later and later, until it is back.

import { BLANK, asBody, isBlank, sameInk } from "./ink.js";

// Milliseconds from one preview to the next at least: thirty children who all draw at once then ask for 750 readings
// a second, half of what a server of two cores gives.
export const PACE = 40;
const LONGEST_REST = 1000; // milliseconds from an answer to the next preview
const GRACE = 500; // milliseconds that a prediction waits for a preview which is under way: that is mostly read by then
const FIRST_RETRY = 1000; // milliseconds, doubled with each failure
const LAST_RETRY = 15_000;

/** Whether asking again may help: no answer came, or it did not get all, is not ready or has too much to do. */
export const isPassing = ({ status }) => [0, 408, 429, 502, 503, 504].includes(status);

/** Milliseconds to wait before the same is asked again, after so many failures. */
export const patience = (failures, { retryAfter }) =>
  retryAfter ? retryAfter * 1000 : Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (failures - 1));

/**
 * How often previews may set out where a visitor may send `limit` requests a minute, 0 for no limit.
 *
 * At first as often as PACE says; who draws on and on gets slower ones, and no minute has more of them than five
 * sixths of the limit: the rest is for what is recorded.
 */
export function pacing(limit, now) {
  const most = ((limit || 1e9) * 5) / 12; // saved up, and come by in a minute
  let saved = most;
  let at = now();
  const left = () => Math.min(most, saved + ((now() - at) * most) / 60_000);
  return {
    isAmple: () => left() > most / 2,
    /** One sets out: milliseconds until the next may. */
    spend() {
      [saved, at] = [left() - 1, now()];
      return Math.max(PACE, (PACE * most) / 2 / Math.max(1, saved), ((1 - saved) * 60_000) / most);
    },
  };
}

/**
 * Read drawings through `server.preview(body, signal)`, which an AbortSignal gives up, and `server.predict(body, key)`;
 * both throw Problems.
 *
 * `shown.preview(answer)`, `shown.recorded(answer, wish, isStale)`, `shown.trouble(problem)` and
 * `shown.waiting(isWaiting)` are told what there is to show.
 */
export function reading(server, shown, options = {}) {
  const { limit = 0, later = setTimeout, never = clearTimeout, frame = requestAnimationFrame } = options;
  const { now = () => performance.now() } = options;
  const allowance = pacing(limit, now);
  let drawing = BLANK; // what is on the pad
  let version = 0; // of what is on the pad: grows with each point
  let since = 0; // the first version that is more of the same drawing
  let done = 0; // the version that was read last, or cannot be
  let whole = 0; // the version that may be all of it, since the pen was lifted: it waits for no pace
  let wish = null; // { drawing, body, key, version }: what is to be recorded
  let wishes = []; // the next ones: other drawings, for which "Predict it" was pressed meanwhile
  let underWay = false;
  let preview = null; // the AbortController of the preview that is under way
  let grace = null; // the timer that gives it up
  let failures = 0;
  let trouble = null; // { problem, of }: what went wrong last, and the first version of the drawing it was told for
  let notBefore = 0; // milliseconds: where it failed, when it is tried again
  let paced = 0; // milliseconds: when the next preview may set out
  let timer = null;
  let framed = false; // whether the next frame is waited for

  function next() {
    never(timer);
    if (underWay || (!wish && done === version)) return;
    const rest = (wish || whole === version ? notBefore : Math.max(notBefore, paced)) - now();
    if (rest > 0) timer = later(next, rest);
    else ask(wish ?? { body: asBody(drawing), version });
  }

  /** What is on the pad may be all of it: it is read without a pause, unless there have been many. */
  function lifted() {
    if (allowance.isAmple()) whole = version;
    // Another drawing while the server is away: it is told now, not when it is tried again.
    if (trouble && trouble.of !== since && isPassing(trouble.problem) && !isBlank(drawing)) tell(trouble.problem);
    next();
  }

  /** Go on once this frame has drawn its ink, which comes first; all of its points are then read at once. */
  function afterInk() {
    if (framed) return;
    framed = true;
    frame(() => {
      framed = false;
      next();
    });
  }

  async function ask(asked) {
    const began = now();
    underWay = true;
    if (asked !== wish) paced = began + allowance.spend();
    preview = asked === wish ? null : new AbortController();
    const asking = preview ? server.preview(asked.body, preview.signal) : server.predict(asked.body, asked.key);
    const { answer, problem } = await asking.then((answer) => ({ answer }), (problem) => ({ problem }));
    underWay = false;
    never(grace);
    // A rest as long as the asking: a server or a line that is slow is asked less often.
    paced = Math.max(paced, now() + Math.min(now() - began, LONGEST_REST));
    if (answer) read(answer, asked);
    else if (!preview?.signal.aborted) failed(problem, asked);
    next();
  }

  function read(answer, asked) {
    failures = 0;
    trouble = null;
    done = Math.max(done, asked.version);
    if (asked === wish) {
      settle();
      shown.recorded(answer, asked, asked.version < since);
    } else if (!wish && asked.version >= since) shown.preview(answer);
  }

  function failed(problem, asked) {
    const isStale = asked.version < since;
    if (isPassing(problem)) {
      failures += 1;
      notBefore = now() + patience(failures, problem);
    }
    if (!isPassing(problem)) done = Math.max(done, asked.version);
    if (asked === wish) {
      if (!isPassing(problem) || isStale) settle();
      else shown.waiting(false);
    } else if (problem.status === 429 || wish) return; // a preview more or less: nobody has asked for it
    if (!isStale && (asked.key || trouble?.of !== since)) tell(problem);
  }

  function tell(problem) {
    trouble = { problem, of: since };
    shown.trouble(problem);
  }

  function settle() {
    wish = wishes.shift() ?? null;
    shown.waiting(wish !== null);
  }

  return {
    /** The ink on the pad has changed; `grown`: it is the same drawing with more of it; `known`: its answer is. */
    changed(now, { grown = false, known = false } = {}) {
      drawing = now;
      version += 1;
      if (!grown) since = version;
      if (failures && !underWay) [wish, wishes] = [null, []]; // they were for a drawing that is another by now
      if (known || isBlank(drawing)) done = version;
      if (grown) afterInk();
      else lifted();
    },

    /** The pen was lifted. */
    lifted,

    /**
     * Have `drawn` read and recorded once, as `key` tells the server, however often it takes to get there. The same
     * drawing again while it is under way is nothing new; another one waits for its turn.
     */
    predict(drawn, key) {
      const pressed = { drawing: drawn, body: asBody(drawn), key, version };
      const isNew = !sameInk(drawn, (wishes.at(-1) ?? wish)?.drawing);
      if (wish && underWay) {
        if (isNew) wishes.push(pressed);
        return;
      }
      // What failed is sent again as it was; where there is more ink by now, that is what is meant.
      if (isNew) [wish, wishes] = [pressed, []];
      shown.waiting(true);
      // A large picture on a slow line may take a minute: it is not sent twice, one after the other.
      if (underWay) grace = later(() => preview.abort(), GRACE);
      this.hurry();
    },

    /** The connection is back: wait no longer. */
    hurry() {
      notBefore = 0;
      next();
    },
  };
}
