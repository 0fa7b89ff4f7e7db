// Ink: strokes as plain data, and what can be worked out from them. No canvas, no events, no server.
//
// A point is [x, y, ms]: CSS pixels from the canvas's top left corner, and the moment it was drawn.
// A stroke is a list of points. A drawing is { strokes, past }: what is there, and what was there before
// each change, so that a change can be undone. Drawings are never changed, each change makes a new one.

export const SIDE = 280; // CSS pixels: the canvas is a square
export const PEN = 14; // CSS pixels: how wide a stroke is drawn

const NEAREST = 1; // CSS pixels: a point nearer to the one before adds nothing but trembling

export const BLANK = Object.freeze({ strokes: [], past: null });

export const isBlank = (drawing) => drawing.strokes.length === 0;

export const withStroke = (drawing, stroke) => ({ strokes: [...drawing.strokes, stroke], past: drawing });

export const cleared = (drawing) => (isBlank(drawing) ? drawing : { strokes: [], past: drawing });

export const undone = (drawing) => drawing.past ?? drawing;

/** Add `point` to `stroke` in place, unless the pen has hardly moved. */
export function extend(stroke, point) {
  const [x, y] = stroke[stroke.length - 1];
  if (Math.hypot(point[0] - x, point[1] - y) >= NEAREST) stroke.push(point);
}

export const isOnCanvas = ([x, y]) => x >= 0 && x <= SIDE && y >= 0 && y <= SIDE;

/** The point where the way from `inside` to `outside` crosses the canvas's edge. */
export function edgeBetween(inside, outside) {
  let share = 1;
  for (const axis of [0, 1]) {
    const way = outside[axis] - inside[axis];
    if (outside[axis] < 0) share = Math.min(share, -inside[axis] / way);
    if (outside[axis] > SIDE) share = Math.min(share, (SIDE - inside[axis]) / way);
  }
  return inside.map((from, axis) => from + share * (outside[axis] - from));
}

/**
 * A smooth way through a stroke: where it starts, then quadratic curves [control x, control y, x, y].
 *
 * Each point pulls at the line and the curves meet half-way between points, so there are no corners. A dot is
 * a curve of next to no length, which a round pen turns into a disc.
 */
export function smooth(stroke) {
  const start = stroke[0].slice(0, 2);
  const last = stroke[stroke.length - 1];
  if (stroke.length === 1) return { start, curves: [[...start, start[0] + 0.01, start[1]]] };
  const curves = [];
  for (let i = 1; i < stroke.length - 1; i += 1) {
    const [x, y] = stroke[i];
    const [nextX, nextY] = stroke[i + 1];
    curves.push([x, y, (x + nextX) / 2, (y + nextY) / 2]);
  }
  curves.push([last[0], last[1], last[0], last[1]]);
  return { start, curves };
}

/** The strokes as the API wants them: tenths of a pixel, whole milliseconds since the first point. */
export function toJSON(strokes) {
  if (strokes.length === 0) return { strokes: [] };
  const began = strokes[0][0][2];
  const tenths = (length) => Math.round(length * 10) / 10;
  return {
    strokes: strokes.map((stroke) => stroke.map(([x, y, ms]) => [tenths(x), tenths(y), Math.round(ms - began)])),
  };
}
