"""Converts many small pictures at once, such as MNIST's, bit for bit as `canonical.from_grey` does one by one.

On a picture of 784 pixels any NumPy call takes a microsecond, whatever it does; here each call serves all pictures.
Formulas and limits are those of `paper` and `canonical`, along the last axis of arrays with one picture per row.
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitpad.canonical import BOX, MIDDLE, SIDE, FloatArray, from_grey
from digitpad.paper.parting import BORDER, FAINT, FAINTEST, NOISE, SPECK, UNEVEN, Polarity
from digitpad.paper.pieces import numbered

AT_ONCE: Final = 32  # pictures: the data of more would not fit into the cache
_LEVELS: Final = np.arange(256)

Greys = NDArray[np.uint8]


def from_greys(greys: Greys, *, polarity: Polarity = "auto") -> FloatArray:
    """Bring grey pictures of one size, one digit each, into the canonical form.

    :param greys: shape (n, height, width), both sides at most SIDE; 0 black to 255 white
    :param polarity: see `canonical.from_grey`
    :returns: shape (n, 28, 28), float32
    """
    if len(greys) == 1:
        return from_grey(greys[0], polarity=polarity)[None]
    forms = np.empty((len(greys), SIDE, SIDE), np.float32)
    for at in range(0, len(greys), AT_ONCE):
        some = greys[at : at + AT_ONCE]
        ink, inked, uneven = _ink_of(some, polarity)
        ink, inked, beside = _without_specks(ink, inked)
        forms[at : at + AT_ONCE] = _strengthened(*_sized(ink, inked))
        for number in np.flatnonzero(uneven | beside).tolist():  # rare, and converted one by one
            forms[at + number] = from_grey(some[number], polarity=polarity)
    return forms


def _ink_of(greys: Greys, polarity: Polarity) -> tuple[Greys, NDArray[np.bool_], NDArray[np.bool_]]:
    """Stretch each picture to 0 for paper and 255 for full ink, by the steps of `paper.ink_of`.

    :returns: the stretched pictures; where there is ink; which pictures must be converted one by one
    """
    number, height, width = greys.shape
    places = greys.reshape(number, -1) + 256 * np.arange(number)[:, None]
    histogram = np.bincount(places.ravel(), minlength=256 * number).reshape(number, 256)
    there = histogram > 0
    darkest, lightest = there.argmax(axis=1), 255 - there[:, ::-1].argmax(axis=1)
    middle = _otsu_thresholds(histogram)
    over = greys > middle[:, None, None]
    banded = _parted(over[:, 0], over[:, -1]) | _parted(over[..., 0], over[..., -1])
    light_pixels = np.count_nonzero(over, axis=(1, 2))
    bordered = over[:, 0, 0] != (2 * light_pixels > height * width)
    if polarity == "auto":
        border = np.concatenate((over[:, 0], over[:, -1], over[:, 1:-1, 0], over[:, 1:-1, -1]), axis=1)
        light = BORDER * border.mean(axis=1) + light_pixels / (height * width) > (BORDER + 1) / 2
    else:
        light = np.full(number, polarity == "dark-on-light")
    side = np.where((middle[:, None] < _LEVELS) == light[:, None], histogram, 0)
    below = np.zeros((number, 257), np.intp)  # how many pixels of that side are below each level
    side.cumsum(axis=1, out=below[:, 1:])
    half = below[:, -1:] / 2
    paper = (below[:, 1:] >= half).argmax(axis=1)[:, None]
    contrast = np.where(light, darkest, lightest)[:, None] - paper.astype(np.float64)
    contrast[contrast == 0] = 1
    table = np.rint(np.minimum(np.maximum((_LEVELS - paper) * (255 / contrast), 0), 255)).astype(np.uint8)
    first, last = np.maximum(paper - _LEVELS, 0), np.minimum(paper + _LEVELS, 255)
    near = np.take_along_axis(below, last + 1, axis=1) - np.take_along_axis(below, first, axis=1)
    deviation = (near >= half).argmax(axis=1) * 255 / np.abs(contrast[:, 0])
    ink = table.ravel()[places].reshape(greys.shape)
    inked = ink > np.rint(np.maximum(FAINT, NOISE * deviation))[:, None, None]
    blank = lightest - darkest < FAINTEST
    inked[blank] = False
    return ink, inked, (banded | bordered | (deviation > UNEVEN)) & ~blank


def _parted(ends: NDArray[np.bool_], others: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """Which pictures may have `bands`: their two edges, shape (n, side), are light and dark in the same places."""
    parted: NDArray[np.bool_] = (ends == others).all(axis=1) & (ends != ends[:, :1]).any(axis=1)
    return parted


def _otsu_thresholds(histograms: NDArray[np.intp]) -> NDArray[np.intp]:
    """See `otsu.otsu_threshold`."""
    counts = histograms.astype(np.float64)
    below, sums = counts.cumsum(axis=1), (counts * _LEVELS).cumsum(axis=1)
    total = below[:, -1:]
    between = (sums[:, -1:] * below - sums * total) ** 2 / np.maximum(below * (total - below), 1)
    thresholds: NDArray[np.intp] = between.argmax(axis=1)
    return thresholds


def _without_specks(
    ink: Greys, inked: NDArray[np.bool_]
) -> tuple[Greys, NDArray[np.bool_], NDArray[np.bool_]]:
    """See `paper.parting._without_specks`; also in which pictures something may be cut off at an edge."""
    pieces, count = numbered(inked)
    amounts = np.bincount(pieces.ravel() + 1, ink.ravel(), count + 1)[1:]
    last = np.maximum.accumulate(pieces.max(axis=(1, 2)))  # the last piece of each picture or those before
    whose = last.searchsorted(np.arange(count))
    most = np.zeros(len(ink))
    np.maximum.at(most, whose, amounts)
    several = np.bincount(whose, minlength=len(ink)) > 1
    at_edge = inked[:, :, [0, -1]].any(axis=(1, 2)) | inked[:, [0, -1]].any(axis=(1, 2))
    beside: NDArray[np.bool_] = several & at_edge
    specks = amounts < SPECK * most[whose]
    if specks.any():
        kept = ~np.append(specks, False)[pieces]
        return ink * kept, inked & kept, beside
    return ink, inked, beside


def _sized(ink: Greys, inked: NDArray[np.bool_]) -> tuple[Greys, NDArray[np.intp], NDArray[np.intp]]:
    """Scale each picture's ink to a longer side of BOX pixels; also return the heights and widths in pixels."""
    (top, bottom), (left, right) = _reach(inked.max(axis=2)), _reach(inked.max(axis=1))
    scale = BOX / np.maximum(np.maximum(right - left, bottom - top), 1)
    heights, widths = (
        np.maximum(np.rint(each * scale), 1).astype(np.intp) for each in (bottom - top, right - left)
    )
    number, height, width = ink.shape
    whole = Image.fromarray(ink.reshape(number * height, width))
    sized = Image.new("L", (BOX, BOX * number))
    boxes = np.stack((left, top, right, bottom), axis=1).tolist()
    sizes = zip(widths.tolist(), heights.tolist(), strict=True)
    for at, (box, size) in enumerate(zip(boxes, sizes, strict=True)):
        if box[0] < box[2]:
            alone = whole.crop((0, at * height, width, (at + 1) * height))
            sized.paste(alone.resize(size, Image.Resampling.BICUBIC, box), (0, at * BOX))
    return np.asarray(sized).reshape(number, BOX, BOX), heights, widths


def _reach(inked: NDArray[np.bool_]) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    """Where ink begins along the last axis, and the first place beyond it; both the same if there is none."""
    end = inked.shape[1] - inked[:, ::-1].argmax(axis=1)
    return np.where(inked.any(axis=1), inked.argmax(axis=1), end), end


def _strengthened(ink: Greys, heights: NDArray[np.intp], widths: NDArray[np.intp]) -> FloatArray:
    """See `canonical._centred` and `canonical._strengthened`."""
    total, middles = np.maximum(ink.sum(axis=(1, 2)), 1), np.arange(BOX) + 0.5
    tops, lefts = (
        np.minimum(np.maximum(np.rint(MIDDLE - ink.sum(axis=axis) @ middles / total), 0), SIDE - sizes)
        for axis, sizes in ((2, heights), (1, widths))
    )
    fields = np.zeros((len(ink), SIDE + BOX, SIDE + BOX), np.float32)  # what sticks out is empty
    for field, drawn, top, left in zip(fields, ink, tops.astype(int), lefts.astype(int), strict=True):
        field[top : top + BOX, left : left + BOX] = drawn
    forms: FloatArray = (
        fields[:, :SIDE, :SIDE] / np.maximum(ink.max(axis=(1, 2)), 1).astype(np.float32)[:, None, None]
    )
    return forms
