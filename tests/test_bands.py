"""A digit is found even if ink and paper change places in bands; a digit is never taken for a band."""

from __future__ import annotations

import numpy as np
import pytest
from numpy.typing import NDArray

from digitpad import canonical
from digitpad.paper import Polarity
from tests.handwriting import DIGITS
from tests.test_canonical import drawn, likeness

SIDE = np.arange(36)
BANDS = {"half": SIDE < 18, "sides": (SIDE < 9) | (SIDE >= 27), "three quarters": SIDE < 27}


def small(digit: int) -> NDArray[np.uint8]:
    form = canonical.from_grey(drawn(DIGITS[digit]))
    return np.pad((255 - 255 * form).astype(np.uint8), 4, constant_values=255)


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("name", BANDS)
@pytest.mark.parametrize("across", [False, True])
def test_the_digit_is_the_same(digit: int, name: str, across: bool) -> None:
    clean, band = small(digit), BANDS[name]
    banded = np.where(band[:, None] if across else band, 255 - clean, clean)
    assert likeness(canonical.from_grey(banded), canonical.from_grey(clean)) > 0.99
    told: Polarity = "dark-on-light"
    assert likeness(canonical.from_grey(banded, polarity=told), canonical.from_grey(clean)) > 0.99


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("pen", [16, 30, 44])
@pytest.mark.parametrize("margin", [0, 30, 90])
def test_a_digit_that_touches_two_edges_is_no_band(digit: int, pen: int, margin: int) -> None:
    whole = drawn(DIGITS[digit], pen=pen)
    rows = np.flatnonzero((whole < 128).any(axis=1))
    columns = np.flatnonzero((whole < 128).any(axis=0))
    tight = whole[rows[0] : rows[-1] + 1, columns[0] : columns[-1] + 1]
    padded = np.pad(tight, ((0, 0), (margin, margin)), constant_values=255)
    assert likeness(canonical.from_grey(padded), canonical.from_grey(whole)) > 0.9


def test_an_upright_one_from_edge_to_edge_is_no_band() -> None:
    one = np.full((28, 28), 255, np.uint8)
    one[:, 11:17] = 0
    form = canonical.from_grey(one)
    assert form.any()
    assert likeness(form, canonical.from_grey(255 - one)) > 0.99


def test_bands_are_looked_for_once() -> None:
    rng = np.random.default_rng(3)
    for _ in range(300):  # whatever is found there, it is found
        ends = np.repeat(rng.choice((0, 40, 200, 255), 4), 7)
        grey = np.where(rng.random((28, 28)) < 0.2, 255 - ends, ends).astype(np.uint8)
        grey[[0, -1]] = ends
        assert canonical.from_grey(grey).shape == (28, 28)
