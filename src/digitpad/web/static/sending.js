// Sending: drawings go to the server one after another, in order, each repeated until it has arrived, or the server has
// failed at it too often. The browser keeps what waits, through a reload and through hours without a server.
// Independent of the page.

import { isPassing, patience } from "./reading.js";

export const TRIES = 10; // times that a server may fail at one drawing, which takes it a minute and a half
const REMEMBERED = 100; // drawings that can be taken back after they have arrived

/**
 * Send by `server.add(item)`, which returns { id, … }, `server.remove(id)` and `server.passOn()`; all throw Problems.
 *
 * An item is { key, asked, ink }. `kept` has load() and save(state). `told.arrived(item, answer)`,
 * `told.refused(problem)`, `told.passedOn()` and `told.waiting(count)` report progress; `count` is how many wait for an
 * unreachable server.
 */
export function sending(server, kept, told, { later = setTimeout, never = clearTimeout } = {}) {
  const { waiting = [], ids = [] } = kept.load() ?? {}; // what is still to do, and [key, id] of what has arrived
  const earlier = new Set(waiting); // from before this page: any of it may have been sent
  const known = new Set(waiting.map(named)); // what this tab has, or had, to do
  let underWay = false;
  let failures = 0;
  let timer = null;

  function changed() {
    // Other tabs of the class keep theirs in the same place: each removes only what it knows.
    const others = (kept.load()?.waiting ?? []).filter((item) => !known.has(named(item)));
    kept.save({ waiting: [...others, ...waiting], ids });
    const takenBack = waiting.filter((item) => item.remove).map(({ key }) => key);
    told.waiting(failures ? waiting.filter(({ key, ink }) => ink && !takenBack.includes(key)).length : 0);
  }

  function queue(item) {
    waiting.push(item);
    known.add(named(item));
    changed();
    if (!failures) next();
  }

  async function next() {
    never(timer);
    if (underWay || !waiting.length) return;
    underWay = true;
    const item = waiting[0];
    const problem = await attempt(item).then(() => null, (error) => error);
    underWay = false;
    if (problem && (isPassing(problem) || mayYetArrive(item, problem))) {
      failures += 1;
      timer = later(next, patience(failures, problem));
      changed();
      return;
    }
    failures = 0;
    waiting.shift();
    changed();
    // What is gone already need not be removed.
    if (problem && !(item.remove && problem.status === 404)) told.refused(problem);
    next();
  }

  async function attempt(item) {
    if (item.remove) {
      const id = ids.find(([key]) => key === item.key)?.[1];
      if (id) await server.remove(id);
      return;
    }
    if (item.passOn) {
      await server.passOn();
      ids.length = 0;
      told.passedOn();
      return;
    }
    const answer = await server.add(item);
    ids.push([item.key, answer.id]);
    ids.splice(0, ids.length - REMEMBERED);
    told.arrived(item, answer);
  }

  return {
    /** Send a drawing: at once, unless others wait for an unreachable server. */
    add: queue,

    /** Take a drawing back, whether or not it has arrived: the first in line may have, with its answer lost. */
    takeBack(key) {
      const at = waiting.findIndex((item) => item.key === key);
      if (at < 1 || earlier.has(waiting[at])) return queue({ key, remove: true });
      waiting.splice(at, 1);
      changed();
    },

    /**
     * Somebody else is next. This waits in line, too: a drawing that is sent again must come from the same visitor, or
     * it would be recorded twice.
     */
    passOn: () => queue({ passOn: true }),

    /** The connection is back, or the page: wait no longer. */
    hurry: next,
  };
}

/** A name that distinguishes one thing to do from another. */
const named = ({ key, remove, passOn }) => (passOn ? "passOn" : `${remove ? "remove" : "add"} ${key}`);

/**
 * Whether to send something again although the server answered: it failed, or refused whoever asks, which may be mended.
 * What is wrong with the drawing itself stays wrong. Counted in what is kept, so that one cannot hold up the others for
 * ever.
 */
function mayYetArrive(item, { status }) {
  if (status < 500 && status !== 403) return false;
  item.failed = (item.failed ?? 0) + 1;
  return item.failed < TRIES;
}
