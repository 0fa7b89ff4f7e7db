// What words.js says. Run: node --test tests/browser/*.test.js

import assert from "node:assert/strict";
import { test } from "node:test";

import "./english.js";
import * as words from "../../src/digitpad/web/static/words.js";

/** An answer of the API: the first digit has the first chance, the second the second. */
function answer([best, chance], [second, less], digit = best) {
  const probabilities = Array(10).fill((1 - chance - less) / 8);
  probabilities[best] = chance;
  probabilities[second] = less;
  return { digit, confidence: chance, probabilities, recorded: true };
}

test("the answer speaks in words first, then in numbers", () => {
  assert.deepEqual(words.verdictOn(answer([7, 0.98], [2, 0.01])), {
    verdict: "Quite sure: 98 %",
    otherwise: "otherwise a 2, perhaps",
  });
  assert.equal(words.verdictOn(answer([4, 0.85], [9, 0.1])).verdict, "Fairly sure: 85 %");
  assert.equal(words.verdictOn(answer([4, 0.6], [9, 0.3])).verdict, "Perhaps: 60 %");
  assert.equal(words.verdictOn(answer([4, 0.4], [9, 0.35])).verdict, "A guess: 40 %");
});

test("an eight is an 8", () => {
  assert.equal(words.verdictOn(answer([3, 0.9], [8, 0.09])).otherwise, "otherwise an 8, perhaps");
});

test("a runner-up without a chance is not mentioned", () => {
  assert.equal(words.verdictOn(answer([7, 0.9999], [2, 0.00001])).otherwise, "nothing else comes near");
});

test("what is refused is not called a digit", () => {
  assert.deepEqual(words.verdictOn(answer([7, 0.6], [2, 0.2], null)), {
    verdict: "This does not look like a digit",
    otherwise: "if it is one, a 7, perhaps",
  });
});

test("nothing is certain", () => {
  assert.equal(words.percent(1), "over 99 %");
  assert.equal(words.percent(0), "under 1 %");
  assert.equal(words.percent(0.994), "over 99 %");
  assert.equal(words.percent(0.5), "50 %");
  assert.equal(words.short(1), "> 99 %");
});

test("an answer is spoken whole, and says so where it was not recorded", () => {
  const spoken = words.spoken(answer([7, 0.98], [2, 0.01]));
  assert.equal(spoken, "7. Quite sure: 98 %, otherwise a 2, perhaps.");
  assert.match(words.spoken({ ...answer([7, 0.98], [2, 0.01]), recorded: false }), /not recorded/);
});

test("every trouble says what happened and what to do", () => {
  for (const status of [0, 400, 401, 403, 404, 413, 415, 422, 429, 500, 502, 503, 504]) {
    const { verdict, otherwise } = words.trouble({ status, code: "", detail: "", retryAfter: null });
    assert.ok(verdict.length > 10 && otherwise.length > 10, `HTTP ${status}`);
  }
});

test("what could not be read is told in the page's own words, by the problem's code", () => {
  assert.match(words.trouble({ status: 422, code: "bad-picture" }).otherwise, /PNG or JPEG/);
  assert.match(words.trouble({ status: 422, code: "bad-ink" }).otherwise, /strokes/);
  assert.equal(words.trouble({ status: 422, code: "another" }).otherwise, "Clear it and draw again.");
});

test("who is asked to wait learns for how long", () => {
  assert.match(words.trouble({ status: 408 }).otherwise, /sent again by itself in a moment/);
  assert.match(words.trouble({ status: 429, retryAfter: 12 }).otherwise, /in 12 seconds/);
  assert.match(words.trouble({ status: 429, retryAfter: 1 }).otherwise, /in 1 second\./);
});

test("how long ago, short", () => {
  const now = Date.parse("2026-11-22T12:00:00Z");
  const minutes = (count) => words.ago(now - count * 60_000, now);
  assert.equal(minutes(0.5), "now");
  assert.equal(minutes(-3), "now"); // the server's clock is ahead of ours
  assert.equal(minutes(2), "2 min");
  assert.equal(minutes(60 * 5), "5 h");
  assert.equal(minutes(60 * 24), "1 day");
  assert.equal(minutes(60 * 24 * 6), "6 days");
  assert.match(minutes(60 * 24 * 40), /^\d+ \w+$|^\w+ \d+$/);
});
