// How sending.js brings a class's drawings to the server. Run: node --test tests/browser/*.test.js

import assert from "node:assert/strict";
import { test } from "node:test";

import { TRIES, sending } from "../../src/digitpad/web/static/sending.js";

const item = (key) => ({ key, asked: 7, ink: { strokes: [[[1, 1]]] } });

/** A sender with a server that answers when told to, a browser's memory, and a list of what was said. */
function scene(memory = { kept: null }) {
  const asked = [];
  const said = [];
  let timer = null;
  const ask = (kind) => (what = "") =>
    new Promise((answer, fail) => asked.push({ kind, what: what.key ?? what, answer, fail: (status) => fail({ status }) }));
  const sender = sending(
    { add: ask("add"), remove: ask("remove"), passOn: ask("pass on") },
    { load: () => memory.kept && JSON.parse(memory.kept), save: (state) => (memory.kept = JSON.stringify(state)) },
    {
      arrived: ({ key }) => said.push(["arrived", key]),
      passedOn: () => said.push(["passed on", true]),
      refused: ({ status }) => said.push(["refused", status]),
      waiting: (count) => said.push(["waiting", count]),
    },
    { later: (call, wait) => (timer = { call, wait }), never: () => (timer = null) },
  );
  return {
    sender,
    asked,
    said,
    memory,
    timer: () => timer,
    sent: () => asked.map(({ kind, what }) => `${kind} ${what}`),
    settled: () => new Promise((done) => setImmediate(done)),
    told: (what) => said.filter(([kind]) => kind === what).map(([, value]) => value),
  };
}

test("drawings go one after the other, in order", async () => {
  const { sender, asked, sent, settled, told } = scene();
  for (const key of ["a", "b"]) sender.add(item(key));
  assert.deepEqual(sent(), ["add a"]);
  asked[0].answer({ id: "1" });
  await settled();
  assert.deepEqual(sent(), ["add a", "add b"]);
  asked[1].answer({ id: "2" });
  await settled();
  assert.deepEqual(told("arrived"), ["a", "b"]);
  assert.equal(Math.max(...told("waiting")), 0);
});

test("while the server is away drawings wait, longer and longer, and arrive when it is back", async () => {
  const { sender, asked, sent, settled, told, timer } = scene();
  sender.add(item("a"));
  const waits = [];
  for (const status of [0, 503, 0]) {
    asked.at(-1).fail(status);
    await settled();
    waits.push(timer().wait);
    timer().call();
  }
  assert.deepEqual(waits, [1000, 2000, 4000]);
  sender.add(item("b"));
  assert.equal(told("waiting").at(-1), 2);
  assert.equal(sent().includes("add b"), false);
  asked.at(-1).answer({ id: "1" });
  await settled();
  asked.at(-1).answer({ id: "2" });
  await settled();
  assert.deepEqual(told("arrived"), ["a", "b"]);
  assert.equal(told("waiting").at(-1), 0);
});

test("what waits outlives the page, under the same keys", async () => {
  const first = scene();
  first.sender.add(item("a"));
  first.asked[0].fail(0);
  await first.settled();
  const second = scene(first.memory);
  second.sender.hurry();
  assert.deepEqual(second.sent(), ["add a"]);
});

test("tabs of one class lose nothing of one another's, and what is left by those that are closed is sent", async () => {
  const memory = { kept: null };
  const waiting = () => JSON.parse(memory.kept).waiting.map(({ key }) => key).sort();
  const [one, other] = [scene(memory), scene(memory)];
  for (const key of ["a1", "a2"]) one.sender.add(item(key));
  other.sender.add(item("b1"));
  assert.deepEqual(waiting(), ["a1", "a2", "b1"]);
  one.asked[0].answer({ id: "1" });
  await one.settled();
  assert.deepEqual(waiting(), ["a2", "b1"]);
  other.asked[0].answer({ id: "2" });
  await other.settled();
  assert.deepEqual(waiting(), ["a2"]);
  const next = scene(memory);
  next.sender.hurry();
  assert.deepEqual(next.sent(), ["add a2"]);
});

test("what was left by an earlier page may have arrived, and is sent to be taken back", async () => {
  const memory = { kept: null };
  for (const key of ["a", "b"]) scene(memory).sender.add(item(key));
  const { sender, asked, sent, settled } = scene(memory);
  sender.takeBack("b");
  for (const id of ["1", "2"]) {
    asked.at(-1).answer({ id });
    await settled();
  }
  assert.deepEqual(sent(), ["add a", "add b", "remove 2"]);
});

test("what the server refuses is told and does not hold up the others", async () => {
  const { sender, asked, sent, settled, told } = scene();
  for (const key of ["a", "b"]) sender.add(item(key));
  asked[0].fail(422);
  await settled();
  assert.deepEqual(told("refused"), [422]);
  assert.equal(sent().at(-1), "add b");
});

test("what a server failed at is sent again, also by the next page, and at last makes way for the others", async () => {
  const first = scene();
  for (const key of ["a", "b"]) first.sender.add(item(key));
  first.asked[0].fail(500);
  await first.settled();
  assert.deepEqual(first.told("refused"), []);
  assert.equal(first.told("waiting").at(-1), 2);
  first.timer().call();
  first.asked[1].fail(403);
  await first.settled();
  const { sender, asked, sent, settled, told, timer } = scene(first.memory);
  sender.hurry();
  while (sent().at(-1) === "add a") {
    assert.ok(asked.length < 20, "it is sent for ever");
    asked.at(-1).fail(500);
    await settled();
    if (sent().at(-1) === "add a") timer()?.call();
  }
  assert.deepEqual(told("refused"), [500]);
  assert.equal(asked.length + first.asked.length, TRIES + 1); // and "b"
  asked.at(-1).answer({ id: "1" });
  await settled();
  assert.deepEqual(told("arrived"), ["b"]);
});

test("hours without a server are no reason to give up a drawing that it then fails at", async () => {
  const { sender, asked, settled, told, timer } = scene();
  sender.add(item("a"));
  for (const status of [...Array(2 * TRIES).fill(0), 500]) {
    asked.at(-1).fail(status);
    await settled();
    timer().call();
  }
  asked.at(-1).answer({ id: "1" });
  await settled();
  assert.deepEqual(told("arrived"), ["a"]);
});

test("what has arrived is taken back by its id, also after the page was loaded again", async () => {
  const first = scene();
  first.sender.add(item("a"));
  first.asked[0].answer({ id: "1" });
  await first.settled();
  const { sender, asked, sent, settled, told } = scene(first.memory);
  sender.takeBack("a");
  assert.deepEqual(sent(), ["remove 1"]);
  asked[0].fail(404); // the teacher was faster
  await settled();
  assert.deepEqual(told("refused"), []);
});

test("whoever is next waits for what was drawn before, and takes none of it back", async () => {
  const { sender, asked, sent, settled, told, timer } = scene();
  sender.add(item("a"));
  sender.passOn();
  sender.add(item("b"));
  asked[0].fail(0);
  await settled();
  assert.equal(told("waiting").at(-1), 2);
  timer().call();
  asked[1].answer({ id: "1" });
  await settled();
  assert.deepEqual(told("passed on"), []);
  asked[2].answer(null);
  await settled();
  assert.deepEqual(told("passed on"), [true]);
  assert.deepEqual(sent(), ["add a", "add a", "pass on ", "add b"]);
  asked[3].answer({ id: "2" });
  await settled();
  sender.takeBack("a");
  assert.equal(sent().includes("remove 1"), false);
});

test("what may have arrived without an answer is sent again to be taken back", async () => {
  const { sender, asked, sent, settled, told, timer } = scene();
  sender.add(item("a"));
  asked[0].fail(0);
  await settled();
  sender.takeBack("a");
  assert.equal(told("waiting").at(-1), 0);
  timer().call();
  asked[1].answer({ id: "1" });
  await settled();
  assert.deepEqual(sent(), ["add a", "add a", "remove 1"]);
});

test("what waits is never sent once it is taken back, and what is under way is removed when it has arrived", async () => {
  const { sender, asked, sent, settled } = scene();
  for (const key of ["a", "b"]) sender.add(item(key));
  sender.takeBack("b");
  sender.takeBack("a");
  asked[0].answer({ id: "1" });
  await settled();
  assert.deepEqual(sent(), ["add a", "remove 1"]);
});
