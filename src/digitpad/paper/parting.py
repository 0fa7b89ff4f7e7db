"""Separates ink from paper: which of them is darker, how dark full ink is, shadows on the paper, specks of dust."""

from __future__ import annotations

from typing import Any, Final, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from digitpad.paper.bands import evened
from digitpad.paper.border import ring, without_border
from digitpad.paper.light import is_cut_out, small_copy
from digitpad.paper.otsu import otsu_threshold
from digitpad.paper.photograph import ink_of_photograph
from digitpad.paper.pieces import Box, Piece, cut, largest, numbered, outlines
from digitpad.paper.rules import ACROSS, are_printed
from digitpad.paper.sheet import LEAST, alone

Polarity = Literal["auto", "dark-on-light", "light-on-dark"]

# Grey levels of 255, after stretching: nothing fainter counts as ink, however clean the paper.
FAINT: Final = 12
# Median deviations of the paper from its own level: anything fainter than this is paper too.
NOISE: Final = 5.0
FAINTEST: Final = 24  # grey levels of 255: with less contrast than this a picture is blank
# Grey levels of 255, after stretching: with a larger median deviation, the paper lies in shadow.
UNEVEN: Final = 10.0
# Grey levels of 255, after stretching: paper that varies more was not drawn by a program.
PHOTOGRAPHED: Final = 1.0
RULED: Final = 32  # grey levels of 255, after stretching: printed lines are darker than this
# How much more the border counts than the whole in finding the paper: a closely cropped bold digit is mostly ink.
BORDER: Final = 3
# Of the longer side, standard deviation: anything that varies more slowly than this is the paper.
SHADOW: Final = 1 / 12
REDUCED: Final = 320  # pixels: the least that a large photograph's longer side is reduced to
COARSE: Final = 40  # pixels: the longer side of the grid on which specks are looked for
SPECK: Final = 0.06  # of the ink of the largest piece: a separate piece with less is dirt
SHEET: Final = 0.6  # of its box: ink that fills more may be a sheet on a table, or a window on a screen

_WHOLE_LEVELS: Final = np.arange(256)
_LEVELS: Final = _WHOLE_LEVELS.astype(np.float64)


class Found(NamedTuple):
    """The ink of a picture."""

    ink: NDArray[np.uint8]
    """0 for paper to 255 for full ink; meaningless if there is none."""
    box: Box | None
    """The box of the ink; None if there is none."""
    is_photograph: bool = False
    """Whether it was found as in a photograph: then it can be found as in a clean picture, too."""


def ink_of(grey: NDArray[np.uint8], polarity: Polarity, *, as_clean: bool = False) -> Found:
    """Separate ink from paper.

    For a clean picture the histogram tells everything, and it is 300 times smaller than a canvas. Only the part that
    is drawn on is processed.

    :param grey: shape (height, width), 0 black to 255 white
    :param polarity: whether the ink is darker or lighter than the paper; "auto" finds out
    :param as_clean: treat a photograph as if it were clean, and a large one at a reduced size
    :returns: `Found.ink` has the shape of `grey`, or of the reduced picture
    """
    if as_clean:
        grey = _reduced(grey, max(1, max(grey.shape) // REDUCED))
    mesh, whole = max(1, -(-max(grey.shape) // COARSE)), (0, 0, grey.shape[1], grey.shape[0])
    box, shade = _but_for_one_shade(grey, mesh)
    part = cut(grey, box)
    histogram = _histogram(part)
    histogram[shade] += grey.size - part.size
    levels = histogram.nonzero()[0]
    if levels[-1] - levels[0] < FAINTEST:
        return Found(grey, None)
    middle = otsu_threshold(histogram)
    told = None if polarity == "auto" else polarity == "dark-on-light"
    even = without_border(grey, histogram, middle)
    if even is None:
        even = evened(grey, middle, light=told)
    if even is not None:
        grey = part = even
        box, histogram = whole, _histogram(grey)
        middle = otsu_threshold(histogram)
    light = paper_is_light(grey, middle) if told is None else told
    table, deviation = _stretch(histogram, middle, light=light)
    if table[shade] > 0:  # there may be ink anywhere
        box, part = whole, grey
    if mesh > 1 and not as_clean and (deviation > PHOTOGRAPHED or _has_lines(grey, box, table)):
        return Found(*ink_of_photograph(grey, told), is_photograph=True)
    if deviation > UNEVEN and not is_cut_out(small_copy(grey)):
        part, light = _flattened(grey, told)
        box, histogram = whole, _histogram(part)
        table, deviation = _stretch(histogram, otsu_threshold(histogram), light=light)
    faintest = round(max(FAINT, NOISE * deviation))
    stretched = np.frombuffer(part.tobytes().translate(table), np.uint8).reshape(part.shape)
    left, top, *_ = box
    edges = (left == 0, top == 0, box[2] == grey.shape[1], box[3] == grey.shape[0])
    kept, inked = _without_specks(stretched, faintest, mesh, edges)
    if inked is None:
        return Found(grey, None)
    within = cut(kept, inked)
    wide = mesh > 1 and not as_clean and within.size >= LEAST * grey.size
    if wide and (within > faintest).mean() > SHEET and alone(grey, small_copy(grey)) is not None:
        return Found(*ink_of_photograph(grey, told), is_photograph=True)
    ink = np.zeros_like(grey)
    cut(ink, box)[:] = kept
    return Found(ink, (left + inked[0], top + inked[1], left + inked[2], top + inked[3]))


def _has_lines(grey: NDArray[np.uint8], box: Box, table: bytes) -> bool:
    """Whether lines are printed across the picture's whole width or height, as in a form.

    :param box: the part of the picture that is not all of one shade
    :param table: see `_stretch`
    """
    height, width = grey.shape
    if max((box[2] - box[0]) / width, (box[3] - box[1]) / height) < ACROSS:
        return False
    return are_printed(np.asarray(small_copy(grey).point(list(table))) > RULED)


def _histogram(grey: NDArray[np.uint8]) -> NDArray[np.intp]:
    """How many pixels have each of the 256 levels."""
    return np.bincount(grey.ravel(), minlength=256)


def _but_for_one_shade(grey: NDArray[np.uint8], mesh: int) -> tuple[Box, int]:
    """The part of `grey` outside which everything has one shade, cut along a grid, and that shade.

    :param mesh: the width of the grid's cells in pixels
    """
    shade = grey[0, 0]
    left, top, right, bottom = Image.fromarray(grey ^ shade).getbbox() or (0, 0, 1, 1)
    height, width = grey.shape
    right, bottom = -(-right // mesh) * mesh, -(-bottom // mesh) * mesh
    return (left // mesh * mesh, top // mesh * mesh, min(right, width), min(bottom, height)), int(shade)


def paper_is_light(grey: NDArray[np.uint8], middle: int) -> bool:
    """Whether the ink in `grey` is darker than its paper.

    This weighs the border against the whole: the border is mostly paper, and so are most pixels.

    :param middle: grey levels above it are light
    """
    whole = np.count_nonzero(grey > middle) / grey.size
    return bool(BORDER * (ring(grey, 0) > middle).mean() + whole > (BORDER + 1) / 2)


def _stretch(histogram: NDArray[np.intp], middle: int, *, light: bool) -> tuple[bytes, float]:
    """A table that maps the paper's level to 0 and the furthest from it to 255; also the paper's median deviation."""
    # The paper's own level is the median of its side, so that shading does not count as faint ink.
    side = np.where((middle < _LEVELS) == light, histogram, 0)
    paper = _median(side)
    levels = histogram.nonzero()[0]
    contrast = float(levels[0 if light else -1]) - paper or 1.0
    stretched = np.minimum(np.maximum((_LEVELS - paper) * (255 / contrast), 0), 255)
    deviation = _median(np.bincount(np.abs(_WHOLE_LEVELS - paper), side))
    return np.rint(stretched).astype(np.uint8).tobytes(), deviation * 255 / abs(contrast)


def _median(counts: NDArray[Any]) -> int:
    """The median of whole numbers; `counts` says how often each occurs, from 0 on."""
    cumulated = counts.cumsum()
    return int(cumulated.searchsorted(cumulated[-1] / 2))


def _flattened(grey: NDArray[np.uint8], told: bool | None) -> tuple[NDArray[np.uint8], bool]:
    """Remove the shadows from the paper, and say whether paper is lighter than ink.

    In what is left, ink is rarer than paper and further from the mean, so the third moment has its sign.
    """
    image = Image.fromarray(grey)
    small = image.copy()
    small.thumbnail((4 * COARSE, 4 * COARSE), Image.Resampling.BOX)
    shadow = small.filter(ImageFilter.GaussianBlur(max(small.size) * SHADOW)).resize(
        image.size, Image.Resampling.BILINEAR
    )
    flat = np.asarray(image, np.float32) - np.asarray(shadow, np.float32)
    flat -= flat.mean()
    light = bool((flat**3).mean() < 0) if told is None else told
    # A few pixels may be much further from the paper than all other ink: they must not set the scale.
    reach = max(float(np.percentile(np.abs(flat), 99.5)), 1.0)
    return np.clip(128 + flat * (127 / reach), 0, 255).astype(np.uint8), light


def _without_specks(
    ink: NDArray[np.uint8], faintest: int, mesh: int, edges: tuple[bool, bool, bool, bool]
) -> tuple[NDArray[np.uint8], Box | None]:
    """Wipe out pieces of ink apart from the largest that are tiny or cut off; also return the box of the others.

    :param faintest: the level that ink must exceed
    :param mesh: the width in pixels of the grid's cells on which they are looked for
    :param edges: whether the picture ends at the left, top, right and bottom of `ink`
    """
    inked = (ink > faintest) * np.uint8(255)
    pieces, count = numbered(_reduced(inked, mesh) > 0)
    if count > 1:
        found = outlines(pieces, count, _reduced(ink, mesh))
        main = largest(found)
        dirt = [piece.ink < SPECK * main.ink or _cut_off(piece, main, pieces.shape, edges) for piece in found]
        if any(dirt):
            kept = ~np.array([*dirt, False])[pieces]
            if mesh > 1:
                kept = kept.repeat(mesh, axis=0).repeat(mesh, axis=1)[: ink.shape[0], : ink.shape[1]]
            ink, inked = ink * kept, inked * kept
    return ink, Image.fromarray(inked).getbbox()


def _cut_off(piece: Piece, main: Piece, shape: tuple[int, int], edges: tuple[bool, bool, bool, bool]) -> bool:
    """Whether a piece is the end of other writing.

    It reaches in from an edge, next to a drawing that is clear of this edge and of the opposite one.
    """
    for axis, length in enumerate((shape[1], shape[0])):
        (start, end), (first, last) = piece.box[axis::2], main.box[axis::2]
        at_start, at_end = edges[axis::2]
        clear = not (at_start and first == 0) and not (at_end and last == length)
        if clear and (
            (at_start and start == 0 and end <= first) or (at_end and end == length and start >= last)
        ):
            return True
    return False


def _reduced(ink: NDArray[np.uint8], mesh: int) -> NDArray[np.uint8]:
    """Reduce each cell of the grid to the average of its pixels."""
    return ink if mesh == 1 else np.asarray(Image.fromarray(ink).reduce(mesh))
