"""What is made from MNIST still shows its digit, and what must be refused is not a digit."""

from __future__ import annotations

import numpy as np
import pytest

from digitpad import canonical
from digitpad.training.dataset import NOT_A_DIGIT, Mnist
from digitpad.training.fonts import FONTS, UNSEEN
from digitpad.training.synthesis import degrading, epochs, hands, letters, strokes
from digitpad.training.synthesis.skeleton import strokes_of
from tests.handwriting import DIGITS
from tests.test_canonical import drawn, likeness

pytestmark = pytest.mark.train


def test_the_skeleton_of_a_drawing_is_its_strokes() -> None:
    for ways in DIGITS.values():
        grey = drawn(ways, side=112, pen=6, paper=0, ink=255)
        assert likeness(canonical.from_ink(strokes.ink(strokes_of(grey))), canonical.from_grey(grey)) > 0.87


def test_mnist_as_strokes_looks_like_mnist(mnist: Mnist) -> None:
    alike = [
        likeness(canonical.from_ink(strokes.ink(strokes_of(image))), canonical.from_grey(image))
        for image in mnist.train.images[:200]
    ]
    assert np.median(alike) > 0.9


def test_a_blank_picture_has_no_strokes() -> None:
    assert strokes_of(np.zeros((28, 28), np.uint8)) == []


def test_a_chunk_of_an_epoch_has_all_kinds_and_repeats_itself(mnist: Mnist) -> None:
    digits = mnist.train.take(np.arange(100))
    first, second = (epochs.mixed(digits, np.random.default_rng(3)) for _ in range(2))
    assert (first.forms == second.forms).all()
    assert (first.labels == second.labels).all()
    drawn = 100 + round(100 * epochs.BY_HAND) + round(100 * epochs.REFUSED)
    assert len(first) == drawn + round(100 * epochs.BLANK)
    assert (first.labels[:100] == digits.labels).all()
    assert set(first.labels.tolist()) == {*range(10), NOT_A_DIGIT}
    assert first.forms[:drawn].any(axis=(1, 2)).all()  # empty paper leaves nothing, or a shadow


@pytest.mark.parametrize("digit", range(10))
def test_digits_by_hand_are_read_as_such(digit: int, recognizer: object) -> None:
    from digitpad import Recognizer  # noqa: PLC0415

    assert isinstance(recognizer, Recognizer)
    rng = np.random.default_rng(digit)
    drawn = [strokes.bent(hands.written(digit, rng), rng, amount=0.5) for _ in range(50)]
    forms = [canonical.from_ink(strokes.ink(each)) for each in drawn]
    assert sum(p.digit == digit for p in recognizer.predict_forms(forms)) >= 45


@pytest.mark.parametrize("mishap", degrading.MISHAPS, ids=lambda mishap: mishap.__name__)
@pytest.mark.parametrize("side", [28, 112])
def test_a_mishap_leaves_a_picture(mishap: object, side: int) -> None:
    grey = drawn(DIGITS[8], side=side, pen=side / 14, paper=0, ink=255)
    for seed in range(5):
        after = mishap(grey, np.random.default_rng(seed))  # type: ignore[operator]
        assert after.dtype == np.uint8
        assert after.shape == grey.shape


def test_letters_are_measured_by_fonts_that_were_not_trained_on() -> None:
    assert not set(FONTS) & set(UNSEEN)
    assert not set(letters.LETTERS_TO_TRAIN_ON) & set(letters.UNSEEN_LETTERS)


def test_every_letter_has_ink_but_those_that_its_font_lacks() -> None:
    rng = np.random.default_rng(3)
    for some in (letters.letter, letters.unseen_letter):
        for _ in range(200):
            assert all(np.isfinite(stroke).all() for stroke in some(rng))


def test_no_letter_that_could_be_a_digit_is_refused() -> None:
    assert not set(letters.LETTERS + letters.SYMBOLS) & set("0123456789BDIOQSZbgiloqsz")
