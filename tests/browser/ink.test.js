// What ink.js works out from strokes. Run: node --test tests/browser/*.test.js

import assert from "node:assert/strict";
import { test } from "node:test";

import * as ink from "../../src/digitpad/web/static/ink.js";

const STROKE = [[10, 10, 100], [20, 10, 110], [30, 20, 120]];
const OTHER = [[50, 50, 400]];

test("a new drawing is blank", () => {
  assert.ok(ink.isBlank(ink.BLANK));
  assert.ok(!ink.isBlank(ink.withStroke(ink.BLANK, STROKE)));
});

test("undo takes back one stroke at a time, and nothing from a blank drawing", () => {
  const one = ink.withStroke(ink.BLANK, STROKE);
  const two = ink.withStroke(one, OTHER);
  assert.deepEqual(two.strokes, [STROKE, OTHER]);
  assert.ok(ink.sameInk(ink.undone(two), one));
  assert.ok(ink.sameInk(ink.undone(ink.undone(two)), ink.BLANK));
  assert.equal(ink.undone(ink.BLANK), ink.BLANK);
});

test("clearing can be undone", () => {
  const drawing = ink.withStroke(ink.BLANK, STROKE);
  const empty = ink.cleared(drawing);
  assert.ok(ink.isBlank(empty));
  assert.ok(ink.sameInk(ink.undone(empty), drawing));
  assert.equal(ink.cleared(empty), empty);
});

test("what was undone can be done again, until something else is drawn", () => {
  const two = ink.withStroke(ink.withStroke(ink.BLANK, STROKE), OTHER);
  const none = ink.undone(ink.undone(two));
  assert.ok(ink.sameInk(ink.redone(ink.redone(none)), two));
  assert.equal(ink.redone(two), two);
  const another = ink.withStroke(ink.undone(two), [[1, 2, 3]]);
  assert.equal(ink.redone(another), another);
  const cleared = ink.cleared(two);
  assert.ok(ink.isBlank(ink.redone(ink.undone(cleared))));
});

test("a drawing comes back from the text in which it was kept, and is undone stroke by stroke", () => {
  const kept = ink.fromText(ink.toText(ink.withStroke(ink.withStroke(ink.BLANK, STROKE), OTHER)));
  assert.deepEqual(kept.strokes, [[[10, 10, 0], [20, 10, 10], [30, 20, 20]], [[50, 50, 300]]]);
  assert.equal(ink.undone(kept).strokes.length, 1);
});

test("a picture takes the place of the ink, and ink that of the picture", () => {
  const drawn = ink.withStroke(ink.BLANK, STROKE);
  const shown = ink.withPicture(drawn, "data:image/png;base64,AA");
  assert.ok(!ink.isBlank(shown));
  assert.deepEqual(ink.asBody(shown), { image: "data:image/png;base64,AA" });
  assert.ok(ink.sameInk(ink.undone(shown), drawn));
  assert.deepEqual(Object.keys(ink.asBody(ink.withStroke(shown, OTHER))), ["ink"]);
  assert.ok(ink.isBlank(ink.cleared(shown)));
});

test("a picture comes back, too", () => {
  const kept = ink.fromText(ink.toText(ink.withPicture(ink.BLANK, "data:image/png;base64,AA")));
  assert.equal(kept.picture, "data:image/png;base64,AA");
  assert.ok(ink.isBlank(ink.undone(kept)));
});

test("a text that is no drawing is a blank one", () => {
  for (const strokes of ["7", "[[]]", "[[[1, 2]]]", '[[["a", 2, 3]]]', "[[[1, null, 3]]]", "null"]) {
    assert.equal(ink.fromText(`{"strokes": ${strokes}}`), ink.BLANK, strokes);
  }
  for (const text of [null, "", "{", "7", "{}", '{"picture": "https://example.org/a.png"}']) {
    assert.equal(ink.fromText(text), ink.BLANK, String(text));
  }
});

test("what is drawn after a reload comes later, though the clock began anew", () => {
  const { strokes } = ink.toJSON([[[1, 1, 0], [9, 9, 800]], [[2, 2, 300], [8, 8, 350]]]);
  assert.deepEqual(strokes[1], [[2, 2, 800], [8, 8, 850]]);
});

test("a pen pressed harder draws broader, and none is invisible", () => {
  const [light, ordinary, heavy] = [0, 0.5, 1].map((pressure) => ink.widthAt([0, 0, 0, pressure]));
  assert.equal(ordinary, ink.PEN);
  assert.equal(ink.widthAt([0, 0, 0]), ink.PEN);
  assert.ok(light >= ink.PEN / 2 && light < ordinary && ordinary < heavy && heavy <= 1.5 * ink.PEN);
});

test("a pen that trembles on the spot leaves one point", () => {
  const stroke = [[10, 10, 0]];
  for (const point of [[10.3, 10, 5], [10, 10.6, 9], [9.7, 10, 12]]) ink.extend(stroke, point);
  assert.deepEqual(stroke, [[10, 10, 0]]);
  ink.extend(stroke, [11, 10, 20]);
  assert.equal(stroke.length, 2);
});

test("the canvas's edge belongs to the canvas", () => {
  assert.ok(ink.isOnCanvas([0, ink.SIDE]));
  assert.ok(!ink.isOnCanvas([-0.1, 5]));
  assert.ok(!ink.isOnCanvas([5, ink.SIDE + 0.1]));
});

test("a stroke that leaves ends on the edge, also round a corner", () => {
  assert.deepEqual(ink.edgeBetween([270, 100, 0], [290, 120, 20]), [280, 110, 10]);
  assert.deepEqual(ink.edgeBetween([100, 10, 0], [100, -30, 40]), [100, 0, 10]);
  assert.deepEqual(ink.edgeBetween([10, 10, 0], [-30, -10, 8]), [0, 5, 2]);
});

test("a smooth stroke begins and ends where the pen did", () => {
  const { start, curves } = ink.smooth(STROKE);
  assert.deepEqual(start, [10, 10]);
  assert.deepEqual(curves.at(-1).slice(2, 4), [30, 20]);
});

test("smooth curves meet half-way between points", () => {
  const { curves } = ink.smooth(STROKE);
  assert.deepEqual(curves[0], [20, 10, 25, 15, ink.PEN]);
});

test("a dot is drawn where the pen touched", () => {
  const { start, curves } = ink.smooth([[7, 9, 0]]);
  assert.deepEqual(start, [7, 9]);
  assert.equal(curves.length, 1);
  assert.ok(Math.hypot(curves[0][2] - 7, curves[0][3] - 9) < 0.1);
});

test("the API gets tenths of a pixel and whole milliseconds since the first point", () => {
  const first = [[10.04, 20.06, 1000.4], [11.26, 20, 1016.6]];
  assert.deepEqual(ink.toJSON([first, [[50, 50, 1500.2]]]), {
    strokes: [[[10, 20.1, 0], [11.3, 20, 16]], [[50, 50, 500]]],
  });
  assert.deepEqual(ink.toJSON([]), { strokes: [] });
});

test("strokes from elsewhere are laid on the pad as a whole, those that fit stay as they are", () => {
  const small = [[[0, 0], [1, 2, 30]]];
  assert.equal(ink.fitted(small), small);
  const far = ink.fitted([[[-1000, 5000], [1000, 5000, 30]], [[0, 6000]]]);
  assert.deepEqual(far.map((stroke) => stroke.length), [2, 1]);
  assert.ok(far.flat().every(ink.isOnCanvas));
  assert.equal(far[0][1][2], 30);
  assert.ok(far[0][1][0] - far[0][0][0] > 200);
  assert.ok(ink.fitted([[[900, 900]]]).flat().every(ink.isOnCanvas));
  assert.deepEqual(ink.fitted([]), []);
});
