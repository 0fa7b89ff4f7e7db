"""Ink: the strokes of a pen, as lists of points. They are checked once, here."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import chain
from typing import Final

import msgspec
import numpy as np
from numpy.typing import NDArray

from digitpad.errors import NOT_JSON, BadInk

MAX_STROKES: Final = 1_000
MAX_POINTS: Final = 20_000  # in all strokes together
SMALLEST: Final = 1e-300  # a smaller extent counts as zero: its scale factor would not be finite
MAX_COORDINATE: Final = 1_000_000.0  # either side of zero, in the drawing's own unit

Point = Sequence[float]


@dataclass(frozen=True, eq=False, slots=True)
class Ink:
    """The strokes of one drawing, in the order in which they were drawn.

    x grows to the right and y downwards; the unit is the drawing's own. `strokes` holds one array of
    shape (points, 2), float64, for each stroke; `times` holds the milliseconds of its points, or None where the
    stroke came without them. Create ink with `from_strokes` or `from_json`, which check the limits.
    """

    strokes: tuple[NDArray[np.float64], ...]
    times: tuple[NDArray[np.float64] | None, ...]

    @classmethod
    def from_strokes(cls, strokes: Iterable[Iterable[Point]]) -> Ink:
        """Check `strokes`, lists of points (x, y) or (x, y, milliseconds), and keep them.

        Empty strokes are dropped; no stroke at all is a blank drawing, not an error.

        :raises BadInk: too many strokes or points, a number that is not finite or beyond
            ±MAX_COORDINATE, or anything that is not a list of points
        """
        try:
            kept = [list(stroke) for stroke in strokes]
        except TypeError as error:
            raise BadInk("ink is a list of strokes, each a list of points [x, y]") from error
        if len(kept) > MAX_STROKES:
            raise BadInk(f"{len(kept):,} strokes are too many: at most {MAX_STROKES:,}")
        count = sum(map(len, kept))
        if count > MAX_POINTS:
            raise BadInk(f"{count:,} points are too many: at most {MAX_POINTS:,}")
        arrays = [_stroke(points) for points in kept if points]
        return cls(tuple(xy for xy, _ in arrays), tuple(times for _, times in arrays))

    @classmethod
    def from_json(cls, text: bytes | str) -> Ink:
        """Read what `to_json` wrote.

        :raises BadInk: not JSON, or not ink
        """
        try:
            data = msgspec.json.decode(text, type=_InkJSON)
        except NOT_JSON as error:
            raise BadInk(f"not ink as JSON: {error}") from error
        return cls.from_strokes(data.strokes)

    def to_json(self) -> bytes:
        """Write the ink as `{"strokes": [[[x, y], …], …]}`, with a third number where times are known."""
        strokes = [
            xy.tolist() if times is None else np.concatenate((xy, times[:, np.newaxis]), axis=1).tolist()
            for xy, times in zip(self.strokes, self.times, strict=True)
        ]
        return msgspec.json.encode({"strokes": strokes})

    @property
    def is_blank(self) -> bool:
        """Whether nothing was drawn."""
        return not self.strokes

    def bounds(self) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of the points.

        :raises BadInk: nothing was drawn
        """
        if self.is_blank:
            raise BadInk("blank ink has no bounds")
        points = np.concatenate(self.strokes)
        left, top = points.min(axis=0).tolist()
        right, bottom = points.max(axis=0).tolist()
        return left, top, right, bottom

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Ink) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self.to_json())


class _InkJSON(msgspec.Struct):
    strokes: list[list[list[float]]]


def _stroke(points: list[Point]) -> tuple[NDArray[np.float64], NDArray[np.float64] | None]:
    """One stroke's points, shape (n, 2), and its times, shape (n,), or None unless all points have one."""
    try:
        widths = set(map(len, points))
        if widths == {2, 3}:  # only some points have times: drop them all
            points, widths = [point[:2] for point in points], {2}
        if not widths <= {2, 3}:
            raise BadInk("a point is [x, y] or [x, y, milliseconds]")
        flat = np.fromiter(chain.from_iterable(points), np.float64, len(points) * max(widths))
    except (TypeError, ValueError, OverflowError) as error:
        if isinstance(error, BadInk):
            raise
        raise BadInk("a point is [x, y] or [x, y, milliseconds], all of them numbers") from error
    table = flat.reshape(len(points), -1)
    # `not <=` rather than `>`: NaN compares false either way
    if not (np.abs(table[:, :2]) <= MAX_COORDINATE).all():
        raise BadInk(f"coordinates must be finite and within ±{MAX_COORDINATE:,.0f}")
    if table.shape[1] == 2:
        return table, None
    if not np.isfinite(table[:, 2]).all():
        raise BadInk("the time of a point must be finite")
    return np.ascontiguousarray(table[:, :2]), table[:, 2].copy()
