// What asking.js asks a class to draw. Run: node --test tests/browser/*.test.js

import assert from "node:assert/strict";
import { test } from "node:test";

import { GOAL, asked, begun, drawn, from, shuffled, skipped, takenBack } from "../../src/digitpad/web/static/asking.js";

const ALL = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9];
const sorted = (digits) => [...digits].sort();

test("a round has each digit once, in an order of its own", () => {
  const rounds = Array.from({ length: 50 }, () => shuffled(Math.random));
  for (const round of rounds) assert.deepEqual(sorted(round), ALL);
  assert.ok(new Set(rounds.map(String)).size > 40);
});

test("who draws the goal has drawn each digit twice", () => {
  let state = begun();
  for (let i = 0; i < GOAL; i += 1) state = drawn(state);
  assert.deepEqual(sorted(state.done), sorted([...ALL, ...ALL]));
});

test("what is asked for is what counts as drawn, and another follows", () => {
  const state = begun();
  const next = drawn(state);
  assert.deepEqual(next.done, [asked(state)]);
  assert.deepEqual([asked(state), ...next.round], state.round);
});

test("what is skipped comes again in the same round, the last one of a round, too", () => {
  let state = begun();
  const first = asked(state);
  state = skipped(state);
  assert.equal(state.round.at(-1), first);
  assert.deepEqual(sorted(state.round), ALL);
  for (let i = 0; i < 9; i += 1) state = drawn(state);
  assert.deepEqual(state.round, [first]);
  for (let i = 0; i < 100; i += 1) {
    assert.notEqual(asked(skipped(state)), first);
    assert.notEqual(asked(drawn(state)), first);
    assert.equal(skipped(state).round.at(-1), first);
  }
});

test("what is taken back is asked for again", () => {
  const state = begun();
  const back = takenBack(drawn(drawn(state)));
  assert.equal(asked(back), state.round[1]);
  assert.deepEqual(back.done, [state.round[0]]);
});

test("a state outlives the page, and what is none begins anew", () => {
  const state = drawn(begun());
  assert.deepEqual(from(JSON.parse(JSON.stringify(state))), state);
  for (const broken of [null, {}, { round: [], done: [] }, { round: [10], done: [] }, { round: ["1"], done: [] }, { round: [1] }]) {
    assert.deepEqual(sorted(from(broken).round), ALL);
  }
});
