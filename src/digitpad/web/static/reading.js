// Reading: previews that follow the drawing, and the prediction that is recorded. Independent of page and server.
//
// At most one request is under way. What was drawn meanwhile is read next, and an answer to a drawing that was
// taken back is dropped. If the server is unreachable, the request is repeated, less and less often, until it is back.

import { BLANK, asBody, isBlank, sameInk } from "./ink.js";

// Milliseconds at least from one preview to the next: thirty children who all draw at once then ask for 750 readings
// a second, half of what a server with two cores can do.
export const PACE = 40;
const LONGEST_REST = 1000; // milliseconds at most from an answer to the next preview
const GRACE = 500; // milliseconds that a prediction waits for a preview under way, which mostly is answered by then
const FIRST_RETRY = 1000; // milliseconds, doubled with each failure
const LAST_RETRY = 15_000;

/** Whether asking again may help: no answer came, or the server did not get all, is not ready or is overloaded. */
export const isPassing = ({ status }) => [0, 408, 429, 502, 503, 504].includes(status);

/** Milliseconds to wait before asking again, after this many failures. */
export const patience = (failures, { retryAfter }) =>
  retryAfter ? retryAfter * 1000 : Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (failures - 1));

/**
 * How often previews may be sent if a visitor may send `limit` requests a minute, 0 for no limit.
 *
 * At first as often as PACE says; they slow down while somebody draws on and on, and no minute has more of them than
 * five sixths of the limit: the rest is for what is recorded.
 */
export function pacing(limit, now) {
  const most = ((limit || 1e9) * 5) / 12; // that can be saved up, and that a minute adds
  let saved = most;
  let at = now();
  const left = () => Math.min(most, saved + ((now() - at) * most) / 60_000);
  return {
    isAmple: () => left() > most / 2,
    /** Count one that is sent, and return the milliseconds until the next may be. */
    spend() {
      [saved, at] = [left() - 1, now()];
      return Math.max(PACE, (PACE * most) / 2 / Math.max(1, saved), ((1 - saved) * 60_000) / most);
    },
  };
}

/**
 * Read drawings through `server.preview(body, signal)`, which an AbortSignal cancels, and `server.predict(body, key)`;
 * both throw Problems.
 *
 * `shown.preview(answer)`, `shown.recorded(answer, wish, isStale)`, `shown.trouble(problem, isAwaited)`, where
 * "Predict it" was pressed, and `shown.waiting(isWaiting)` are called with what there is to show.
 */
export function reading(server, shown, options = {}) {
  const { limit = 0, later = setTimeout, never = clearTimeout, frame = requestAnimationFrame } = options;
  const { now = () => performance.now() } = options;
  const allowance = pacing(limit, now);
  let drawing = BLANK; // what is on the pad
  let version = 0; // of what is on the pad: grows with each point
  let since = 0; // the first version of the same drawing; later ones only add to it
  let done = 0; // the version that was read last, or cannot be read
  let whole = 0; // the version that may be complete, since the pen was lifted: it ignores the pace
  let wish = null; // { drawing, body, key, version }: what is to be recorded
  let wishes = []; // the next ones: other drawings for which "Predict it" was pressed meanwhile
  let underWay = false;
  let preview = null; // the AbortController of the preview that is under way
  let grace = null; // the timer that cancels it
  let failures = 0;
  let trouble = null; // { problem, of }: what went wrong last, and the first version of the drawing it was shown for
  let notBefore = 0; // milliseconds: after a failure, when to try again
  let paced = 0; // milliseconds: when the next preview may be sent
  let timer = null;
  let framed = false; // whether the next frame has been requested

  function next() {
    never(timer);
    if (underWay || (!wish && done === version)) return;
    const rest = (wish || whole === version ? notBefore : Math.max(notBefore, paced)) - now();
    if (rest > 0) timer = later(next, rest);
    else ask(wish ?? { body: asBody(drawing), version });
  }

  /** The drawing may be complete: it is read without a pause, unless there have been many previews. */
  function lifted() {
    if (allowance.isAmple()) whole = version;
    // Another drawing while the server is unreachable: say so now, not after the next try.
    if (trouble && trouble.of !== since && isPassing(trouble.problem) && !isBlank(drawing)) tell(trouble.problem, false);
    next();
  }

  /** Go on once this frame has painted its ink, which comes first; all of its points are then read at once. */
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
    // Rest as long as the request took: a slow server or connection is asked less often.
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
    } else if (problem.status === 429 || wish) return; // only a preview, which nobody has asked for
    if (!isStale && (asked.key || trouble?.of !== since)) tell(problem, Boolean(asked.key));
  }

  function tell(problem, isAwaited) {
    trouble = { problem, of: since };
    shown.trouble(problem, isAwaited);
  }

  function settle() {
    wish = wishes.shift() ?? null;
    shown.waiting(wish !== null);
  }

  return {
    /** The ink on the pad has changed; `grown`: only more was added to it; `known`: its answer is known already. */
    changed(now, { grown = false, known = false } = {}) {
      drawing = now;
      version += 1;
      if (!grown) since = version;
      if (failures && !underWay) [wish, wishes] = [null, []]; // they were for an earlier drawing
      if (known || isBlank(drawing)) done = version;
      if (grown) afterInk();
      else lifted();
    },

    /** The pen was lifted. */
    lifted,

    /**
     * Have `drawn` read and recorded: only once for `key`, however often it has to be sent. The same drawing again
     * while it is under way is ignored; another one waits for its turn.
     */
    predict(drawn, key) {
      const pressed = { drawing: drawn, body: asBody(drawn), key, version };
      const isNew = !sameInk(drawn, (wishes.at(-1) ?? wish)?.drawing);
      if (wish && underWay) {
        if (isNew) wishes.push(pressed);
        return;
      }
      // What failed is sent again as it was; if the ink has changed by now, the new drawing is sent instead.
      if (isNew) [wish, wishes] = [pressed, []];
      shown.waiting(true);
      // A large picture on a slow line may take a minute: cancel its preview rather than send it twice in a row.
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
