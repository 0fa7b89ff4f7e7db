"""Bends strokes as another hand would, and draws them with another pen."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digitpad.ink import Ink

Strokes = list[NDArray[np.float64]]
"""Each of shape (points, 2), x to the right and y downwards."""

TURN: Final = 0.13  # radians, standard deviation
SLANT: Final = 0.3  # to either side
STRETCH: Final = 0.3  # natural logarithm of the change of width against height, to either side
BEND: Final = 0.035  # of the drawing's size, standard deviation of a slow bend
TREMOR: Final = 0.006  # of the drawing's size, standard deviation of a point's own error
CANVAS: Final = 112  # pixels: 40 % of the page's canvas in each direction; no 28×28 form shows the difference
PENS: Final = (0.015, 0.11)  # of the canvas: the widths from 4 to 30 pixels on the page's


def bent(strokes: Strokes, rng: np.random.Generator, *, amount: float = 1.0) -> Strokes:
    """Turn, slant, stretch and bend; the result is about 1 in size and centred on the origin.

    :param amount: 1 for what hands do; more for what no hand does
    """
    points = np.concatenate(strokes)
    low, high = points.min(axis=0), points.max(axis=0)
    size = max(float((high - low).max()), 1e-6)
    angle, slant = rng.normal(0, TURN) * amount, rng.uniform(-SLANT, SLANT) * amount
    stretch = np.exp(rng.uniform(-STRETCH, STRETCH) * amount / 2)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    matrix = turn @ np.array([[1, slant], [0, 1]]) @ np.diag((stretch, 1 / stretch))
    phase, wave = rng.uniform(0, 2 * np.pi, (2, 2, 2)), rng.uniform(2, 7, (2, 2, 2))
    height = rng.normal(0, BEND * amount, (2, 2, 2))
    tremor = TREMOR * rng.random()
    result = []
    for stroke in strokes:
        xy = ((stroke - (low + high) / 2) / size) @ matrix.T
        # Two slow sines along each axis move both coordinates: a smooth bend without a mesh.
        bends = (height * np.sin(xy[:, None, :, None] * wave + phase)).sum(axis=(2, 3))
        result.append(xy + bends + rng.normal(0, tremor, xy.shape))
    return result


def ink(strokes: Strokes) -> Ink:
    """The strokes as the page sends them, but without times."""
    return Ink(tuple(strokes), (None,) * len(strokes))


def picture(strokes: Strokes, rng: np.random.Generator) -> NDArray[np.uint8]:
    """Draw on a canvas at a random place and size with a random pen: shape (112, 112), 0 paper to 255 ink."""
    points = np.concatenate(strokes)
    low, extent = points.min(axis=0), np.maximum(np.ptp(points, axis=0), 1e-6)
    pen = CANVAS * np.exp(rng.uniform(*np.log(PENS)))
    size = min(CANVAS * rng.uniform(0.3, 0.85), CANVAS - pen - 2)
    size = max(size, min(4 * pen, CANVAS - pen - 2))  # a pen far too wide for the drawing would fill it in
    scale = size / extent.max()
    offset = rng.uniform(pen / 2 + 1, np.maximum(CANVAS - pen / 2 - 1 - extent * scale, pen / 2 + 1.01))
    image = Image.new("L", (2 * CANVAS, 2 * CANVAS))
    pencil = ImageDraw.Draw(image)
    for stroke in strokes:
        line = [(float(x), float(y)) for x, y in ((stroke - low) * scale + offset) * 2]
        pencil.line(line, fill=255, width=max(2, round(2 * pen)), joint="curve")
        for x, y in (line[0], line[-1]):
            pencil.ellipse((x - pen, y - pen, x + pen, y + pen), fill=255)
    return np.asarray(image.reduce(2))


def spline(points: NDArray[np.float64]) -> NDArray[np.float64]:
    """A smooth line through `points`, with eight steps between two; a repeated point stays a corner.

    E. Catmull and R. Rom, "A class of local interpolating splines", 1974.
    """
    if len(points) < 3:
        return points
    ends = np.concatenate((points[:1], points, points[-1:]))
    t = np.linspace(0, 1, 8, endpoint=False)[:, None]
    pieces = []
    for a, b, c, d in zip(ends[:-3], ends[1:-2], ends[2:-1], ends[3:], strict=True):
        if (b == c).all():
            continue
        before = b if (a == b).all() else a
        after = c if (c == d).all() else d
        pieces.append(
            0.5 * (2 * b + (c - before) * t + (2 * before - 5 * b + 4 * c - after) * t**2)
            + 0.5 * (-before + 3 * b - 3 * c + after) * t**3
        )
    return np.concatenate([*pieces, points[-1:]])
