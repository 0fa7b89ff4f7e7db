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
  let underWay = false;
  let failures = 0;
  let timer = null;

  function changed() {
    kept.save({ waiting, ids });
    const takenBack = waiting.filter((item) => item.remove).map(({ key }) => key);
    told.waiting(failures ? waiting.filter(({ key, ink }) => ink && !takenBack.includes(key)).length : 0);
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
    add(item) {
      waiting.push(item);
      changed();
      if (!failures) next();
    },

    /** Take a drawing back, whether it has arrived or not: the first may have, with its answer lost on the way. */
    takeBack(key) {
      const at = waiting.findIndex((item) => item.key === key);
      if (at > 0) waiting.splice(at, 1);
      else waiting.push({ key, remove: true });
      changed();
      if (!failures) next();
    },

    /**
     * Somebody else is next. In its turn: a drawing that is sent again must come from the same visitor, or it would
     * be recorded twice.
     */
    passOn() {
      waiting.push({ passOn: true });
      changed();
      if (!failures) next();
    },

    /** The connection is back, or the page: wait no longer. */
    hurry: next,
  };
}
