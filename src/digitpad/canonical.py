"""The canonical form: the 28×28 picture format of MNIST. Only this module defines it.

Training and serving both go through here, from strokes (`from_ink`) or from pictures (`from_grey`).
A form is float32 of shape (28, 28), 0 paper to 1 ink. The ink's longer side is 20 pixels and its centre of
mass lies in the middle of the field (LeCun, Cortes and Burges, "The MNIST database": "normalized to fit
in a 20x20 pixel box while preserving their aspect ratio … centered in a 28x28 image by computing the center
of mass"). A blank drawing is all zeros.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitpad.ink import SMALLEST, Ink
from digitpad.paper import Found, Polarity, ink_of
from digitpad.paper.pieces import cut

FloatArray = NDArray[np.float32]
Points = NDArray[np.float64]

SIDE: Final = 28  # pixels: the field
BOX: Final = 20  # pixels: the longer side of the ink within it
PEN: Final = 2.4  # pixels: the width of drawn strokes; MNIST's own are 2 to 3

MIDDLE: Final = 14.5  # pixels from the field's edge: where MNIST's centre of mass is, measured (14.0 to 15.0)
FINE: Final = 4  # fine pixels per output pixel, where the pen's width is measured and corrected
ENLARGED: Final = 0.7  # scale: ink scaled by this or more is about as coarse as the form itself
THIN: Final = 1.7  # output pixels: a thinner pen is widened, or it would nearly vanish when scaled down
TAP: Final = 0.05  # of the largest stroke's extent: a stroke no larger than this is a dot
AWAY: Final = 0.5  # of the drawing's extent: dots further away are no part of it; those of i and j are nearer
PIECE: Final = 1.5  # pixels, longer side: the part of a segment that one window covers
SEGMENTS_AT_ONCE: Final = 512  # bounds the memory for distances: 512 × 28 / 1.5 × 25 × 8 bytes = 2 MB

_FINE_COLUMNS: Final = np.arange(0, SIDE * FINE, FINE)


def from_ink(ink: Ink) -> FloatArray:
    """Draw `ink` the way MNIST's digits were prepared, with a round pen PEN wide.

    A pixel's ink is PEN/2 + 1/2 minus its distance to the nearest stroke, clipped to 0 to 1: the share of the
    pixel that a straight edge covers, exact to a tenth.

    :returns: shape (28, 28), float32, 0 paper to 1 ink; zeros where the ink is blank
    """
    if ink.is_blank:
        return np.zeros((SIDE, SIDE), np.float32)
    strokes = _without_taps(ink.strokes)
    points = np.concatenate(strokes)
    corner = points.min(axis=0)
    extent = points.max(axis=0) - corner
    longer = float(extent.max())
    scale = (BOX - PEN) / longer if longer > SMALLEST else 0.0
    starts, ends = _segments((points - corner) * scale, strokes)
    # Each segment weighs as much as its ink: its length, plus a tenth of the pen's width for its round ends.
    weights = np.hypot(*(ends - starts).T) + 0.1 * PEN
    mass = ((starts + ends) / 2 * weights[:, None]).sum(axis=0) / weights.sum()
    shift = np.minimum(np.maximum(MIDDLE - mass, PEN / 2), SIDE - (extent * scale + PEN / 2))
    reach = PEN / 2 + 0.5
    covered = reach - _distances(starts + shift, ends + shift, reach)
    return np.minimum(np.maximum(covered, 0), 1).astype(np.float32)


def _without_taps(strokes: tuple[Points, ...]) -> tuple[Points, ...]:
    """Leave out dots that a palm or a second finger made away from the drawing.

    Such a dot would shrink the drawing. In pictures so small a piece is dirt (`paper.parting`).
    """
    if len(strokes) == 1:
        return strokes
    corners = [(stroke.min(axis=0), stroke.max(axis=0)) for stroke in strokes]
    extents = [float((last - first).max()) for first, last in corners]
    least = TAP * max(extents)
    large = [extent > least for extent in extents]
    if all(large) or not any(large):
        return strokes
    first, last = (np.array(each)[large] for each in zip(*corners, strict=True))
    first, last = first.min(axis=0), last.max(axis=0)
    reach = AWAY * float((last - first).max())
    near = [bool((low >= first - reach).all() and (high <= last + reach).all()) for low, high in corners]
    return tuple(stroke for stroke, is_near in zip(strokes, near, strict=True) if is_near)


def from_grey(grey: NDArray[np.uint8], *, polarity: Polarity = "auto") -> FloatArray:
    """Bring a grey picture of one digit into the canonical form.

    :param grey: shape (height, width), 0 black to 255 white
    :param polarity: whether the ink is darker or lighter than the paper; "auto" finds out
    :returns: shape (28, 28), float32, 0 paper to 1 ink; zeros where the picture is blank
    """
    return from_found(ink_of(grey, polarity))


def from_found(found: Found) -> FloatArray:
    """Bring the ink of a picture into the canonical form; see `from_grey`."""
    ink, box, _ = found
    if box is None:
        return np.zeros((SIDE, SIDE), np.float32)
    width, height = box[2] - box[0], box[3] - box[1]
    scale = BOX / max(width, height)
    size = (max(1, round(width * scale)), max(1, round(height * scale)))
    if scale < ENLARGED:  # large enough to measure the pen's width to a fraction of an output pixel
        smooth = Image.Resampling.BOX if scale * FINE < 1 else Image.Resampling.BICUBIC
        fine = Image.fromarray(ink).resize((size[0] * FINE, size[1] * FINE), smooth, box)
        field = _centred(_with_visible_pen(np.asarray(fine)), SIDE * FINE)
        rows = field.reshape(SIDE, FINE, SIDE * FINE).sum(axis=1, dtype=np.uint16)
        return _strengthened(np.add.reduceat(rows, _FINE_COLUMNS, axis=1))
    if size == (width, height):
        return _strengthened(_centred(cut(ink, box), SIDE))
    small = Image.fromarray(ink).resize(size, Image.Resampling.BICUBIC, box)
    return _strengthened(_centred(np.asarray(small), SIDE))


def _with_visible_pen(fine: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Widen the strokes of `fine` if they would nearly vanish when scaled down."""
    ink = fine > 127
    edges = np.count_nonzero(ink[1:] != ink[:-1]) + np.count_nonzero(ink[:, 1:] != ink[:, :-1])
    # A stroke has two long edges; a slanted edge has 4/π times its length in pixel steps, on average.
    width = 2 * np.count_nonzero(ink) / max(edges * np.pi / 4, 1) / FINE
    if width >= THIN:
        return fine
    for _ in range(max(1, round((THIN - width) * FINE / 2))):
        fine = _widened(_widened(fine).T).T
    return fine


def _widened(ink: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """Make each pixel as dark as the darkest of itself and the two above and below."""
    wider = ink.copy()
    np.maximum(wider[1:], ink[:-1], out=wider[1:])
    np.maximum(wider[:-1], ink[1:], out=wider[:-1])
    return wider


def _strengthened(field: NDArray[np.uint8 | np.uint16]) -> FloatArray:
    """Scale the darkest ink to 1, as in MNIST."""
    return field.astype(np.float32) / np.float32(max(int(field.max()), 1))


def _centred(ink: NDArray[np.uint8], side: int) -> NDArray[np.uint8]:
    """Put `ink` into a field of side×side with its centre of mass where MNIST has it, to the nearest pixel."""
    height, width = ink.shape
    rows, columns = ink.sum(axis=1, dtype=np.float64), ink.sum(axis=0, dtype=np.float64)
    middle, total = MIDDLE * side / SIDE, max(float(rows.sum()), 1.0)
    row = float(rows @ (np.arange(height) + 0.5)) / total
    column = float(columns @ (np.arange(width) + 0.5)) / total
    top = min(max(round(middle - row), 0), side - height)
    left = min(max(round(middle - column), 0), side - width)
    field = np.zeros((side, side), np.uint8)
    field[top : top + height, left : left + width] = ink
    return field


def _segments(points: Points, strokes: tuple[Points, ...]) -> tuple[Points, Points]:
    """Starts and ends of all segments, each of shape (n, 2); a one-point stroke is a segment of zero length.

    :param points: the points of all `strokes`, one after the other
    """
    starts, ends, at = [], [], 0
    for length in map(len, strokes):
        segments = max(length - 1, 1)
        starts.append(points[at : at + segments])
        ends.append(points[at + length - segments : at + length])
        at += length
    return np.concatenate(starts), np.concatenate(ends)


def _distances(starts: Points, ends: Points, reach: float) -> NDArray[np.float64]:
    """The distance from each pixel's centre to the nearest segment, shape (28, 28); infinite beyond `reach`.

    Segments are cut into pieces, and only the pixels in a window around each piece are computed, not all 784.
    """
    side = int(PIECE + 2 * reach) + 1  # an interval of that length holds at most so many centres
    window = np.arange(side)[:, None]
    nearest = np.full(SIDE * SIDE, np.inf)
    for at in range(0, len(starts), SEGMENTS_AT_ONCE):
        start = starts[at : at + SEGMENTS_AT_ONCE].T
        step = ends[at : at + SEGMENTS_AT_ONCE].T - start
        begin, end = start, start + step
        pieces = (np.abs(step).max(axis=0) / PIECE).astype(np.intp) + 1
        if pieces.max() > 1:  # a pen seldom moves that far from one point to the next
            piece = np.arange(pieces.sum()) - (pieces.cumsum() - pieces).repeat(pieces)
            start, step, pieces = (each.repeat(pieces, axis=-1) for each in (start, step, pieces))
            begin, end = (start + step * (number / pieces) for number in (piece, piece + 1))
        # Each piece's box, widened by the pen's reach and moved into the field where it sticks out.
        first = np.ceil(np.minimum(begin, end) - (reach + 0.5)).astype(np.intp)
        columns, rows = np.minimum(np.maximum(first, 0), SIDE - side)[:, None] + window
        (dx, dy), (px, py) = step, (columns + 0.5 - start[0], rows + 0.5 - start[1])
        length2 = dx * dx + dy * dy
        length2[length2 == 0] = 1.0  # a dot: its projection is 0 anyway
        share = (px * dx + (py * dy)[:, None]) / length2
        share = np.minimum(np.maximum(share, 0), 1)
        away = (px - share * dx) ** 2 + (py[:, None] - share * dy) ** 2
        np.minimum.at(nearest, (columns + SIDE * rows[:, None]).ravel(), away.ravel())
    distance: NDArray[np.float64] = np.sqrt(nearest).reshape(SIDE, SIDE)
    return distance
