// The canonical form of ink, as the server's canonical.py makes it: the 28×28 field that the network sees.
//
// Written a second time so that "How does it work?" can show each step, with or without an answer from the server.
// tests/vectors/canonical.json checks that both make the same forms.

export const FIELD = 28; // pixels: the side of the field
export const BOX = 20; // pixels: the longer side of the ink within it
export const NIB = 2.4; // pixels: how wide strokes are drawn in it
const MIDDLE = 14.5; // pixels from the field's edge: where MNIST has the centre of mass
const TAP = 0.05; // of the largest stroke's extent: a stroke no larger than this is a dot
const AWAY = 0.5; // of the drawing's extent: a dot further away than this is no part of it
const ROUND_END = 0.1; // of the nib: the weight of a segment's round ends, as a length

const within = (least, value, most) => Math.min(Math.max(value, least), most);

/** A stroke's segments, each [from, to]; a stroke of one point gives one of no length. */
const segmentsOf = (stroke) =>
  stroke.length === 1 ? [[stroke[0], stroke[0]]] : stroke.slice(1).map((to, at) => [stroke[at], to]);

/** The left, top, right and bottom of strokes, in their own unit. */
export function boundsOf(strokes) {
  const points = strokes.flat();
  const [xs, ys] = [0, 1].map((axis) => points.map((point) => point[axis]));
  const least = (values) => values.reduce((one, other) => Math.min(one, other));
  const most = (values) => values.reduce((one, other) => Math.max(one, other));
  return [least(xs), least(ys), most(xs), most(ys)];
}

/** Strokes without the taps of a palm or a second finger away from the drawing. */
function withoutTaps(strokes) {
  const boxes = strokes.map((stroke) => boundsOf([stroke]));
  const extents = boxes.map(([left, top, right, bottom]) => Math.max(right - left, bottom - top));
  const large = strokes.filter((_, at) => extents[at] > TAP * Math.max(...extents));
  if (!large.length) return strokes;
  const [left, top, right, bottom] = boundsOf(large);
  const reach = AWAY * Math.max(right - left, bottom - top);
  const isNear = ([l, t, r, b]) => l >= left - reach && t >= top - reach && r <= right + reach && b <= bottom + reach;
  return strokes.filter((_, at) => isNear(boxes[at]));
}

/** Strokes of points [x, y, …] in any unit, scaled and moved to their place in the field. */
export function placed(drawn) {
  if (!drawn.length) return [];
  const strokes = withoutTaps(drawn);
  const [left, top, right, bottom] = boundsOf(strokes);
  const longer = Math.max(right - left, bottom - top);
  const scale = longer > 0 ? (BOX - NIB) / longer : 0;
  const scaled = strokes.map((stroke) => stroke.map(([x, y]) => [(x - left) * scale, (y - top) * scale]));
  const shift = [0, 1].map((axis) => {
    let [moment, mass] = [0, 0];
    for (const [from, to] of scaled.flatMap(segmentsOf)) {
      const weight = Math.hypot(to[0] - from[0], to[1] - from[1]) + ROUND_END * NIB;
      moment += ((from[axis] + to[axis]) / 2) * weight;
      mass += weight;
    }
    const extent = (axis ? bottom - top : right - left) * scale;
    return within(NIB / 2, MIDDLE - moment / mass, FIELD - extent - NIB / 2);
  });
  return scaled.map((stroke) => stroke.map(([x, y]) => [x + shift[0], y + shift[1]]));
}

/** The form of strokes: 28 rows of 28 numbers, 0 paper to 1 ink. */
export function formOf(strokes) {
  const segments = placed(strokes).flatMap(segmentsOf);
  const ink = (x, y) => within(0, NIB / 2 + 0.5 - Math.min(...segments.map((each) => distance([x, y], each))), 1);
  return Array.from({ length: FIELD }, (_, row) =>
    Array.from({ length: FIELD }, (_, column) => ink(column + 0.5, row + 0.5)),
  );
}

function distance([x, y], [[fromX, fromY], [toX, toY]]) {
  const [wayX, wayY] = [toX - fromX, toY - fromY];
  const length2 = wayX * wayX + wayY * wayY || 1;
  const along = within(0, ((x - fromX) * wayX + (y - fromY) * wayY) / length2, 1);
  return Math.hypot(x - fromX - along * wayX, y - fromY - along * wayY);
}

/** Where a form could be balanced on a finger: its centre of mass, [x, y] in pixels. */
export function balanceOf(form) {
  let [mass, x, y] = [0, 0, 0];
  form.forEach((row, down) =>
    row.forEach((ink, across) => {
      mass += ink;
      x += ink * (across + 0.5);
      y += ink * (down + 0.5);
    }),
  );
  return mass ? [x / mass, y / mass] : [FIELD / 2, FIELD / 2];
}

/** The corner [column, row] of the most telling square of `side` pixels: the one closest to half ink, half paper. */
export function telling(form, side) {
  let best = { corner: [0, 0], far: Infinity };
  for (let row = 0; row + side <= FIELD; row += 1) {
    for (let column = 0; column + side <= FIELD; column += 1) {
      const cut = form.slice(row, row + side).flatMap((each) => each.slice(column, column + side));
      const far = Math.abs(cut.reduce((sum, ink) => sum + ink, 0) / (side * side) - 0.5);
      if (far < best.far) best = { corner: [column, row], far };
    }
  }
  return best.corner;
}
