// Sending: drawings go to the server one after the other, in order, each until it has arrived. What waits is kept
// by the browser, through a reload and through hours without a server. No page in here.

import { isPassing, patience } from "./reading.js";

const REMEMBERED = 100; // drawings that may be taken back after they have arrived

/**
 * Send through `server.add(item)`, which gives { id, … }, `server.remove(id)` and `server.passOn()`; all throw Problems.
 *
 * An item is { key, asked, ink }. `kept` has load() and save(state). `told.arrived(item, answer)`,
 * `told.refused(problem)`, `told.passedOn()` and `told.waiting(count)`, how many wait for a server that is away, say
 * how it goes.
 */
export function sending(server, kept, told, { later = setTimeout, never = clearTimeout } = {}) {
  const { waiting = [], ids = [] } = kept.load() ?? {}; // what is to be done, and [key, id] of what has arrived
  const earlier = new Set(waiting); // from before this page: any of it may have been tried
  const known = new Set(waiting.map(named)); // what is, or was, for this tab to do
  let underWay = false;
  let failures = 0;
  let timer = null;

  function changed() {
    // Other tabs of the class keep theirs in the same place: each takes out only what it knows.
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
    if (problem && isPassing(problem)) {
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
    /** Send a drawing; at once, where nothing waits for a server that is away. */
    add: queue,

    /** Take a drawing back, whether it has arrived or not: the first may have, with its answer lost on the way. */
    takeBack(key) {
      const at = waiting.findIndex((item) => item.key === key);
      if (at < 1 || earlier.has(waiting[at])) return queue({ key, remove: true });
      waiting.splice(at, 1);
      changed();
    },

    /**
     * Somebody else is next. In its turn: a drawing that is sent again must come from the same visitor, or it would
     * be recorded twice.
     */
    passOn: () => queue({ passOn: true }),

    /** The connection is back, or the page: wait no longer. */
    hurry: next,
  };
}

/** What tells one thing that is to be done from another. */
const named = ({ key, remove, passOn }) => (passOn ? "passOn" : `${remove ? "remove" : "add"} ${key}`);
