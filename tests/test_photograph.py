"""The ink of a photograph is found in any light, and everything else on the paper is left out."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from digitpad import Ink, Recognizer, canonical
from digitpad.forms import to_form, to_sight
from digitpad.paper import sheet
from digitpad.paper.light import small_copy
from digitpad.paper.photograph import ink_of_photograph
from tests.handwriting import DIGITS
from tests.test_canonical import drawn, likeness

SIDE = 280
Grey = NDArray[np.uint8]


def photographed(ink: Grey, *, printed: Grey | None = None, light: NDArray[np.float64] | None = None) -> Grey:
    """Ink of a blue pen (0 ink, 255 paper) on greyish paper, with what is `printed` on it, in some `light`."""
    rng = np.random.default_rng(1)
    seen = 200 * (0.35 + 0.65 * ink / 255) * (1 if printed is None else printed / 255)
    seen = seen * (1 if light is None else light) + rng.normal(0, 3, ink.shape)
    return np.clip(seen, 0, 255).astype(np.uint8)


def falling_off() -> NDArray[np.float64]:
    rows, columns = np.mgrid[0:SIDE, 0:SIDE] / SIDE
    light: NDArray[np.float64] = 1 - 0.5 * rows - 0.2 * columns
    return light


def printed(*lines: tuple[float, float, float, float], level: int = 150, width: int = 3) -> Grey:
    image = Image.new("L", (SIDE, SIDE), 255)
    for line in lines:
        ImageDraw.Draw(image).line(line, fill=level, width=width)
    return np.asarray(image)


def cut_out_of_stains(digit: int, *, pen: int, darkest: int) -> Grey:
    """A digit cropped closely from stained paper; the darkest stains leave `darkest` of 255 of the light."""
    clean = drawn(DIGITS[digit], pen=pen)
    rows, columns = (np.flatnonzero((clean < 128).any(axis=axis)) for axis in (1, 0))
    stains = Image.fromarray(np.random.default_rng(3).integers(darkest, 256, (9, 9), np.uint8))
    light = np.asarray(stains.resize((SIDE, SIDE), Image.Resampling.BICUBIC)) / 255
    return photographed(clean, light=light)[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]


def small(digit: int) -> Grey:
    """A digit on a thirtieth of the paper, with a pen to match."""
    return drawn([[(60 + x / 3, 90 + y / 3) for x, y in way] for way in DIGITS[digit]], pen=5)


def as_if_clean(seen: Grey) -> canonical.FloatArray:
    """The form that is found as in a clean picture, where there are two."""
    sight = to_sight(seen)
    return sight.form if sight.as_clean is None else sight.as_clean


SQUARES = printed(*[(0, at, SIDE, at + 3) for at in range(20, SIDE, 40)]) & printed(
    *[(at, 0, at - 3, SIDE) for at in range(20, SIDE, 40)]
)
CELL = printed((0, 3, SIDE, 6), (4, 0, 1, SIDE), (0, SIDE - 5, SIDE, SIDE - 2), level=60, width=6)
FRAME = printed(
    (40, 30, 240, 30), (240, 30, 240, 250), (240, 250, 40, 250), (40, 250, 40, 30), level=40, width=5
)
BESIDE = printed((0, 30, 22, 60), (150, SIDE, 190, SIDE - 18), level=70, width=10)


@pytest.mark.parametrize("digit", DIGITS)
def test_light_that_falls_off_leaves_the_form_as_it_is(digit: int) -> None:
    clean = drawn(DIGITS[digit])
    form = canonical.from_grey(photographed(clean, light=falling_off()))
    assert likeness(form, canonical.from_grey(clean)) > 0.93


@pytest.mark.parametrize("digit", DIGITS)
def test_chalk_on_a_board_is_ink(digit: int) -> None:
    clean = drawn(DIGITS[digit])
    light = 0.6 + 0.4 * falling_off()
    board = np.clip(light * (30 + 0.7 * (255 - clean)), 0, 255).astype(np.uint8)
    assert likeness(canonical.from_grey(board), canonical.from_grey(clean)) > 0.9


@pytest.mark.parametrize("digit", DIGITS)
def test_the_hard_edge_of_a_shadow_is_no_ink(digit: int) -> None:
    rows, columns = np.mgrid[0:SIDE, 0:SIDE]
    light = np.where(columns > 0.6 * rows + 40, 1.0, 0.55)
    clean = drawn(DIGITS[digit])
    form = canonical.from_grey(photographed(clean, light=light))
    assert likeness(form, canonical.from_grey(clean)) > 0.9


@pytest.mark.parametrize("paper", [SQUARES, CELL, FRAME, BESIDE], ids=["squares", "cell", "frame", "beside"])
def test_what_else_is_on_the_paper_is_not_read(recognizer: Recognizer, paper: Grey) -> None:
    seen = [
        photographed(drawn(DIGITS[digit], pen=14), printed=paper, light=falling_off()) for digit in DIGITS
    ]
    assert [p.digit for p in recognizer.predict_many(seen)] == list(DIGITS)


@pytest.mark.parametrize("level", [150, 210])
@pytest.mark.parametrize("gap", [12, 20])
def test_a_small_digit_on_squared_paper_stands_out_from_the_squares(
    recognizer: Recognizer, gap: int, level: int
) -> None:
    squares = printed(*[(0, at, SIDE, at) for at in range(5, SIDE, gap)], level=level, width=1)
    seen = [photographed(small(digit), printed=squares & squares.T, light=falling_off()) for digit in DIGITS]
    assert [p.digit for p in recognizer.predict_many(seen)] == list(DIGITS)


def test_a_blot_beside_a_pencil_is_not_the_only_ink() -> None:
    clean = np.maximum(drawn(DIGITS[4]), 170)
    blot = Image.new("L", (SIDE, SIDE), 255)
    ImageDraw.Draw(blot).ellipse((222, 222, 240, 240), fill=0)
    form = canonical.from_grey(photographed(clean, printed=np.asarray(blot)))
    assert likeness(form, canonical.from_grey(clean)) > 0.8


def test_a_pencil_in_a_dark_cell_is_ink() -> None:
    clean = drawn(DIGITS[4])
    faint = np.maximum(clean, 190)
    cell = printed((0, 3, SIDE, 6), (4, 0, 1, SIDE), (0, SIDE - 5, SIDE, SIDE - 2), level=20, width=8)
    form = canonical.from_grey(photographed(faint, printed=cell))
    assert likeness(form, canonical.from_grey(clean)) > 0.9


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("level", [20, 150])
def test_a_box_that_the_digit_touches_is_left_out(digit: int, level: int) -> None:
    clean = drawn(DIGITS[digit])
    rows, columns = (np.flatnonzero((clean < 128).any(axis=axis)) for axis in (1, 0))
    left, top, right, bottom = columns[0] - 24, rows[0] - 24, columns[-1] + 5, rows[-1] + 24
    box = printed(
        (left, top, right, top + 2),
        (right, top, right + 2, bottom),
        (right, bottom, left, bottom - 2),
        (left, bottom, left - 2, top),
        level=level,
        width=6,
    )
    form = canonical.from_grey(photographed(np.maximum(clean, 120), printed=box, light=falling_off()))
    assert likeness(form, canonical.from_grey(clean)) > 0.85


def test_a_rule_that_leaves_the_picture_is_left_out() -> None:
    clean = drawn(DIGITS[7])
    leaving = printed((0, 262, SIDE, SIDE + 4), (0, 9, SIDE, -4), level=60, width=5)
    form = canonical.from_grey(photographed(clean, printed=leaving))
    assert likeness(form, canonical.from_grey(clean)) > 0.9


def test_a_digit_that_touches_the_edge_is_kept() -> None:
    clean = drawn(DIGITS[7])
    touching = np.roll(clean, -int(np.flatnonzero((clean < 128).any(axis=0))[0]), axis=1)
    form = canonical.from_grey(photographed(touching))
    assert likeness(form, canonical.from_grey(touching)) > 0.9


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("pen", [10, 20, 28, 34])
@pytest.mark.parametrize("inverted", [False, True])
def test_a_digit_cut_out_closely_is_found_whole(digit: int, pen: int, inverted: bool) -> None:
    clean = drawn(DIGITS[digit], pen=pen)
    rows, columns = (np.flatnonzero((clean < 128).any(axis=axis)) for axis in (1, 0))
    cut_out = photographed(clean)[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    assert likeness(as_if_clean(255 - cut_out if inverted else cut_out), canonical.from_grey(clean)) > 0.85


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("inverted", [False, True])
def test_a_bold_digit_cut_out_from_stained_paper_is_found_whole(digit: int, inverted: bool) -> None:
    cut_out = cut_out_of_stains(digit, pen=34, darkest=200)
    form = as_if_clean(255 - cut_out if inverted else cut_out)
    assert likeness(form, canonical.from_grey(drawn(DIGITS[digit], pen=34))) > 0.85


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("inverted", [False, True])
def test_a_small_bold_digit_on_stained_paper_is_found_whole(digit: int, inverted: bool) -> None:
    cut_out = Image.fromarray(cut_out_of_stains(digit, pen=44, darkest=180))
    cut_out.thumbnail((28, 28), Image.Resampling.BOX)
    small = 255 - np.asarray(cut_out) if inverted else np.asarray(cut_out)
    assert likeness(canonical.from_grey(small), canonical.from_grey(drawn(DIGITS[digit], pen=44))) > 0.85


def test_where_the_first_way_leaves_doubt_the_ink_is_found_in_another(recognizer: Recognizer) -> None:
    bold = [(digit, pen) for pen in (34, 44, 54) for digit in (3, 4, 5, 7)]
    seen = [cut_out_of_stains(digit, pen=pen, darkest=120) for digit, pen in bold]
    by_first = recognizer.predict_forms([to_form(each) for each in seen])
    by_both = recognizer.predict_many(seen)
    assert [p.digit for p in by_both] == [digit for digit, _ in bold]
    assert sum(p.digit == digit for p, (digit, _) in zip(by_first, bold, strict=True)) < 9
    assert [p.digit for p in recognizer.predict_forms([p.canonical for p in by_both])] == [d for d, _ in bold]


@pytest.mark.parametrize("pen", [6, 8])
@pytest.mark.parametrize("side", [64, 280])
def test_a_stroke_along_the_edge_is_no_line_of_the_paper(recognizer: Recognizer, pen: int, side: int) -> None:
    seen = []
    for digit in DIGITS:
        cut_out = Image.fromarray(cut_out_of_stains(digit, pen=pen, darkest=160))
        cut_out.thumbnail((side, side), Image.Resampling.BOX)
        seen.append(np.asarray(cut_out))
    assert [p.digit for p in recognizer.predict_many(seen)] == list(DIGITS)


def test_empty_stained_paper_is_mostly_refused(recognizer: Recognizer) -> None:
    rng = np.random.default_rng(4)
    sheets = []
    for _ in range(40):
        stains = Image.fromarray(rng.normal(200, 8, (12, 12)).astype(np.float32))
        sheet = np.asarray(stains.resize((160, 120), Image.Resampling.BICUBIC)) + rng.normal(0, 4, (120, 160))
        sheets.append(np.clip(sheet, 0, 255).astype(np.uint8))
    assert sum(p.digit is not None for p in recognizer.predict_many(sheets)) <= 4


def test_a_clean_drawing_has_one_form_alone() -> None:
    assert to_sight(drawn(DIGITS[4])).as_clean is None
    assert to_sight(Ink.from_strokes(DIGITS[4])).as_clean is None


@pytest.mark.parametrize("digit", DIGITS)
def test_a_hairline_does_not_fall_to_pieces(digit: int) -> None:
    clean = drawn(DIGITS[digit], pen=2)
    assert likeness(canonical.from_grey(photographed(clean)), canonical.from_grey(clean)) > 0.9


def test_two_digits_stay_two(recognizer: Recognizer) -> None:
    one, other = (drawn(DIGITS[digit])[::2, ::2] for digit in (4, 3))
    both = np.full((SIDE, SIDE), 255, np.uint8)
    both[70:210, :140], both[70:210, 140:] = one, other
    assert recognizer.predict(photographed(both)).digit is None


def on_a_table(written: Grey, table: int, turned: float) -> Grey:
    """A photograph of a sheet that lies in the middle of a table."""
    note = Image.fromarray(written).convert("LA").rotate(turned, Image.Resampling.BICUBIC, expand=True)
    seen = Image.new("L", (3 * SIDE // 2, 3 * SIDE // 2), table)
    seen.paste(note, ((seen.width - note.width) // 2, (seen.height - note.height) // 3), note)
    noisy = np.asarray(seen) + np.random.default_rng(2).normal(0, 4, seen.size[::-1])
    return np.clip(noisy, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("turned", [0, 12, -20])
@pytest.mark.parametrize("inverted", [False, True], ids=["paper", "slate"])
def test_a_digit_on_a_sheet_on_a_table_is_read(recognizer: Recognizer, turned: float, inverted: bool) -> None:
    notes = [photographed(drawn(DIGITS[digit]), light=0.6 + 0.4 * falling_off()) for digit in DIGITS]
    seen = [
        on_a_table(255 - note, 220, turned) if inverted else on_a_table(note, 60, turned) for note in notes
    ]
    assert [p.digit for p in recognizer.predict_many(seen)] == list(DIGITS)


def test_the_ink_on_a_sheet_lies_where_it_is_in_the_picture() -> None:
    seen = on_a_table(photographed(drawn(DIGITS[3])), 60, 0)
    ink, box = ink_of_photograph(seen, None)
    assert ink.shape == seen.shape
    assert box is not None
    rows, columns = np.nonzero(drawn(DIGITS[3]) < 128)
    right, down = (seen.shape[1] - SIDE) // 2, (seen.shape[0] - SIDE) // 3
    where = (columns.min() + right, rows.min() + down, columns.max() + 1 + right, rows.max() + 1 + down)
    assert np.allclose(box, where, atol=3)


@pytest.mark.parametrize("pen", [14, 40, 70])
def test_a_zero_is_no_sheet(pen: int) -> None:
    seen = photographed(drawn(DIGITS[0], pen=pen), light=falling_off())
    assert sheet.alone(seen, small_copy(seen)) is None
    assert sheet.alone(255 - seen, small_copy(255 - seen)) is None


@pytest.mark.parametrize("light", [None, falling_off()], ids=["even", "falling off"])
def test_empty_paper_is_blank(light: NDArray[np.float64] | None) -> None:
    seen = photographed(np.full((SIDE, SIDE), 255, np.uint8), light=light)
    _, box = ink_of_photograph(seen, None)
    assert box is None


def test_the_ink_lies_where_it_is_in_the_picture() -> None:
    clean = drawn(DIGITS[3])
    rows, columns = np.nonzero(clean < 128)
    ink, box = ink_of_photograph(photographed(clean, light=falling_off()), None)
    assert ink.shape == (SIDE, SIDE)
    assert box is not None
    assert np.allclose(box, (columns.min(), rows.min(), columns.max() + 1, rows.max() + 1), atol=3)
