// Ink: strokes as plain data, and what can be computed from them. No canvas, no events, no server.
//
// A point is [x, y, ms, pressure]: CSS pixels from the canvas's top left corner, the time it was drawn, and how hard a
// pen was pressed, 0 to 1, where 0.5 is normal. A stroke is a list of points. A drawing is { strokes, picture, past,
// future }: its ink, or instead of ink the data URL of a picture; the drawing before the last change; and the one that
// was undone. So changes can be undone and redone. Drawings are never modified: each change makes a new one.

export const SIDE = 280; // CSS pixels: the canvas is a square
export const PEN = 14; // CSS pixels: how wide a stroke is drawn

const NEAREST = 1; // CSS pixels: a point nearer to the one before adds only trembling

const ORDINARY = 0.5; // the pressure that devices report if they sense none (Pointer Events, section 4.1)
const FROM_PRESSURE = 0.9; // how much of the pen's width follows the pressure

export const BLANK = Object.freeze({ strokes: [], picture: null, past: null, future: null });

export const isBlank = (drawing) => drawing.strokes.length === 0 && !drawing.picture;

export const withStroke = (drawing, stroke) => ({
  strokes: [...drawing.strokes, stroke],
  picture: null,
  past: drawing,
  future: null,
});

export const cleared = (drawing) => (isBlank(drawing) ? drawing : { ...BLANK, past: drawing });

/** A picture takes the place of the ink; ink drawn on it takes the place of the picture. */
export const withPicture = (drawing, picture) => ({ strokes: [], picture, past: drawing, future: null });

export const undone = (drawing) => (drawing.past ? { ...drawing.past, future: drawing } : drawing);

export const redone = (drawing) => drawing.future ?? drawing;

/** Whether two drawings show the same ink or picture, whatever can be undone in them. */
export const sameInk = (one, other) =>
  one.strokes === other?.strokes && one.picture === other.picture;

/** Add `point` to `stroke` in place, unless the pen has hardly moved. */
export function extend(stroke, point) {
  const [x, y] = stroke[stroke.length - 1];
  if (Math.hypot(point[0] - x, point[1] - y) >= NEAREST) stroke.push(point);
}

export const isOnCanvas = ([x, y]) => x >= 0 && x <= SIDE && y >= 0 && y <= SIDE;

/** The point where the line from `inside` to `outside` crosses the canvas's edge. */
export function edgeBetween(inside, outside) {
  let share = 1;
  for (const axis of [0, 1]) {
    const way = outside[axis] - inside[axis];
    if (outside[axis] < 0) share = Math.min(share, -inside[axis] / way);
    if (outside[axis] > SIDE) share = Math.min(share, (SIDE - inside[axis]) / way);
  }
  return inside.map((from, axis) => from + share * (outside[axis] - from));
}

/** How wide the pen is at a point, in CSS pixels: a light hand draws finer, a heavy one broader. */
export const widthAt = ([, , , pressure = ORDINARY]) => PEN * (1 + FROM_PRESSURE * (pressure - ORDINARY));

/**
 * A smooth path through a stroke: where it starts, then quadratic curves [control x, control y, x, y, width].
 *
 * The points are control points and the curves meet half-way between them, so there are no corners. A dot is
 * a curve of almost no length, which a round pen turns into a disc.
 */
export function smooth(stroke) {
  const start = stroke[0].slice(0, 2);
  const last = stroke[stroke.length - 1];
  if (stroke.length === 1) return { start, curves: [[...start, start[0] + 0.01, start[1], widthAt(last)]] };
  const curves = [];
  for (let i = 1; i < stroke.length - 1; i += 1) {
    const [x, y] = stroke[i];
    const [nextX, nextY] = stroke[i + 1];
    curves.push([x, y, (x + nextX) / 2, (y + nextY) / 2, widthAt(stroke[i])]);
  }
  curves.push([last[0], last[1], last[0], last[1], widthAt(last)]);
  return { start, curves };
}

/** Strokes from elsewhere, in any unit, scaled to fit the pad; those that fit already stay as they are. */
export function fitted(strokes) {
  const points = strokes.flat();
  if (points.every(isOnCanvas)) return strokes;
  const [left, top] = [0, 1].map((axis) => points.reduce((least, point) => Math.min(least, point[axis]), Infinity));
  const [right, bottom] = [0, 1].map((axis) => points.reduce((most, point) => Math.max(most, point[axis]), -Infinity));
  const scale = (SIDE - 4 * PEN) / Math.max(right - left, bottom - top, 1e-9);
  const [x0, y0] = [(left + right) / 2, (top + bottom) / 2];
  return strokes.map((stroke) =>
    stroke.map(([x, y, ...rest]) => [(x - x0) * scale + SIDE / 2, (y - y0) * scale + SIDE / 2, ...rest]),
  );
}

/** The drawing as a text that a browser can store, and back. A text that is no drawing gives a blank one. */
export const toText = ({ strokes, picture }) => JSON.stringify(picture ? { picture } : toJSON(strokes));

export function fromText(text) {
  let kept;
  try {
    kept = JSON.parse(text);
  } catch {
    return BLANK;
  }
  if (/^data:image\//.test(kept?.picture)) return withPicture(BLANK, kept.picture);
  const isPoint = (point) => Array.isArray(point) && point.length === 3 && point.every(Number.isFinite);
  const isStroke = (stroke) => Array.isArray(stroke) && stroke.length > 0 && stroke.every(isPoint);
  if (!Array.isArray(kept?.strokes) || !kept.strokes.every(isStroke)) return BLANK;
  return kept.strokes.reduce(withStroke, BLANK);
}

/** The strokes as the API wants them: tenths of a pixel, whole milliseconds since the first point. */
export function toJSON(strokes) {
  const tenths = (length) => Math.round(length * 10) / 10;
  let began = strokes[0]?.[0][2] ?? 0;
  let last = 0;
  return {
    strokes: strokes.map((stroke) => {
      // The browser's clock restarts with each load of the page; what is drawn next must still come later.
      if (stroke[0][2] - began < last) began = stroke[0][2] - last;
      last = stroke[stroke.length - 1][2] - began;
      return stroke.map(([x, y, ms]) => [tenths(x), tenths(y), Math.round(ms - began)]);
    }),
  };
}

/** A drawing as the API wants it. */
export const asBody = ({ strokes, picture }) => (picture ? { image: picture } : { ink: toJSON(strokes) });
