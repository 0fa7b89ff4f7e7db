"""The canonical form: moved, scaled, inverted or thicker ink gives nearly the same form."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digitpad import Ink, canonical
from tests.handwriting import DIGITS, Way

GREY = NDArray[np.uint8]


def drawn(ways: list[Way], *, pen: float = 14, side: int = 280, paper: int = 255, ink: int = 0) -> GREY:
    """Draw a digit on a canvas as with a pen."""
    image = Image.new("L", (side, side), paper)
    pencil = ImageDraw.Draw(image)
    for way in ways:
        points = [(x * side / 280, y * side / 280) for x, y in way]
        pencil.line(points, fill=ink, width=round(pen), joint="curve")
        for x, y in points:
            pencil.ellipse((x - pen / 2, y - pen / 2, x + pen / 2, y + pen / 2), fill=ink)
    return np.asarray(image)


def blurred(form: canonical.FloatArray) -> canonical.FloatArray:
    across = 2 * form + np.roll(form, 1, 1) + np.roll(form, -1, 1)
    return 2 * across + np.roll(across, 1, 0) + np.roll(across, -1, 0)


def likeness(one: canonical.FloatArray, other: canonical.FloatArray) -> float:
    """How alike two forms are: the cosine between them, 1 if they are the same.

    Both are blurred a little first, as a shift by half a pixel should hardly count.
    """
    one, other = blurred(one), blurred(other)
    return float((one * other).sum() / np.sqrt((one**2).sum() * (other**2).sum()))


@pytest.mark.parametrize("digit", DIGITS)
def test_the_longer_side_is_twenty_pixels_and_the_mass_in_the_middle(digit: int) -> None:
    for form in (
        canonical.from_ink(Ink.from_strokes(DIGITS[digit])),
        canonical.from_grey(drawn(DIGITS[digit])),
    ):
        rows, columns = np.flatnonzero(form.max(axis=1) > 0.1), np.flatnonzero(form.max(axis=0) > 0.1)
        assert max(np.ptp(rows), np.ptp(columns)) + 1 in {20, 21}  # a soft edge may lie across two pixels
        centres = np.arange(28) + 0.5
        mass = np.array([form.sum(axis=1) @ centres, form.sum(axis=0) @ centres]) / form.sum()
        assert np.abs(mass - canonical.MIDDLE).max() < 0.8


@given(st.floats(0.01, 1000), st.floats(-1000, 1000), st.floats(-1000, 1000), st.sampled_from(sorted(DIGITS)))
@settings(max_examples=50)
def test_ink_may_be_anywhere_and_of_any_size(scale: float, dx: float, dy: float, digit: int) -> None:
    ways = DIGITS[digit]
    moved = [[(x * scale + dx, y * scale + dy) for x, y in way] for way in ways]
    expected, form = (canonical.from_ink(Ink.from_strokes(it)) for it in (ways, moved))
    np.testing.assert_allclose(form, expected, atol=1e-4)


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("pen", [5, 10, 22])
def test_the_width_of_the_pen_matters_little(digit: int, pen: int) -> None:
    form = canonical.from_grey(drawn(DIGITS[digit], pen=pen))
    assert likeness(form, canonical.from_ink(Ink.from_strokes(DIGITS[digit]))) > 0.8


@pytest.mark.parametrize("digit", DIGITS)
def test_ink_and_its_picture_give_the_same_form(digit: int) -> None:
    form = canonical.from_grey(drawn(DIGITS[digit], pen=20))
    assert likeness(form, canonical.from_ink(Ink.from_strokes(DIGITS[digit]))) > 0.9


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize(("paper", "ink"), [(255, 0), (0, 255), (200, 90), (40, 180)])
def test_either_polarity_is_found(digit: int, paper: int, ink: int) -> None:
    plain = canonical.from_grey(drawn(DIGITS[digit]))
    np.testing.assert_allclose(
        canonical.from_grey(drawn(DIGITS[digit], paper=paper, ink=ink)), plain, atol=0.1
    )


@pytest.mark.parametrize("inverted", [False, True])
def test_of_a_bold_nought_cut_out_closely_the_corners_are_paper(inverted: bool) -> None:
    image = Image.new("L", (80, 100), 255)
    ImageDraw.Draw(image).rounded_rectangle((0, 0, 79, 99), radius=36, fill=0)
    ImageDraw.Draw(image).ellipse((30, 30, 49, 69), fill=255)
    nought = 255 - np.asarray(image) if inverted else np.asarray(image)
    form = canonical.from_grey(nought)
    assert form[14, 14] == 0
    assert form[14, 8] == form[14, 20] == 1


def test_polarity_can_be_told() -> None:
    crowded = np.zeros((20, 20), np.uint8)
    crowded[8:12, 8:12] = 255  # a light dot on black, or a black sheet with a hole in it
    dot = canonical.from_grey(crowded, polarity="light-on-dark")
    sheet = canonical.from_grey(crowded, polarity="dark-on-light")
    assert dot[14, 14] == 1
    assert sheet[14, 14] == 0


@pytest.mark.parametrize("digit", DIGITS)
def test_a_tap_away_from_the_drawing_is_no_part_of_it(digit: int) -> None:
    small = [[(x / 3, y / 3) for x, y in way] for way in DIGITS[digit]]
    alone = canonical.from_ink(Ink.from_strokes(small))
    for tap in ([(260, 250)], [(255, 40), (256, 41)], [(150, 275)] * 16):
        assert (canonical.from_ink(Ink.from_strokes([tap, *small])) == alone).all()


def test_dots_near_by_belong_to_the_drawing() -> None:
    stem, dot = [(100, 100), (100, 200)], [(100, 70)]
    with_dot, without = (canonical.from_ink(Ink.from_strokes(each)) for each in ([stem, dot], [stem]))
    assert (with_dot != without).any()
    dots = [[(x, 100)] for x in range(0, 200, 20)]
    assert canonical.from_ink(Ink.from_strokes(dots)).sum() > 20  # no larger piece makes dirt of them


@pytest.mark.parametrize("level", [0, 128, 255])
def test_nothing_drawn_is_a_field_of_zeros(level: int) -> None:
    assert not canonical.from_grey(np.full((280, 280), level, np.uint8)).any()
    assert not canonical.from_ink(Ink.from_strokes([])).any()


def test_faint_noise_on_blank_paper_is_still_nothing() -> None:
    noise = np.random.default_rng(1).integers(245, 256, (280, 280)).astype(np.uint8)
    assert not canonical.from_grey(noise).any()


def test_noise_on_the_paper_does_not_move_the_digit() -> None:
    noise = np.random.default_rng(1).normal(0, 4, (280, 280))
    noisy = np.clip(drawn(DIGITS[2], paper=235) + noise, 0, 255).astype(np.uint8)
    assert likeness(canonical.from_grey(noisy), canonical.from_grey(drawn(DIGITS[2]))) > 0.95


def test_ink_too_small_to_be_scaled_is_a_dot() -> None:
    tiny = canonical.from_ink(Ink.from_strokes([[(5e-324, 0.01), (0, 0.01)]]))
    assert np.isfinite(tiny).all()
    assert tiny.max() == 1


def test_a_dot_is_a_dot() -> None:
    form = canonical.from_ink(Ink.from_strokes([[(5, 5)]]))
    assert form.max() == 1
    assert np.count_nonzero(form) < 25


@pytest.mark.parametrize("size", [(1, 1), (1, 400), (400, 1), (2, 2), (3, 1000)])
def test_odd_sizes_are_no_trouble(size: tuple[int, int]) -> None:
    grey = np.random.default_rng(1).integers(0, 256, size).astype(np.uint8)
    form = canonical.from_grey(grey)
    assert form.shape == (28, 28)
    assert np.isfinite(form).all()
    assert 0 <= form.min() <= form.max() <= 1


@given(st.lists(st.lists(st.tuples(st.floats(-1e6, 1e6), st.floats(-1e6, 1e6)), max_size=5), max_size=4))
@settings(max_examples=100)
def test_any_ink_has_a_form(strokes: list[list[tuple[float, float]]]) -> None:
    form = canonical.from_ink(Ink.from_strokes(strokes))
    assert np.isfinite(form).all()
    assert form.any() == any(strokes)
    assert 0 <= form.min() <= form.max() <= 1
