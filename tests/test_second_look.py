"""The second look: which forms get one, and with what result."""

from __future__ import annotations

import numpy as np
import pytest

from digitpad import Recognizer, second_look
from digitpad.canonical import FloatArray
from digitpad.second_look import AT_ONCE, DIGIT, HOPELESS, LEAD, LOOKS, averaged

SURE = np.array([LEAD + 1, *[0.0] * 9], np.float32)
UNSURE = np.array([LEAD - 1, *[0.0] * 9], np.float32)


class Network:
    """Gives the same answer for every form, and counts the forms."""

    def __init__(self) -> None:
        self.given: list[int] = []

    def __call__(self, forms: FloatArray) -> tuple[FloatArray, FloatArray]:
        self.given.append(len(forms))
        return np.full((len(forms), 10), 2, np.float32), np.full(len(forms), 3, np.float32)


def forms(number: int) -> FloatArray:
    """That many forms with a bar in the middle."""
    made = np.zeros((number, 28, 28), np.float32)
    made[:, 8:20, 13] = 1
    return made


@pytest.mark.parametrize(
    ("logits", "digit", "again"),
    [
        (SURE, DIGIT + 1, False),
        (UNSURE, DIGIT + 1, True),
        (SURE, DIGIT - 1, True),
        (UNSURE, HOPELESS - 1, False),
    ],
)
def test_only_what_is_not_sure_is_looked_at_again(logits: FloatArray, digit: float, *, again: bool) -> None:
    network = Network()
    averaged(network, forms(1), logits[None], np.array([digit], np.float32))
    assert network.given == ([len(LOOKS)] if again else [])


def test_all_looks_count_alike_and_what_is_sure_stays() -> None:
    first = np.stack([SURE, UNSURE]), np.array([DIGIT + 1, DIGIT + 1], np.float32)
    logits, digit = averaged(Network(), forms(2), *first)
    assert (logits[0] == SURE).all()
    assert logits[1, 0] == pytest.approx((LEAD - 1 + 2 * len(LOOKS)) / (len(LOOKS) + 1))
    assert digit[1] == pytest.approx((DIGIT + 1 + 3 * len(LOOKS)) / (len(LOOKS) + 1))
    assert (first[0][1] == UNSURE).all()  # the input is unchanged


def test_many_are_looked_at_in_parts() -> None:
    network = Network()
    averaged(
        network, forms(AT_ONCE + 1), np.tile(UNSURE, (AT_ONCE + 1, 1)), np.zeros(AT_ONCE + 1, np.float32)
    )
    assert network.given == [AT_ONCE * len(LOOKS), len(LOOKS)]


def test_the_looks_are_what_they_are_called() -> None:
    looks = dict(zip((tuple(*look.items()) for look in LOOKS), second_look._looks(forms(1)), strict=True))
    (bar,) = forms(1)
    assert (looks["right", 1.0] == np.roll(bar, 1, axis=1)).all()
    assert (looks["down", -1.0] == np.roll(bar, -1, axis=0)).all()
    assert looks["scale", 1.1].sum() > bar.sum() > looks["scale", 0.9].sum()
    for look in (looks["slant", 0.15], looks["turn", 9.0]):
        top, bottom = (np.average(np.arange(28), weights=look[row]) for row in (9, 18))
        assert abs(top - bottom) > 1  # pixels that the bar leans
        assert look.sum() == pytest.approx(bar.sum(), rel=0.02)


def test_a_form_that_is_not_sure_is_read_alike_alone_and_among_others() -> None:
    recognizer = Recognizer.load()
    chance = np.random.default_rng(5)
    many = [chance.random((28, 28), np.float32) ** 4 for _ in range(30)] + list(forms(3))
    together = recognizer.predict_forms(many)
    for form, among in zip(many, together, strict=True):
        (alone,) = recognizer.predict_forms([form])
        assert alone.p_digit == pytest.approx(among.p_digit, abs=1e-5)
        assert alone.probabilities == pytest.approx(among.probabilities, abs=1e-5)
