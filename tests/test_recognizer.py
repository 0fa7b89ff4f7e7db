"""The packaged model through the public door."""

from __future__ import annotations

import io
import math
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitpad import Ink, Recognizer
from digitpad.errors import BadDrawing, ModelError
from digitpad.model_card import PACKAGED_MODEL
from digitpad.recognizer import Drawing
from tests.handwriting import DIGITS
from tests.test_canonical import drawn


def png(array: np.ndarray) -> bytes:
    out = io.BytesIO()
    Image.fromarray(array).save(out, "PNG")
    return out.getvalue()


@pytest.mark.parametrize("digit", DIGITS)
def test_our_own_digits_are_read_from_strokes(recognizer: Recognizer, digit: int) -> None:
    prediction = recognizer.predict(Ink.from_strokes(DIGITS[digit]))
    assert prediction.digit == digit
    assert prediction.confidence == max(prediction.probabilities)


@pytest.mark.parametrize("digit", DIGITS)
@pytest.mark.parametrize("pen", [10, 14, 22])
def test_our_own_digits_are_read_from_pictures(recognizer: Recognizer, digit: int, pen: int) -> None:
    assert recognizer.predict(drawn(DIGITS[digit], pen=pen)).digit == digit


def test_every_form_of_the_same_picture_gives_the_same_answer(recognizer: Recognizer) -> None:
    array = drawn(DIGITS[5])
    pictures: list[Drawing] = [array, png(array), Image.fromarray(array), Image.open(io.BytesIO(png(array)))]
    answers = recognizer.predict_many(pictures)
    assert len({answer.probabilities for answer in answers}) == 1


def test_probabilities_sum_to_one(recognizer: Recognizer) -> None:
    for prediction in recognizer.predict_many([Ink.from_strokes(ways) for ways in DIGITS.values()]):
        assert math.isclose(sum(prediction.probabilities), 1, rel_tol=1e-9)
        assert len(prediction.probabilities) == 10
        assert prediction.canonical.shape == (28, 28)


def test_many_come_in_order_and_as_one_by_one(recognizer: Recognizer) -> None:
    inks = [Ink.from_strokes(DIGITS[n % 10]) for n in range(300)]
    many = recognizer.predict_many(inks)
    assert [p.digit for p in many] == [recognizer.predict(ink).digit for ink in inks]
    assert recognizer.predict_many([]) == []


@pytest.mark.parametrize(
    "blank", [Ink.from_strokes([]), Image.new("L", (280, 280), 255), np.zeros((28, 28), np.uint8)]
)
def test_a_blank_drawing_is_not_a_digit(recognizer: Recognizer, blank: Ink) -> None:
    prediction = recognizer.predict(blank)
    assert prediction.digit is None
    assert prediction.p_digit == 0


@pytest.mark.parametrize("bad", ["a path", 7, None, np.zeros((28, 28, 3), np.uint8), b"no picture"])
def test_what_is_no_drawing_is_a_value_error_of_our_own(recognizer: Recognizer, bad: object) -> None:
    with pytest.raises(BadDrawing) as error:
        recognizer.predict(bad)  # type: ignore[arg-type]
    assert isinstance(error.value, ValueError)


def test_a_folder_without_a_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="digitpad train"):
        Recognizer.load(tmp_path)


def test_a_model_that_was_changed_is_not_loaded(tmp_path: Path) -> None:
    for file in PACKAGED_MODEL.iterdir():
        (tmp_path / file.name).write_bytes(file.read_bytes())
    Recognizer.load(tmp_path)
    (tmp_path / "model_mnist.onnx").write_bytes(b"something else")
    with pytest.raises(ModelError, match="not the file that its model card describes"):
        Recognizer.load(tmp_path)


@pytest.mark.train
def test_keras_and_onnx_give_the_same_answers(recognizer: Recognizer) -> None:
    keras = Recognizer.load(engine="keras")
    drawings: list[Drawing] = [
        *(Ink.from_strokes(ways) for ways in DIGITS.values()),
        *(drawn(ways) for ways in DIGITS.values()),
    ]
    for ours, theirs in zip(recognizer.predict_many(drawings), keras.predict_many(drawings), strict=True):
        assert ours.digit == theirs.digit
        np.testing.assert_allclose(ours.probabilities, theirs.probabilities, atol=1e-4)


@pytest.mark.train
def test_plain_keras_loads_the_artefacts() -> None:
    import keras  # noqa: PLC0415

    model = keras.models.model_from_json((PACKAGED_MODEL / "model_mnist.json").read_text())
    model.load_weights(PACKAGED_MODEL / "model_mnist.weights.h5")
    form = Recognizer.load().predict(Ink.from_strokes(DIGITS[3])).canonical
    assert model.predict(form[None, ..., None], verbose=0).argmax() == 3
