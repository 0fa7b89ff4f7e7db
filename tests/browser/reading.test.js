// How reading.js paces, drops and repeats. Run: node --test tests/browser/*.test.js

import assert from "node:assert/strict";
import { test } from "node:test";

import { isPassing, PACE, pacing, reading } from "../../src/digitpad/web/static/reading.js";

const DRAWING = { strokes: [[[1, 1, 0], [9, 9, 50]]] };

/** A reader with a clock of its own, a server that answers when told to, and a list of what was shown. */
function scene({ limit = 0 } = {}) {
  const asked = [];
  const said = [];
  let time = 0;
  let timers = [];
  let frames = [];
  const ask = (kind) => (body, key) =>
    new Promise((answer, fail) => {
      if (kind === "preview") key.addEventListener("abort", () => fail({ status: 0 })); // it is a signal
      asked.push({ kind, body, key, answer, fail: (status, more) => fail({ status, ...more }) });
    });
  const tell = (what) => (value) => said.push([what, value]);
  const shown = Object.fromEntries(["preview", "recorded", "trouble", "waiting"].map((what) => [what, tell(what)]));
  const reader = reading({ preview: ask("preview"), predict: ask("predict") }, shown, {
    later(call, wait) {
      const timer = { call, at: time + wait };
      timers.push(timer);
      return timer;
    },
    never: (timer) => (timers = timers.filter((each) => each !== timer)),
    now: () => time,
    frame: (call) => frames.push(call),
    limit,
  });
  const settled = () => new Promise((done) => setImmediate(done));
  const frame = () => frames.splice(0).forEach((call) => call());
  return {
    reader,
    asked,
    said,
    settled,
    frame,
    /** The pen goes on, and the next frame shows it. */
    grow() {
      reader.changed(DRAWING, { grown: true });
      frame();
    },
    pass(milliseconds) {
      time += milliseconds;
      const due = timers.filter(({ at }) => at <= time);
      timers = timers.filter(({ at }) => at > time);
      for (const { call } of due) call();
    },
  };
}

test("one preview is under way, and the next reads what was drawn meanwhile", async () => {
  const { asked, said, settled, pass, grow } = scene();
  for (let i = 0; i < 5; i += 1) grow();
  assert.equal(asked.length, 1);
  asked[0].answer("first");
  await settled();
  assert.deepEqual(said, [["preview", "first"]]);
  assert.equal(asked.length, 1);
  pass(PACE);
  assert.equal(asked.length, 2);
  pass(10 * PACE);
  assert.equal(asked.length, 2);
  asked[1].answer("second");
  await settled();
  pass(10 * PACE);
  assert.equal(asked.length, 2);
});

test("all points of a frame are read at once, after their ink is drawn", () => {
  const { reader, asked, frame } = scene();
  for (let i = 0; i < 3; i += 1) reader.changed(DRAWING, { grown: true });
  assert.equal(asked.length, 0);
  frame();
  assert.equal(asked.length, 1);
});

test("when the pen is lifted the last of it is read without a pause, and only once", async () => {
  const { reader, asked, settled, grow } = scene();
  grow();
  grow();
  reader.lifted();
  assert.equal(asked.length, 1, "one is under way");
  asked[0].answer("some of it");
  await settled();
  assert.equal(asked.length, 2);
  asked[1].answer("all of it");
  await settled();
  reader.lifted();
  assert.equal(asked.length, 2);
});

test("who is slow to answer is given as long a rest, a second at most", async () => {
  for (const [took, rest] of [[PACE / 4, (PACE * 3) / 4], [200, 200], [5000, 1000]]) {
    const { asked, settled, pass, grow } = scene();
    grow();
    pass(took);
    asked[0].answer("slow");
    await settled();
    grow();
    pass(rest - 1);
    assert.equal(asked.length, 1);
    pass(1);
    assert.equal(asked.length, 2);
  }
});

test("a minute of drawing without a pause stays below the limit, whatever it is, and begins at full pace", () => {
  for (const limit of [60, 600, 6000]) {
    let time = 0;
    const allowance = pacing(limit, () => time);
    const sent = [];
    while (time < 180_000) {
      sent.push(time);
      time += allowance.spend();
    }
    assert.equal(sent[5], 5 * PACE);
    const within = sent.map((from) => sent.filter((at) => at >= from && at < from + 60_000).length);
    assert.ok(Math.max(...within) <= (limit * 5) / 6 + 1, `${Math.max(...within)} of ${limit}`);
    assert.ok(Math.max(...within) >= Math.min(limit / 3, 60_000 / PACE));
  }
});

test("who draws digit after digit is read without a pause where strokes end, until much of the limit is spent", async () => {
  const { reader, asked, settled, pass, grow } = scene({ limit: 24 }); // ten at once, then ten a minute
  for (let stroke = 0; stroke < 8; stroke += 1) {
    grow();
    reader.lifted();
    asked.at(-1).answer("read");
    await settled();
  }
  assert.equal(asked.length, 5);
  pass(1000);
  assert.equal(asked.length, 6);
});

test("an answer to what was cleared is dropped", async () => {
  const { reader, asked, said, settled } = scene();
  reader.changed(DRAWING);
  reader.changed({ strokes: [] });
  asked[0].answer("late");
  await settled();
  assert.deepEqual(said, []);
});

test("a prediction waits for nobody's pace", async () => {
  const { reader, asked, said, settled } = scene();
  reader.changed(DRAWING);
  reader.predict(DRAWING, "key");
  asked[0].answer("preview");
  await settled();
  assert.deepEqual([asked[1].kind, asked[1].key], ["predict", "key"]);
  asked[1].answer("kept");
  await settled();
  assert.deepEqual(said, [["waiting", true], ["waiting", false], ["recorded", "kept"]]);
});

test("a prediction waits for a preview that is stuck for half a second, and it is nobody's trouble", async () => {
  const { reader, asked, said, settled, pass } = scene();
  reader.changed(DRAWING);
  pass(5000);
  reader.predict(DRAWING, "key");
  pass(499);
  await settled();
  assert.equal(asked.length, 1);
  pass(1);
  await settled();
  assert.deepEqual([asked[1].kind, asked[1].key], ["predict", "key"]);
  pass(5000);
  asked[1].answer("kept");
  await settled();
  assert.deepEqual(said, [["waiting", true], ["waiting", false], ["recorded", "kept"]]);
});

test("where the server is away the same is sent again under the same key", async () => {
  const { reader, asked, said, settled, pass } = scene();
  reader.changed(DRAWING);
  asked[0].answer("preview");
  await settled();
  reader.predict(DRAWING, "key");
  asked[1].fail(0);
  await settled();
  assert.equal(said.at(-1)[0], "trouble");
  pass(999);
  assert.equal(asked.length, 2);
  pass(1);
  assert.deepEqual([asked[2].kind, asked[2].key], ["predict", "key"]);
  asked[2].fail(503, { retryAfter: 7 });
  await settled();
  pass(6999);
  assert.equal(asked.length, 3);
  pass(1);
  asked[3].answer("kept");
  await settled();
  assert.deepEqual(said.at(-1), ["recorded", "kept"]);
});

test("while the server is away each drawing is told so once, as soon as the pen is lifted", async () => {
  const { reader, asked, said, settled, pass, grow } = scene();
  const troubles = () => said.filter(([what]) => what === "trouble").length;
  grow();
  asked[0].fail(0);
  await settled();
  assert.equal(troubles(), 1);
  pass(1000);
  asked[1].fail(0);
  await settled();
  reader.lifted();
  assert.equal(troubles(), 1);
  reader.changed({ strokes: [] }); // cleared
  assert.equal(troubles(), 1);
  grow();
  assert.equal(troubles(), 1);
  reader.lifted();
  assert.equal(troubles(), 2);
  pass(2000);
  asked[2].fail(0);
  await settled();
  assert.equal(troubles(), 2);
  pass(4000);
  asked[3].answer("back");
  await settled();
  assert.deepEqual(said.at(-1), ["preview", "back"]);
  reader.changed(DRAWING);
  assert.equal(troubles(), 2);
});

test("what the server cannot read is not sent again", async () => {
  const { reader, asked, settled, pass } = scene();
  reader.changed(DRAWING);
  asked[0].fail(422);
  await settled();
  pass(60_000);
  assert.equal(asked.length, 1);
  assert.ok(!isPassing({ status: 422 }) && isPassing({ status: 0 }) && isPassing({ status: 503 }));
  assert.ok(isPassing({ status: 408 }), "a line too slow for the server's patience");
});

test("too many previews are nobody's trouble", async () => {
  const { reader, asked, said, settled, pass } = scene();
  reader.changed(DRAWING);
  asked[0].fail(429, { retryAfter: 2 });
  await settled();
  assert.deepEqual(said, []);
  pass(2000);
  assert.equal(asked.length, 2);
});

test("another drawing that is to be recorded while one is under way waits for its turn", async () => {
  const { reader, asked, said, settled } = scene();
  const other = { strokes: [[[2, 2, 0]]] };
  reader.predict(DRAWING, "first");
  reader.changed(other);
  for (const key of ["second", "pressed twice"]) reader.predict(other, key);
  assert.equal(asked.length, 1);
  asked[0].answer("one");
  await settled();
  assert.deepEqual([asked[1].kind, asked[1].key], ["predict", "second"]);
  assert.deepEqual(said.at(-2), ["waiting", true]);
  asked[1].answer("two");
  await settled();
  assert.deepEqual(said.slice(-2), [["waiting", false], ["recorded", "two"]]);
  assert.equal(asked.length, 2);
});

test("whoever presses again for more ink has all of it recorded, under a key of its own", async () => {
  const { reader, asked, settled } = scene();
  const more = { strokes: [...DRAWING.strokes, [[5, 5, 90]]] };
  reader.changed(DRAWING);
  reader.predict(DRAWING, "first");
  reader.changed(more, { grown: true });
  asked[0].fail(0);
  await settled();
  for (const key of ["second", "pressed twice"]) reader.predict(more, key);
  assert.deepEqual(asked.slice(1).map(({ kind, key, body }) => [kind, key, body.ink.strokes.length]), [["predict", "second", 2]]);
  asked[1].answer("kept");
  await settled();
  assert.equal(asked.length, 2);
});

test("whoever presses again for what cannot be read is told so again", async () => {
  const { reader, asked, said, settled } = scene();
  reader.changed(DRAWING);
  asked[0].fail(422);
  for (const press of [1, 2]) {
    await settled();
    reader.predict(DRAWING, String(press));
    asked[press].fail(422);
    await settled();
    assert.deepEqual(said.slice(-2).map(([what]) => what), ["waiting", "trouble"]);
  }
});
