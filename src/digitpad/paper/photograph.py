"""Separates ink from paper in a photograph: uneven light, rules and squares, frames, bits of other writing, the table.

Everything is decided on a small copy, where a stroke is a few pixels wide; only the ink that is kept is taken from
the picture itself.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageFilter

from digitpad.paper.light import (
    FAINTEST,
    Grey,
    Mask,
    Pixels,
    darkness,
    ink_levels,
    is_dark_on_light,
    light_on_paper,
    small_copy,
)
from digitpad.paper.pieces import Box, Piece, cut, largest, numbered, outlines
from digitpad.paper.rules import without_frames, without_rules
from digitpad.paper.sheet import alone

INKED: Final = 0.35  # of the range from paper to full ink: a piece has more somewhere,
ENDS: Final = 0.25  # and ends where it has less than this, so that hairlines stay whole
SIZEABLE: Final = 0.25  # of the longer side: the least for a piece that may be a digit by itself
# Of the ink of the largest piece, which may be a frame: the drawing has at least this.
OF_LARGEST: Final = 0.2
ALONE: Final = 0.15  # of all ink: with less in its main piece, a picture shows nothing but texture
SPECK: Final = 0.06  # of the ink of the main piece: another with less is dirt


def ink_of_photograph(grey: Pixels, light: bool | None) -> tuple[Pixels, Box | None]:
    """Stretch `grey` to 0 for paper and 255 for full ink, and wipe out all but the main drawing.

    :param grey: shape (height, width), 0 black to 255 white
    :param light: whether the paper is lighter than the ink; None finds out
    :returns: an array of the same shape and the box of its ink; None where there is none
    """
    small = small_copy(grey)
    if (found := alone(grey, small)) is not None:
        part, place = found
        ink, box = _ink_on_paper(part, small_copy(part), light)
        if box is None:
            return grey, None
        whole = np.zeros_like(grey)
        cut(whole, place)[:] = ink
        left, top, *_ = place
        return whole, (left + box[0], top + box[1], left + box[2], top + box[3])
    return _ink_on_paper(grey, small, light)


def _ink_on_paper(grey: Pixels, small: Image.Image, light: bool | None) -> tuple[Pixels, Box | None]:
    """See `ink_of_photograph`; the picture shows nothing but paper.

    :param small: its `small_copy`
    """
    light = is_dark_on_light(small) if light is None else light
    if not light:
        grey = 255 - grey
        small = small_copy(grey)
    paper = light_on_paper(small)
    dark = darkness(small, paper, light=light)
    found = _found(dark)
    if found is None:
        return grey, None
    ink, inked, levels = found
    kept = _main_drawing(ink, without_rules(ink, inked))
    if not kept.any():
        return grey, None
    return _enlarged(grey, paper, kept, levels, light=light)


def _found(dark: Grey) -> tuple[Grey, Mask, tuple[float, float]] | None:
    """How much ink there is, 0 to 1, where it is, and its levels of darkness; None where there is none.

    A frame may be darker than any pen. Once it is removed, the levels are those of what is left.
    """
    while True:
        faintest, full = ink_levels(dark)
        if full < FAINTEST:
            return None
        ink = np.clip((dark - faintest) / (full - faintest), 0, 1)
        inked = _inked(ink)
        left = without_frames(inked)
        if left is inked:
            return ink, inked, (faintest, full)
        dark = np.where(_widened(inked & ~left), np.float32(0), dark)


def _inked(ink: Grey) -> Mask:
    """Where ink is, by two thresholds (J. Canny, "A computational approach to edge detection", 1986, section VIII)."""
    pieces, count = numbered(ink > ENDS)
    there = np.zeros(count + 1, bool)
    there[pieces[ink > INKED]] = True
    return there[pieces]


def _widened(mask: Mask) -> Mask:
    """The mask with the pixels around it."""
    wide = Image.fromarray(mask.astype(np.uint8)).filter(ImageFilter.MaxFilter(3))
    return np.asarray(wide) > 0


def _main_drawing(ink: Grey, inked: Mask) -> Mask:
    """What belongs to the drawing: its main piece, and others that are neither dirt, nor frame, nor cut off."""
    pieces, count = numbered(inked)
    if count < 2:
        return inked
    found = outlines(pieces, count, ink)
    main = _main(found, inked.shape)
    if main.ink < ALONE * sum(piece.ink for piece in found):
        return np.zeros_like(inked)
    kept = [piece.number for piece in found if piece is main or _belongs(piece, main, inked.shape)]
    return np.isin(pieces, kept)


def _main(found: Sequence[Piece], shape: tuple[int, int]) -> Piece:
    """The piece with the most ink among those that may be a digit, clear of the edge and no frame; else among all."""
    most = largest(found)
    clear = [
        piece
        for piece in found
        if not piece.at_edge(shape)
        and piece.side >= SIZEABLE * max(shape)
        and piece.ink >= OF_LARGEST * most.ink
    ]
    no_frames = [piece for piece in clear if not any(map(piece.surrounds, clear))]
    return largest(no_frames or [most])


def _belongs(piece: Piece, main: Piece, shape: tuple[int, int]) -> bool:
    if piece.ink < SPECK * main.ink or (piece.at_edge(shape) and not main.at_edge(shape)):
        return False
    return not piece.surrounds(main)


def _enlarged(
    grey: Pixels, paper: Image.Image, kept: Mask, levels: tuple[float, float], *, light: bool
) -> tuple[Pixels, Box]:
    """Take the ink that is kept from the picture itself, and find its exact box."""
    faintest, full = levels
    whole = Image.fromarray(np.where(kept, 255, 0).astype(np.uint8))
    left, top, right, bottom = whole.getbbox() or (0, 0, *whole.size)
    height, width = grey.shape
    across, down = width / whole.width, height / whole.height
    box = (
        max(int((left - 1) * across), 0),
        max(int((top - 1) * down), 0),
        min(int(np.ceil((right + 1) * across)), width),
        min(int(np.ceil((bottom + 1) * down)), height),
    )
    size = (box[2] - box[0], box[3] - box[1])
    part = (box[0] / across, box[1] / down, box[2] / across, box[3] / down)
    mask = whole.filter(ImageFilter.MaxFilter(3)).resize(size, Image.Resampling.BILINEAR, part)
    dark = darkness(cut(grey, box), paper.resize(size, Image.Resampling.BILINEAR, part), light=light)
    ink = np.clip((dark - faintest) / (full - faintest), 0, 1) * np.asarray(mask, np.float32)
    drawn = np.zeros_like(grey)
    cut(drawn, box)[:] = np.rint(ink)
    inner = Image.fromarray(cut(drawn, box) > 255 * INKED).getbbox() or (0, 0, *size)
    return drawn, (box[0] + inner[0], box[1] + inner[1], box[0] + inner[2], box[1] + inner[3])
