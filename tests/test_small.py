"""Small pictures have bit-identical forms in a batch and one by one."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from numpy.typing import NDArray

from digitpad import Ink, canonical, small
from digitpad.errors import BadDrawing
from digitpad.forms import Drawing, to_form, to_sights
from digitpad.paper import Polarity
from tests.handwriting import DIGITS
from tests.test_canonical import drawn

Greys = NDArray[np.uint8]
CHANCE = np.random.default_rng(7)


def digits(side: int = 28) -> Greys:
    """More MNIST-like pictures than one batch takes, some with dust or noise."""
    forms = np.stack([canonical.from_ink(Ink.from_strokes(ways)) for ways in DIGITS.values()])
    clean = (np.tile(forms, (4, 1, 1)) * 255).astype(np.uint8)[:, 28 - side :]
    assert len(clean) > small.AT_ONCE
    clean[10:20][CHANCE.random(clean[10:20].shape) < 0.01] = 200
    clean[20:30] = np.clip(clean[20:30] + CHANCE.normal(0, 6, clean[20:30].shape), 0, 255)
    clean[30] = 0  # blank
    clean[31:35, 8:16, :2] = 220  # the end of something next to the digit
    clean[35:38] = np.where(np.arange(28) < 10, 255 - clean[35:38], clean[35:38])  # in bands
    clean[38, [0, -1]] = clean[38, :, [0, -1]] = 255  # with a border
    return clean


def check(greys: Greys, polarity: Polarity = "auto") -> None:
    for grey, form in zip(greys, small.from_greys(greys, polarity=polarity), strict=True):
        assert (form == canonical.from_grey(grey, polarity=polarity)).all()


@pytest.mark.parametrize("polarity", ["auto", "light-on-dark", "dark-on-light"])
@pytest.mark.parametrize("inverted", [False, True])
@pytest.mark.parametrize("side", [28, 20])
def test_digits(polarity: Polarity, inverted: bool, side: int) -> None:
    check(255 - digits(side) if inverted else digits(side), polarity)


def test_paper_in_shadow() -> None:
    greys = CHANCE.integers(0, 256, (5, 28, 28)).astype(np.uint8)
    assert small._ink_of(greys, "auto")[2].any()
    check(greys)


@given(
    arrays.arrays(
        np.uint8,
        st.tuples(st.integers(2, 4), st.integers(1, 28), st.integers(1, 28)),
        elements=st.sampled_from([0, 30, 200, 255]),
    )
)
def test_anything(greys: Greys) -> None:
    check(greys)


def test_all_kinds_come_in_their_order() -> None:
    one, other = digits()[:2]
    drawings: list[Drawing] = [
        one,
        b"no picture",
        Ink.from_strokes(DIGITS[3]),
        drawn(DIGITS[4]),
        other,
        one[2:],
    ]
    for drawing, sight in zip(drawings, to_sights(drawings), strict=True):
        if isinstance(sight, BadDrawing):
            assert drawing == b"no picture"
        else:
            assert (sight.form == to_form(drawing)).all()
