// How share.js breaks lines. Run: node --test tests/browser/*.test.js

import assert from "node:assert/strict";
import { test } from "node:test";

import { wrapped } from "../../src/digitpad/web/static/share.js";

const letters = (line) => line.length;

test("lines are as full as they may be, and no word is lost", () => {
  assert.deepEqual(wrapped("this does not look like a digit", 13, letters), ["this does not", "look like a", "digit"]);
  assert.deepEqual(wrapped("one", 13, letters), ["one"]);
});

test("a word that is too long stands alone, and a share keeps its sign", () => {
  assert.deepEqual(wrapped("a Wahrscheinlichkeit b", 6, letters), ["a", "Wahrscheinlichkeit", "b"]);
  assert.deepEqual(wrapped("over 99 %", 7, letters), ["over", "99 %"]);
});
