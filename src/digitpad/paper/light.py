"""The light on a photograph's paper, and how much of it ink takes away.

A wide grey-scale closing yields the paper: it fills in strokes and keeps light and shadow (J. Serra, "Image
analysis and mathematical morphology", 1982).
"""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from digitpad.paper.otsu import otsu_threshold, separation
from digitpad.paper.pieces import longest

GRID: Final = 144  # pixels: the longer side of the small copy
STROKE: Final = 0.2  # of the longer side: anything narrower is not paper
NEAR_AND_FAR: Final = (1 / 25, 1 / 8)  # of the longer side, standard deviations
CROWDED: Final = 0.2  # of all pixels: only a closely cropped drawing has more of both ink and paper
APART: Final = 0.8  # of all variance, between the ink and paper of such a drawing
THICKEST: Final = 0.4  # of the longer side: the widest stroke of such a drawing
WIDER: Final = 0.01  # of all pixels: as many may lie in something wider
BEYOND: Final = 4  # times as far to look for paper at the edges of such a picture, which its strokes touch
NOISE: Final = 3.5  # median deviations of the paper: anything fainter is paper
FAINTEST: Final = 0.12  # of the light: with less contrast than this a picture is blank
MARGIN: Final = 0.07  # of the longer side
DARKER: Final = 2.0  # times as dark as nearly all that stands out: that is no ink beside
DRAWN: Final = 0.12  # of the longer side: a piece at least as long
RULES: Final = 0.25  # of full ink: anything fainter is the paper's rules or texture

Pixels = NDArray[np.uint8]
Grey = NDArray[np.float32]
Mask = NDArray[np.bool_]


def small_copy(grey: Pixels) -> Image.Image:
    """The small copy of a picture, on which everything is decided."""
    small = Image.fromarray(grey)
    small.thumbnail((GRID, GRID), Image.Resampling.BOX)
    return small


def is_cut_out(small: Image.Image) -> bool:
    """Whether a picture may be a closely cropped drawing in even light, with paper only between its strokes.

    Shadows also divide a picture into two shades, but both of those are wide.

    :param small: the `small_copy` of the picture
    """
    dark = _darker_side(np.asarray(small))
    if dark is None:
        return False
    reach = max(2, round(THICKEST * max(small.size) / 2))
    return any(
        np.count_nonzero(_highest(np.where(side, 0, 1).astype(np.uint8), reach) == 0) < WIDER * side.size
        for side in (dark, ~dark)
    )


def is_dark_on_light(small: Image.Image) -> bool:
    """Whether what stands out is dark: then the differences from the surroundings have a negative third moment.

    Near surroundings serve for thin pens, as the two sides of a shadow's edge cancel out there; far ones for wide pens.
    """
    grey, skew = np.asarray(small, np.float64), 0.0
    for reach in NEAR_AND_FAR:
        around = small.filter(ImageFilter.GaussianBlur(max(small.size) * reach))
        away = grey - np.asarray(around, np.float64)
        skew += float((away * away * away).sum())
    return skew < 0


def light_on_paper(small: Image.Image) -> Image.Image:
    """The light that falls on the paper: a closing wider than any stroke, smoothed."""
    grey = np.asarray(small)
    reach = max(2, round(STROKE * max(small.size) / 2))
    if _darker_side(grey) is not None:
        grey = np.pad(_highest(grey, BEYOND * reach), reach, mode="edge")
        grey[reach:-reach, reach:-reach] = np.asarray(small)
    closed = Image.fromarray(255 - _highest(255 - _highest(grey, reach), reach))
    left, top = (closed.width - small.width) // 2, (closed.height - small.height) // 2
    smooth = closed.filter(ImageFilter.GaussianBlur(reach / 4))
    return smooth.crop((left, top, left + small.width, top + small.height))


def _darker_side(grey: Pixels) -> Mask | None:
    """Which pixels are dark; None unless dark and light stand apart and each cover much of the picture."""
    histogram = np.bincount(grey.ravel(), minlength=256)
    threshold = otsu_threshold(histogram)
    share = histogram[: threshold + 1].sum() / grey.size
    if CROWDED < share < 1 - CROWDED and separation(histogram, threshold) > APART:
        return grey <= threshold
    return None


def _highest(grey: Pixels, reach: int) -> Pixels:
    """The maximum of all pixels up to `reach` away: down, then across, each window made from two that overlap."""
    for _ in range(2):
        highest, wide, length = np.pad(grey, ((reach, reach), (0, 0)), mode="edge"), 1, len(grey)
        while 2 * wide <= 2 * reach + 1:
            highest, wide = np.maximum(highest[:-wide], highest[wide:]), 2 * wide
        rest = 2 * reach + 1 - wide
        grey = np.maximum(highest[:length], highest[rest : rest + length]).T
    return np.ascontiguousarray(grey)


def darkness(image: Image.Image | Pixels, paper: Image.Image, *, light: bool) -> Grey:
    """How much darker than the paper each pixel is, at most 1; below 0 where it is lighter.

    Ink takes away a share of the light, the same in sun and shadow. Chalk, seen here in the negative, adds light.
    """
    grey, lit = (np.asarray(each, np.float32) for each in (image, paper))
    return (lit - grey) / (np.maximum(lit, np.float32(1)) if light else np.float32(255))


def ink_levels(dark: Grey) -> tuple[float, float]:
    """The darkness up to which a pixel is paper, and that of full ink; (0, 0) where nothing stands out."""
    paper = _bare(dark)
    middle = float(np.median(paper))
    noise = max(middle + NOISE * float(np.median(np.abs(paper - middle))), FAINTEST / 3)
    margin = round(MARGIN * max(dark.shape))  # where the lines of a cell may be darker than any pen
    inner = dark[margin:-margin, margin:-margin]
    inked = inner[inner > noise]
    if len(inked) == 0:
        inked = dark[dark > noise]
    if len(inked) == 0:
        return 0.0, 0.0
    # The darkest pixels are few and may be dirt; most pixels of a thin stroke are half paper.
    full = float(np.quantile(inked, 0.9))
    # Around a small drawing, the paper's rules have more pixels than it has; a blot or a hole is smaller still.
    strong = inner > DARKER * full
    if longest(strong) >= DRAWN * max(dark.shape):
        full = float(np.quantile(inner[strong], 0.9))
    return max(noise, RULES * full), full if full > 1.3 * noise else 0.0


def _bare(dark: Grey) -> Grey:
    """The darkness of the paper: of all pixels, as nearly all are paper, or of a closely cropped drawing's paper."""
    bare = _darker_side(np.clip(np.rint(dark * 255), 0, 255).astype(np.uint8))
    return dark if bare is None else dark[bare]
