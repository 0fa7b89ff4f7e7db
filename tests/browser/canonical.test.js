// The canonical form in JavaScript is Python's, drawing by drawing. Run: node --test tests/browser/*.test.js

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";

import * as canonical from "../../src/digitpad/web/static/canonical.js";

const VECTORS = JSON.parse(readFileSync(new URL("../vectors/canonical.json", import.meta.url)));
const CLOSE = 0.002; // the file holds thousandths

for (const { name, strokes, form } of VECTORS) {
  test(`the form of ${name} is the one that Python makes`, () => {
    const ours = canonical.formOf(strokes).flat();
    const theirs = form.flat();
    assert.equal(ours.length, 28 * 28);
    assert.ok(Math.max(...theirs) > 0.9);
    const far = Math.max(...ours.map((ink, at) => Math.abs(ink - theirs[at])));
    assert.ok(far <= CLOSE, `${far} apart`);
  });
}

test("nothing drawn is a field of zeros, balanced in its middle", () => {
  const form = canonical.formOf([]);
  assert.ok(form.flat().every((ink) => ink === 0));
  assert.deepEqual(canonical.balanceOf(form), [14, 14]);
});

test("placed ink is 20 pixels long with its nib, and balanced where MNIST's is", () => {
  const { strokes } = VECTORS.find(({ name }) => name === "3");
  const [left, top, right, bottom] = canonical.boundsOf(canonical.placed(strokes));
  assert.ok(Math.abs(Math.max(right - left, bottom - top) + canonical.NIB - canonical.BOX) < 1e-9);
  for (const middle of canonical.balanceOf(canonical.formOf(strokes))) assert.ok(Math.abs(middle - 14.5) < 0.5);
});

test("what is shown closer has ink and paper", () => {
  const form = canonical.formOf(VECTORS[7].strokes);
  const [column, row] = canonical.telling(form, 9);
  const cut = form.slice(row, row + 9).flatMap((each) => each.slice(column, column + 9));
  const share = cut.reduce((sum, ink) => sum + ink, 0) / cut.length;
  assert.ok(share > 0.2 && share < 0.8);
});
