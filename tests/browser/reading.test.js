// How reading.js paces, drops and repeats. Run: node --test tests/browser/*.test.js

import assert from "node:assert/strict";
import { test } from "node:test";

import { isPassing, PACE, reading } from "../../src/digitpad/web/static/reading.js";

const DRAWING = { strokes: [[[1, 1, 0], [9, 9, 50]]] };

/** A reader with a clock of its own, a server that answers when told to, and a list of what was shown. */
function scene() {
  const asked = [];
  const said = [];
  let time = 0;
  let timer = null;
  const ask = (kind) => (body, key) =>
    new Promise((answer, fail) => asked.push({ kind, body, key, answer, fail: (status, more) => fail({ status, ...more }) }));
  const tell = (what) => (value) => said.push([what, value]);
  const shown = Object.fromEntries(["preview", "recorded", "trouble", "waiting"].map((what) => [what, tell(what)]));
  const reader = reading({ preview: ask("preview"), predict: ask("predict") }, shown, {
    later: (call, wait) => (timer = { call, at: time + wait }),
    never: () => (timer = null),
    now: () => time,
  });
  const settled = () => new Promise((done) => setImmediate(done));
  return {
    reader,
    asked,
    said,
    settled,
    pass(milliseconds) {
      time += milliseconds;
      if (timer && timer.at <= time) timer.call();
    },
  };
}

test("one preview is under way, and the next reads what was drawn meanwhile", async () => {
  const { reader, asked, said, settled, pass } = scene();
  for (let i = 0; i < 5; i += 1) reader.changed(DRAWING, { grown: true });
  assert.equal(asked.length, 1);
  asked[0].answer("first");
  await settled();
  assert.deepEqual(said, [["preview", "first"]]);
  assert.equal(asked.length, 1);
  pass(PACE);
  assert.equal(asked.length, 2);
  asked[1].answer("second");
  await settled();
  pass(10 * PACE);
  assert.equal(asked.length, 2);
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

test("what the server cannot read is not sent again", async () => {
  const { reader, asked, settled, pass } = scene();
  reader.changed(DRAWING);
  asked[0].fail(422);
  await settled();
  pass(60_000);
  assert.equal(asked.length, 1);
  assert.ok(!isPassing({ status: 422 }) && isPassing({ status: 0 }) && isPassing({ status: 503 }));
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
