"""Wipes out the paper's straight lines: rules and squares from one edge to the other, and frames."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitpad.paper.light import Grey, Mask
from digitpad.paper.pieces import cut, largest, numbered, outlines

SLOPES: Final = range(-6, 7)  # pixels of GRID over its width by which a rule may rise or fall
ACROSS: Final = 0.9  # of the width or height: a rule of the paper covers at least this
WIDEST: Final = 0.05  # of the longer side: anything wider is a stroke
THINNER: Final = 0.67  # of the strokes' width: a rule is no wider than this,
FAINTER: Final = 0.8  # or no darker than this, of their darkness; else it may be a stroke
CROWDED: Final = 0.6  # of all pixels: with more ink than this, lines cannot be told apart
CROSSING: Final = 5  # pixels of GRID: the longer side of the most that is left where two rules cross
FRAME: Final = 0.3  # of the longer side: the least for a frame around a drawing
SIDES: Final = 3  # of a piece's box: with lines along this many it is a frame; a 0 is round
ALONG: Final = 0.75  # of a side, between corners: a line covers more than this
LEFT: Final = 0.003  # of all pixels: with less left, what was taken for rules was the drawing


def are_printed(inked: Mask) -> bool:
    """Whether there are rules or a frame, not strokes: without them, a drawing stands clear of the edges.

    In a closely cropped drawing, a straight stroke also reaches from one edge to the other.
    """
    unframed = without_frames(inked)
    left = unframed & ~_across_and_down(unframed)
    if np.array_equal(left, inked) or not left.any():
        return False
    pieces, count = numbered(left)
    return not largest(outlines(pieces, count, left.astype(np.float32))).at_edge(inked.shape)


def without_frames(inked: Mask) -> Mask:
    """Wipe out boxes such as forms print around a digit, whether or not it touches them.

    :returns: `inked` itself where there is none
    """
    pieces, count = numbered(inked)
    left = inked
    for piece in outlines(pieces, count, inked.astype(np.float32)):
        if piece.side >= FRAME * max(inked.shape):
            there = cut(pieces, piece.box) == piece.number
            lines = _frame(there, WIDEST * max(inked.shape))
            if lines is not None:
                left = left.copy()
                cut(left, piece.box)[lines] = False
    return left


def without_rules(ink: Grey, inked: Mask) -> Mask:
    """Wipe out thin lines from one edge to the other: all of them, or none if they are the drawing's."""
    rules = _across_and_down(inked)
    if not rules.any():
        return inked
    left = inked & ~rules
    pieces, count = numbered(left)
    found = outlines(pieces, count, left.astype(np.float32))
    left &= ~np.isin(pieces, [piece.number for piece in found if piece.side <= CROSSING])
    if left.sum() <= LEFT * left.size:
        return inked
    if largest(found).at_edge(inked.shape) and _by_one_pen(ink, rules, left):
        return inked  # closely cropped: lines right across are its own
    return left


def _frame(there: Mask, widest: float) -> Mask | None:
    """The lines along the sides of one piece's box; None if there are too few."""
    reach = round(widest) + 2
    if min(there.shape) <= 2 * reach or _sides(there, there, reach) < SIDES:
        return None  # so it is for nearly all pieces
    across, down = _rules(there, widest), _rules(there.T, widest).T
    across[reach:-reach] = False
    down[:, reach:-reach] = False
    return across | down if _sides(across, down, reach) >= SIDES else None


def _sides(across: Mask, down: Mask, reach: int) -> int:
    """Along how many sides of its box, up to `reach` pixels away, a piece has ink."""
    along = [across[:reach].any(axis=0), across[-reach:].any(axis=0)]
    along += [down[:, :reach].any(axis=1), down[:, -reach:].any(axis=1)]
    return sum(float(side.mean()) > ALONG for side in along)


def _by_one_pen(ink: Grey, lines: Mask, strokes: Mask) -> bool:
    """Whether the lines are about as wide and as dark as the strokes."""
    inked = lines | strokes
    width = np.minimum(_thickness(inked), _thickness(inked.T).T)
    wide = np.median(width[lines]) > THINNER * np.median(width[strokes])
    dark = np.median(ink[lines]) > FAINTER * np.median(ink[strokes])
    return bool(wide and dark)


def _across_and_down(inked: Mask) -> Mask:
    """The rules in both directions."""
    widest = WIDEST * max(inked.shape)
    return _rules(inked, widest) | _rules(inked.T, widest).T


def _rules(inked: Mask, widest: float) -> Mask:
    """The pixels of lines right across at any of SLOPES, except where a stroke or another line crosses them.

    :param widest: pixels; anything wider is a stroke
    """
    height, width = inked.shape
    found = np.zeros((height, width), bool)
    if inked.any(axis=0).sum() < ACROSS * width or np.count_nonzero(inked) > CROWDED * inked.size:
        return found
    columns = np.arange(width)
    thick = _thickness(inked)
    for slope in SLOPES:
        rows = np.arange(height)[:, None] + np.rint(columns * (slope / max(width - 1, 1))).astype(int)
        inside = (rows >= 0) & (rows < height)
        rows = np.clip(rows, 0, height - 1)
        along = inked[rows, columns] & inside
        near = along.copy()  # a rule may be a little bent
        near[1:] |= along[:-1]
        near[:-1] |= along[1:]
        needed = ACROSS * np.maximum(inside.sum(axis=1), width / 2)  # a rule may leave the picture
        across = (near.sum(axis=1) >= needed) & (along.sum(axis=1) >= needed / 2)
        for row in np.flatnonzero(across):
            widths = thick[rows[row], columns][along[row]]
            wide = np.partition(widths, len(widths) // 4)[len(widths) // 4]
            if wide > widest:
                continue
            beside = slice(max(row - 1, 0), row + 2)
            for way, there in zip(rows[beside], along[beside], strict=True):
                thin = there & (thick[way, columns] <= 1.5 * wide + 1)
                found[way[thin], columns[thin]] = True
    return found


def _thickness(inked: Mask) -> NDArray[np.intp]:
    """The height in pixels of the vertical run of ink through each pixel."""
    down = np.zeros(inked.shape, np.intp)
    up = np.zeros(inked.shape, np.intp)
    for row in range(len(inked)):
        down[row] = np.where(inked[row], (down[row - 1] if row else 0) + 1, 0)
    for row in range(len(inked) - 1, -1, -1):
        up[row] = np.where(inked[row], (up[row + 1] if row + 1 < len(inked) else 0) + 1, 0)
    return down + up - 1
