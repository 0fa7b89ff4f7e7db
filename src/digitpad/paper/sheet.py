"""A whole sheet of paper on something darker or lighter, as a note that was photographed on a table."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from digitpad.paper.light import Mask, Pixels
from digitpad.paper.otsu import otsu_threshold, separation
from digitpad.paper.pieces import Box, cut, largest, longest, numbered, outlines

APART: Final = 0.6  # of all variance, between a sheet and what it lies on
LEAST: Final = 0.12  # of the picture: the smallest sheet
BARE: Final = 0.7  # of a sheet: the least that is no ink; a 0 has less beside its hole
SIZEABLE: Final = 0.15  # of the sheet's longer side: the least for something written on it
STRAIGHT: Final = 0.85  # of the box around a sheet, turned to fit; a 0 fills 0.79 of its own
TURNS: Final = np.radians(np.arange(0, 90, 5))
LINE: Final = 7  # pixels of GRID: a table reaches further beyond the sheet, the line of a frame does not
LIKE: Final = 0.25  # of what is that far from a sheet: with more of the sheet's own shade, it is no table
WIDE: Final = 1 / 10  # of the longer side, standard deviation: over so much the sheet's light is averaged


def alone(grey: Pixels, small: Image.Image) -> tuple[Pixels, Box] | None:
    """The part of `grey` in the box of a sheet that lies clear of the picture's edges, with more paper around it.

    :param small: the `small_copy` of the picture
    :returns: that part and its box; None if there is no such sheet
    """
    found = _sheet(np.asarray(small))
    if found is None:
        return None
    sheet, (left, top, right, bottom) = found
    height, width = grey.shape
    across, down = width / small.width, height / small.height
    box = (int(left * across), int(top * down), int(np.ceil(right * across)), int(np.ceil(bottom * down)))
    # Two pixels less: in a small copy the outermost are neither sheet nor table.
    inner = Image.fromarray(sheet).filter(ImageFilter.MinFilter(5))
    if inner.getbbox() is None:
        return None
    within = cut(np.asarray(inner.resize((width, height), Image.Resampling.NEAREST)), box) > 0
    more = cut(np.asarray(_continued(small, inner).resize((width, height), Image.Resampling.BILINEAR)), box)
    return np.where(within, cut(grey, box), more), box


def _sheet(grey: Pixels) -> tuple[Pixels, Box] | None:
    """The sheet with its ink as 255, elsewhere 0, and its box; None if there is none."""
    histogram = np.bincount(grey.ravel(), minlength=256)
    middle = otsu_threshold(histogram)
    if separation(histogram, middle) < APART:
        return None
    for side in (grey > middle, grey <= middle):
        pieces, count = numbered(side)
        piece = largest(outlines(pieces, count, side.astype(np.uint8)))
        bare = pieces == piece.number
        if piece.at_edge(grey.shape):
            continue
        filled = _with_holes(bare)
        if filled.sum() < LEAST * grey.size or bare.sum() < BARE * filled.sum():
            continue
        if longest(filled & ~bare) < SIZEABLE * piece.side:
            continue
        beyond = _beyond(filled)
        if (side & beyond).sum() >= LIKE * beyond.sum():
            continue
        if filled.sum() >= STRAIGHT * _least_box(filled):
            return filled * np.uint8(255), piece.box
    return None


def _with_holes(piece: Mask) -> Mask:
    """A piece with all that it surrounds."""
    pieces, count = numbered(~piece)
    found = outlines(pieces, count, piece.astype(np.uint8))
    return ~np.isin(pieces, [other.number for other in found if other.at_edge(piece.shape)])


def _beyond(sheet: Mask) -> Mask:
    """What is about LINE pixels away from the sheet."""
    image = Image.fromarray(sheet.astype(np.uint8))
    near, far = (np.asarray(image.filter(ImageFilter.MaxFilter(LINE + more))) > 0 for more in (0, LINE + 1))
    return far & ~near


def _least_box(mask: Mask) -> float:
    """The area of the smallest box around `mask`, turned as it fits best."""
    y, x = np.nonzero(mask)
    along = np.outer(np.cos(TURNS), x) + np.outer(np.sin(TURNS), y)
    beside = np.outer(np.cos(TURNS), y) - np.outer(np.sin(TURNS), x)
    areas: NDArray[np.float64] = (np.ptp(along, axis=1) + 1) * (np.ptp(beside, axis=1) + 1)
    return float(areas.min())


def _continued(small: Image.Image, sheet: Image.Image) -> Image.Image:
    """The sheet's light beyond its edges: a wide average of the sheet alone."""
    grey, there = np.asarray(small), np.asarray(sheet) > 0
    middle = np.uint8(np.median(grey[there]))
    around = ImageFilter.GaussianBlur(max(small.size) * WIDE)
    shade, share = (
        np.asarray(Image.fromarray(each).filter(around), np.float32)
        for each in (np.where(there, grey, 0).astype(np.uint8), there * np.uint8(255))
    )
    mean = np.where(share > 32, shade * 255 / np.maximum(share, 1), middle)
    return Image.fromarray(np.minimum(mean, 255).astype(np.uint8))
