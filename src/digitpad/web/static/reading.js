// Reading: previews that follow the drawing, and the prediction that is recorded. Neither page nor server are in here.
//
// At most one request is under way. What was drawn meanwhile is read next, and an answer to a drawing that was
// taken back is dropped. Where the server is away, the same is asked again, later and later, until it is back.

import { BLANK, asBody, isBlank } from "./ink.js";

// Milliseconds from one preview to the next: the first comes at once, and a minute of drawing without
// a pause stays below the 600 requests that a visitor may send by default.
export const PACE = 120;
const FIRST_RETRY = 1000; // milliseconds, doubled with each failure
const LAST_RETRY = 15_000;

/** Whether asking again may help: no answer came, or the server is not ready or has too much to do. */
export const isPassing = ({ status }) => [0, 429, 502, 503, 504].includes(status);

/** Milliseconds to wait before the same is asked again, after so many failures. */
export const patience = (failures, { retryAfter }) =>
  retryAfter ? retryAfter * 1000 : Math.min(LAST_RETRY, FIRST_RETRY * 2 ** (failures - 1));

/**
 * Read drawings through `server.preview(body)` and `server.predict(body, key)`, which throw Problems.
 *
 * `shown.preview(answer)`, `shown.recorded(answer, wish, isStale)`, `shown.trouble(problem)` and
 * `shown.waiting(isWaiting)` are told what there is to show.
 */
export function reading(server, shown, { later = setTimeout, never = clearTimeout, now = Date.now } = {}) {
  let drawing = BLANK; // what is on the pad
  let version = 0; // of what is on the pad: grows with each point
  let since = 0; // the first version that is more of the same drawing
  let done = 0; // the version that was read last, or cannot be
  let wish = null; // { drawing, body, key, version }: what is to be recorded
  let underWay = false;
  let failures = 0;
  let notBefore = 0; // milliseconds
  let timer = null;

  function next() {
    never(timer);
    if (underWay || (!wish && done === version)) return;
    const rest = notBefore - now();
    if (rest > 0) timer = later(next, rest);
    else ask(wish ?? { body: asBody(drawing), version });
  }

  async function ask(asked) {
    underWay = true;
    notBefore = now() + PACE;
    const asking = asked === wish ? server.predict(asked.body, asked.key) : server.preview(asked.body);
    const { answer, problem } = await asking.then((answer) => ({ answer }), (problem) => ({ problem }));
    underWay = false;
    if (problem) failed(problem, asked);
    else read(answer, asked);
    next();
  }

  function read(answer, asked) {
    failures = 0;
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
      shown.waiting(false);
      if (!isPassing(problem) || isStale) wish = null;
    } else if (problem.status === 429 || wish) return; // a preview more or less: nobody has asked for it
    if (!isStale && (failures < 2 || asked === wish)) shown.trouble(problem);
  }

  function settle() {
    wish = null;
    shown.waiting(false);
  }

  return {
    /** The ink on the pad has changed; `grown`: it is the same drawing with more of it; `known`: its answer is. */
    changed(now, { grown = false, known = false } = {}) {
      drawing = now;
      version += 1;
      if (!grown) since = version;
      if (failures && !underWay) wish = null; // it was for a drawing that is another by now
      if (known || isBlank(drawing)) done = version;
      next();
    },

    /** Have `drawn` read and recorded once, as `key` tells the server, however often it takes to get there. */
    predict(drawn, key) {
      if (wish && underWay) return;
      wish ??= { drawing: drawn, body: asBody(drawn), key, version };
      shown.waiting(true);
      this.hurry();
    },

    /** The connection is back: wait no longer. */
    hurry() {
      notBefore = 0;
      next();
    },
  };
}
