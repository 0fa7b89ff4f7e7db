"""Parts ink from paper in a photograph: uneven light, rules and squares, frames, bits of what stands beside.

All is decided on a small copy, where a stroke is a few pixels wide; only the ink that is kept is taken from the
picture itself. Paper is what a wide grey closing leaves: it fills strokes up and lets light and shadow stand
(J. Serra, "Image analysis and mathematical morphology", 1982).
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from digitpad.otsu import otsu_threshold, separation
from digitpad.pieces import Box, Piece, cut, numbered, outlines

GRID: Final = 144  # pixels: the longer side of the small copy
STROKE: Final = 0.2  # of the longer side: everything narrower is no paper
NEAR_AND_FAR: Final = (1 / 25, 1 / 8)  # of the longer side, standard deviations
CROWDED: Final = 0.2  # of all pixels: more ink, and more paper, has only a drawing that is cut out closely
APART: Final = 0.8  # of all variance, between that ink and its paper
EVEN: Final = 0.87  # of all variance: where so much is between ink and paper, each of them is of one shade
THICKEST: Final = 0.26  # of the longer side: the widest stroke of such a drawing
WIDER: Final = 0.01  # of all pixels, which may lie in something wider
BEYOND: Final = 4  # times as far paper is looked for at the edges of such a picture, which its strokes touch
NOISE: Final = 3.5  # median deviations of the paper: what is fainter is paper
FAINTEST: Final = 0.12  # of the light: with less contrast than this a picture is blank
MARGIN: Final = 0.07  # of the longer side
RULES: Final = 0.25  # of full ink: what is fainter are rules of the paper, and texture
INKED: Final = 0.35  # of what is left: a piece has so much somewhere,
ENDS: Final = 0.25  # and ends where there is less, so that hairlines do not fall to pieces
SLOPES: Final = range(-6, 7)  # pixels of GRID over its width by which a rule may rise or fall
ACROSS: Final = 0.9  # of the width or height: what a rule of the paper covers
WIDEST: Final = 0.05  # of the longer side: what is wider is a stroke
THINNER: Final = 0.67  # of the strokes' width, and
FAINTER: Final = 0.8  # of their darkness a rule has at most, or it may be a stroke
SIZEABLE: Final = 0.25  # of the longer side: a piece that may be a digit by itself
CROSSING: Final = 5  # pixels of GRID: the longer side of what is left where two rules cross
LEFT: Final = 0.003  # of all pixels: with less left, what was taken for rules was the drawing
OF_LARGEST: Final = (
    0.2  # of the ink of the largest piece, which may be a frame: what the drawing has at least
)
ALONE: Final = 0.15  # of all ink: with less in its largest piece, a picture shows nothing but texture
SPECK: Final = 0.06  # of the ink of the main piece: with less another one is dirt

Pixels = NDArray[np.uint8]
Grey = NDArray[np.float32]
Mask = NDArray[np.bool_]


def ink_of_photograph(
    grey: Pixels, light: bool | None, small: Image.Image | None = None
) -> tuple[Pixels, Box | None]:
    """Stretch `grey` to 0 for paper and 255 for full ink, and wipe away what is not the main drawing.

    :param grey: shape (height, width), 0 black to 255 white
    :param light: whether the paper is lighter than the ink; None finds out
    :param small: its `small_copy`, where that has been made
    :returns: an array of the same shape and the box of its ink; None where there is none
    """
    small = small or small_copy(grey)
    light = _is_dark_on_light(small) if light is None else light
    if not light:
        grey = 255 - grey
        small = small_copy(grey)
    paper = _paper(small)
    dark = _darkness(small, paper, light=light)
    faintest, full = _levels(dark)
    if full < FAINTEST:
        return grey, None
    ink = np.clip((dark - faintest) / (full - faintest), 0, 1)
    kept = _main_drawing(ink, _without_rules(ink, _inked(ink)))
    if not kept.any():
        return grey, None
    return _enlarged(grey, paper, kept, (faintest, full), light=light)


def is_evenly_cut_out(small: Image.Image) -> bool:
    """Whether a picture is a drawing cut out closely, in even light: that has no paper but between strokes.

    Shadows part a picture in two shades as well, but both of them are wide.

    :param small: the `small_copy` of the picture
    """
    dark = _darker_side(np.asarray(small), EVEN)
    if dark is None:
        return False
    reach = max(2, round(THICKEST * max(small.size) / 2))
    return any(
        np.count_nonzero(_highest(np.where(side, 0, 1).astype(np.uint8), reach) == 0) < WIDER * side.size
        for side in (dark, ~dark)
    )


def _is_dark_on_light(small: Image.Image) -> bool:
    """Whether what stands out is dark: then the third moment is negative of what differs from its surroundings.

    Seen from near for thin pens, as an edge of a shadow differs there to both sides alike, and from afar for wide ones.
    """
    grey, skew = np.asarray(small, np.float64), 0.0
    for reach in NEAR_AND_FAR:
        around = small.filter(ImageFilter.GaussianBlur(max(small.size) * reach))
        away = grey - np.asarray(around, np.float64)
        skew += float((away * away * away).sum())
    return skew < 0


def small_copy(grey: Pixels) -> Image.Image:
    """The copy of a picture on which all is decided."""
    small = Image.fromarray(grey)
    small.thumbnail((GRID, GRID), Image.Resampling.BOX)
    return small


def _paper(small: Image.Image) -> Image.Image:
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


def _darker_side(grey: Pixels, apart: float = APART) -> Mask | None:
    """Which pixels are dark, where dark and light take much room each and stand `apart`; None elsewhere."""
    histogram = np.bincount(grey.ravel(), minlength=256)
    threshold = otsu_threshold(histogram)
    share = histogram[: threshold + 1].sum() / grey.size
    if CROWDED < share < 1 - CROWDED and separation(histogram, threshold) > apart:
        return grey <= threshold
    return None


def _highest(grey: Pixels, reach: int) -> Pixels:
    """The highest of all pixels up to `reach` away: down, then across, each window from two that overlap."""
    for _ in range(2):
        highest, wide, length = np.pad(grey, ((reach, reach), (0, 0)), mode="edge"), 1, len(grey)
        while 2 * wide <= 2 * reach + 1:
            highest, wide = np.maximum(highest[:-wide], highest[wide:]), 2 * wide
        rest = 2 * reach + 1 - wide
        grey = np.maximum(highest[:length], highest[rest : rest + length]).T
    return np.ascontiguousarray(grey)


def _darkness(image: Image.Image | Pixels, paper: Image.Image, *, light: bool) -> Grey:
    """How much darker than the paper the ink is, at most 1; below 0 where it is lighter.

    Ink takes a share of the light away, the same in the sun and in the shadow; chalk, here in the negative, adds to it.
    """
    grey, lit = (np.asarray(each, np.float32) for each in (image, paper))
    return (lit - grey) / (np.maximum(lit, np.float32(1)) if light else np.float32(255))


def _levels(dark: Grey) -> tuple[float, float]:
    """The darkness up to which it is paper, and that of full ink; (0, 0) where nothing stands out."""
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
    # The darkest are few and may be dirt; of a thin stroke most pixels are half paper.
    full = float(np.quantile(inked, 0.9))
    return max(noise, RULES * full), full if full > 1.3 * noise else 0.0


def _bare(dark: Grey) -> Grey:
    """How dark paper is: all pixels, as nearly all are paper; of a drawing cut out closely those without ink."""
    bare = _darker_side(np.clip(np.rint(dark * 255), 0, 255).astype(np.uint8))
    return dark if bare is None else dark[bare]


def _inked(ink: Grey) -> Mask:
    """Where ink is: by two thresholds (J. Canny, "A computational approach to edge detection", 1986, section VIII)."""
    pieces, count = numbered(ink > ENDS)
    there = np.zeros(count + 1, bool)
    there[pieces[ink > INKED]] = True
    return there[pieces]


def _without_rules(ink: Grey, inked: Mask) -> Mask:
    """Wipe away thin lines that go from one edge to the other; all of them, or none where they are the drawing's."""
    rules = _rules(inked) | _rules(inked.T).T
    if not rules.any():
        return inked
    left = inked & ~rules
    pieces, count = numbered(left)
    found = outlines(pieces, count, left.astype(np.float32))
    left &= ~np.isin(pieces, [piece.number for piece in found if piece.side <= CROSSING])
    if left.sum() <= LEFT * left.size:
        return inked
    if max(found, key=_ink).at_edge(inked.shape) and _by_one_pen(ink, rules, left):
        return inked  # cut out closely: lines right across are its own
    return left


def _by_one_pen(ink: Grey, lines: Mask, strokes: Mask) -> bool:
    """Whether lines are about as wide and as dark as strokes are."""
    inked = lines | strokes
    width = np.minimum(_thickness(inked), _thickness(inked.T).T)
    wide = np.median(width[lines]) > THINNER * np.median(width[strokes])
    dark = np.median(ink[lines]) > FAINTER * np.median(ink[strokes])
    return bool(wide and dark)


def _rules(inked: Mask) -> Mask:
    """Lines right across at any of SLOPES: their pixels, but where a stroke or another line crosses them."""
    height, width = inked.shape
    found = np.zeros((height, width), bool)
    if inked.any(axis=0).sum() < ACROSS * width:
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
        across = (near.sum(axis=1) >= ACROSS * width) & (along.sum(axis=1) >= ACROSS / 2 * width)
        for row in np.flatnonzero(across):
            wide = float(np.quantile(thick[rows[row], columns][along[row]], 0.25))
            if wide > WIDEST * max(inked.shape):
                continue
            beside = slice(max(row - 1, 0), row + 2)
            for way, there in zip(rows[beside], along[beside], strict=True):
                thin = there & (thick[way, columns] <= 1.5 * wide + 1)
                found[way[thin], columns[thin]] = True
    return found


def _thickness(inked: Mask) -> NDArray[np.intp]:
    """How many pixels of ink stand one above the other where each pixel is."""
    down = np.zeros(inked.shape, np.intp)
    up = np.zeros(inked.shape, np.intp)
    for row in range(len(inked)):
        down[row] = np.where(inked[row], (down[row - 1] if row else 0) + 1, 0)
    for row in range(len(inked) - 1, -1, -1):
        up[row] = np.where(inked[row], (up[row + 1] if row + 1 < len(inked) else 0) + 1, 0)
    return down + up - 1


def _main_drawing(ink: Grey, inked: Mask) -> Mask:
    """What belongs to the drawing: its largest piece, and others that are neither dirt, nor frame, nor cut off."""
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
    """The piece with the most ink of those that may be a digit, clear of the edge and no frame; else of all."""
    largest = max(found, key=_ink)
    clear = [
        piece
        for piece in found
        if not piece.at_edge(shape)
        and piece.side >= SIZEABLE * max(shape)
        and piece.ink >= OF_LARGEST * largest.ink
    ]
    no_frames = [piece for piece in clear if not any(map(piece.surrounds, clear))]
    return max(no_frames, key=_ink, default=largest)


def _ink(piece: Piece) -> float:
    return piece.ink


def _belongs(piece: Piece, main: Piece, shape: tuple[int, int]) -> bool:
    if piece.ink < SPECK * main.ink or (piece.at_edge(shape) and not main.at_edge(shape)):
        return False
    return not piece.surrounds(main)


def _enlarged(
    grey: Pixels, paper: Image.Image, kept: Mask, levels: tuple[float, float], *, light: bool
) -> tuple[Pixels, Box]:
    """Take what is kept from the picture itself, within the box of it, and say where its ink ends."""
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
    dark = _darkness(cut(grey, box), paper.resize(size, Image.Resampling.BILINEAR, part), light=light)
    ink = np.clip((dark - faintest) / (full - faintest), 0, 1) * np.asarray(mask, np.float32)
    drawn = np.zeros_like(grey)
    cut(drawn, box)[:] = np.rint(ink)
    inner = Image.fromarray(cut(drawn, box) > 255 * INKED).getbbox() or (0, 0, *size)
    return drawn, (box[0] + inner[0], box[1] + inner[1], box[0] + inner[2], box[1] + inner[3])
