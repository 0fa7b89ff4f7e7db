"""Ink is separated from paper in shadow and with dust, whichever of the two is lighter."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis.extra import numpy as arrays
from PIL import Image, ImageDraw

from digitpad import canonical, paper
from digitpad.paper.pieces import numbered
from tests.handwriting import DIGITS, Way
from tests.test_canonical import drawn, likeness


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("inverted", [False, True])
def test_a_shadow_on_the_paper_changes_little(digit: int, inverted: bool) -> None:
    clean = drawn(DIGITS[digit])
    rows, columns = np.mgrid[0:280, 0:280] / 279
    light = 1 - 0.5 * (0.7 * columns + 0.3 * rows**2)  # a photograph by a window
    shaded = (np.maximum(clean, 40) * light).astype(np.uint8)
    form = canonical.from_grey(255 - shaded if inverted else shaded)
    assert likeness(form, canonical.from_grey(clean)) > 0.85


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("side", [56, 280])
def test_specks_of_dust_do_not_move_the_digit(digit: int, side: int) -> None:
    clean = drawn(DIGITS[digit], side=side, pen=side / 20)
    dusty = clean.copy()
    speck = max(1, side // 90)
    rng = np.random.default_rng(digit)
    for row, column in rng.integers(0, side - speck, (12, 2)):
        dusty[row : row + speck, column : column + speck] = 0
    assert likeness(canonical.from_grey(dusty), canonical.from_grey(clean)) > 0.9


def test_a_part_of_the_digit_that_stands_apart_is_no_speck() -> None:
    five: list[Way] = [
        [(100, 60), (96, 130), (150, 120), (180, 170), (150, 220), (90, 210)],
        [(120, 40), (190, 38)],
    ]
    whole, without = (canonical.from_grey(drawn(ways)) for ways in (five, five[:1]))
    assert likeness(whole, without) < 0.9


RULES = [(0, at, 280, at) for at in range(20, 280, 50)]
LINES = {
    "rules": RULES,
    "squares": RULES + [(at, 0, at, 280) for at in range(20, 280, 50)],
    "two sides of a cell": [(6, 0, 6, 280), (0, 272, 280, 272)],
    "cell": [(0, 2, 280, 2), (0, 277, 280, 277), (2, 0, 2, 280), (277, 0, 277, 280)],
}


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("printed", LINES)
@pytest.mark.parametrize("level", [0, 150])
@pytest.mark.parametrize("inverted", [False, True])
def test_lines_of_clean_paper_are_left_out(digit: int, printed: str, level: int, inverted: bool) -> None:
    clean = drawn(DIGITS[digit], pen=16)
    paper = Image.new("L", (280, 280), 255)
    for line in LINES[printed]:
        ImageDraw.Draw(paper).line(line, fill=level, width=5)
    seen = np.minimum(clean, np.asarray(paper))
    form = canonical.from_grey(255 - seen if inverted else seen)
    assert likeness(form, canonical.from_grey(clean)) > 0.85


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("side", [28, 60, 140])
@pytest.mark.parametrize("inverted", [False, True])
def test_the_margin_of_a_bold_digit_is_no_border(digit: int, side: int, inverted: bool) -> None:
    bold = Image.fromarray(drawn(squeezed(DIGITS[digit]), pen=56))
    left, top, right, bottom = Image.eval(bold, lambda level: 255 - level).getbbox() or (0, 0, 0, 0)
    margin = 280 // side + 1
    cut_out = bold.crop((left - margin, top - margin, right + margin, bottom + margin))
    cut_out.thumbnail((side, side), Image.Resampling.BOX)
    small = 255 - np.asarray(cut_out) if inverted else np.asarray(cut_out)
    assert likeness(canonical.from_grey(small), canonical.from_grey(np.asarray(bold))) > 0.93


def squeezed(ways: list[Way]) -> list[Way]:
    """Half as wide, so that a bold pen fills most of it."""
    return [[(140 + (x - 140) / 2, y) for x, y in way] for way in ways]


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize(("side", "width"), [(28, 1), (56, 2), (280, 8)])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_border_is_left_out(digit: int, side: int, width: int, inverted: bool) -> None:
    clean = drawn(DIGITS[digit], side=side, pen=side / 14)
    seen = np.pad(clean[width:-width, width:-width], width)
    form = canonical.from_grey(255 - seen if inverted else seen)
    assert likeness(form, canonical.from_grey(clean)) > 0.98


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("around", [20, 140])
@pytest.mark.parametrize("inverted", [False, True])
def test_what_lies_around_a_window_on_a_screen_is_left_out(digit: int, around: int, inverted: bool) -> None:
    clean = drawn(DIGITS[digit])
    seen = np.pad(clean, 50, constant_values=around)
    form = canonical.from_grey(255 - seen if inverted else seen)
    assert likeness(form, canonical.from_grey(clean)) > 0.9


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("pen", [2, 12, 30])
def test_a_clean_digit_that_fills_the_picture_is_its_own(digit: int, pen: int) -> None:
    clean = drawn(DIGITS[digit], pen=pen)
    rows, columns = (np.flatnonzero((clean < 128).any(axis=axis)) for axis in (1, 0))
    cut_out = clean[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert likeness(canonical.from_grey(cut_out), canonical.from_grey(clean)) > 0.9


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("side", [28, 280])
@pytest.mark.parametrize("edge", range(4))
def test_the_end_of_what_stands_beside_above_or_below_is_left_out(digit: int, side: int, edge: int) -> None:
    clean = drawn(DIGITS[digit], side=side, pen=side / 14)
    seen, row, end = clean.copy(), side // 3, max(2, side // 14)
    np.rot90(seen, edge)[row : 2 * row, :end] = 0
    assert likeness(canonical.from_grey(seen), canonical.from_grey(clean)) > 0.98


@pytest.mark.parametrize("edge", range(4))
def test_a_bar_at_the_edge_that_the_rest_of_the_digit_reaches_is_kept(edge: int) -> None:
    parts = np.full((60, 60), 255, np.uint8)
    np.rot90(parts, edge)[20:40, :4] = np.rot90(parts, edge)[28:32, 8:] = 0
    assert canonical.from_grey(parts)[8:20, 8:20].any()
    assert paper.ink_of(parts, "auto").box is not None


def test_a_drawing_that_reaches_a_side_itself_keeps_all_of_its_parts() -> None:
    parts = np.full((28, 28), 255, np.uint8)
    parts[6:22, 0:4] = parts[6:22, 24:28] = parts[12:15, 6:22] = 0
    form = canonical.from_grey(parts)
    assert (form.max(axis=0) > 0.5).sum() == 18


@given(arrays.arrays(np.bool_, arrays.array_shapes(min_dims=2, max_dims=2, max_side=12)))
def test_pieces_are_those_that_hang_together(mask: np.ndarray) -> None:
    ndimage = pytest.importorskip("scipy.ndimage")
    expected, count = ndimage.label(mask, np.ones((3, 3)))
    pieces, ours = numbered(mask)
    assert ours == count
    assert ((pieces >= 0) == mask).all()
    pairs = set(zip(pieces[mask].tolist(), expected[mask].tolist(), strict=True))
    assert len(pairs) == count


def test_a_picture_of_one_shade_has_no_ink() -> None:
    assert paper.ink_of(np.full((40, 40), 90, np.uint8), "auto").box is None


def test_the_largest_photograph_is_parted_too() -> None:
    large = np.asarray(Image.fromarray(drawn(DIGITS[3])).resize((2000, 2000)))
    assert likeness(canonical.from_grey(large), canonical.from_grey(drawn(DIGITS[3]))) > 0.95


def test_dots_too_small_to_be_seen_are_no_ink() -> None:
    grey = np.full((2000, 2000), 255, np.uint8)
    grey[0, 0] = grey[-1, -1] = 0
    assert not canonical.from_grey(grey).any()
