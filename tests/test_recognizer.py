"""The packaged model through the public API."""

from __future__ import annotations

import io
import math
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitpad import Ink, Recognizer, second_look
from digitpad.canonical import FloatArray
from digitpad.engines import OnnxEngine
from digitpad.errors import BadDrawing, ModelError
from digitpad.forms import Drawing, to_form
from digitpad.model_card import PACKAGED_MODEL
from digitpad.recognizer import chance_of_digit, softmax
from tests.handwriting import DIGITS, LETTER_M
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


def test_a_form_is_judged_by_the_same_formulas_as_many(recognizer: Recognizer) -> None:
    forms = np.stack([to_form(Ink.from_strokes(ways)) for ways in DIGITS.values()])
    logits, digit = recognizer.look(forms)
    chances = softmax(logits / recognizer.card.temperature)
    p_digit = chance_of_digit(digit, logits, recognizer.card.digit_weights)
    sure = (second_look.lead(logits) > second_look.LEAD) & (digit > second_look.DIGIT)
    assert sure.any()
    for number in np.flatnonzero(sure):
        (found,) = recognizer.predict_forms(forms[number][None])
        assert found.probabilities == pytest.approx(chances[number], abs=1e-6)
        assert found.p_digit == pytest.approx(p_digit[number], abs=1e-6)


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


SCRIBBLE = [[(20 + 240 * (n * 7 % 11) / 10, 20 + 240 * (n * 5 % 13) / 12) for n in range(30)]]
SQUARE = [[(40, 40), (240, 40), (240, 240), (40, 240), (40, 40)]]
DOT = [[(140, 140), (142, 141)]]


@pytest.mark.parametrize("strokes", [LETTER_M, SCRIBBLE, SQUARE, DOT], ids=["M", "scribble", "square", "dot"])
def test_what_is_no_digit_is_refused(
    recognizer: Recognizer, strokes: list[list[tuple[float, float]]]
) -> None:
    for drawing in (Ink.from_strokes(strokes), drawn(strokes)):
        prediction = recognizer.predict(drawing)
        assert prediction.digit is None
        assert prediction.p_digit < recognizer.card.threshold
        assert prediction.confidence == pytest.approx(1 - prediction.p_digit)
        assert 0 <= prediction.best_guess <= 9


@pytest.mark.parametrize("digit", DIGITS)
def test_saliency_lies_on_the_ink(recognizer: Recognizer, digit: int) -> None:
    prediction = recognizer.predict(Ink.from_strokes(DIGITS[digit]))
    saliency = recognizer.saliency(prediction.canonical)
    assert saliency.shape == (28, 28)
    assert saliency.max() == pytest.approx(1)
    assert not saliency[prediction.canonical == 0].any()
    assert saliency.min() >= 0


def test_a_blank_drawing_has_no_saliency(recognizer: Recognizer) -> None:
    assert not recognizer.saliency(np.zeros((28, 28), np.float32)).any()


def test_features_are_near_for_drawings_that_are_alike(recognizer: Recognizer) -> None:
    three, same, other = (
        recognizer.predict(drawn(ways, pen=pen)).features
        for ways, pen in ((DIGITS[3], 12), (DIGITS[3], 16), (DIGITS[7], 12))
    )
    assert np.linalg.norm(three - same) < np.linalg.norm(three - other)


def test_the_first_layers_maps_are_pictures(recognizer: Recognizer) -> None:
    first, second = recognizer.maps(recognizer.predict(Ink.from_strokes(DIGITS[4])).canonical)
    for maps in (first, second):
        assert maps.ndim == 3
        assert maps.min() >= 0
        assert maps.max() == 1
    assert len(second) > len(first)


def test_a_model_without_its_first_layers_still_reads(tmp_path: Path) -> None:
    """Earlier versions exported such models."""
    (tmp_path / "model_mnist.onnx").write_bytes((PACKAGED_MODEL / "model_mnist.onnx").read_bytes())
    engine, form = OnnxEngine(tmp_path), np.zeros((1, 28, 28), np.float32)
    assert len(engine.maps(form)) < 2
    assert engine.run(form, "logits")[0].shape == (1, 10)


@pytest.mark.parametrize("bad", ["a path", 7, None, np.zeros((28, 28, 3), np.uint8), b"no picture"])
def test_what_is_no_drawing_is_a_value_error_of_our_own(recognizer: Recognizer, bad: object) -> None:
    with pytest.raises(BadDrawing) as error:
        recognizer.predict(bad)  # type: ignore[arg-type]
    assert isinstance(error.value, ValueError)


def test_reading_reports_nothing_to_anybody(tmp_path: Path) -> None:
    """ONNX Runtime would keep a device's id and what it reports to Microsoft in the user's cache."""
    told = ("CI", "ORT_DISABLE_TELEMETRY", "XDG_CACHE_HOME")  # with CI set it reports nothing by itself
    environment = {name: value for name, value in os.environ.items() if name not in told}
    program = "from digitpad import Ink, Recognizer; Recognizer.load().predict(Ink.from_strokes([[(1, 1), (1, 9)]]))"
    subprocess.run([sys.executable, "-c", program], env={**environment, "HOME": str(tmp_path)}, check=True)
    assert list(tmp_path.rglob("*")) == []


def test_a_folder_without_a_model_says_so(tmp_path: Path) -> None:
    with pytest.raises(ModelError, match="digitpad train"):
        Recognizer.load(tmp_path)


def test_a_card_that_cannot_be_read_says_why(tmp_path: Path) -> None:
    card = tmp_path / "model-card.json"
    for content in (b'{"version": "\xff"}', b'{"a":' + b"[" * 100_000):
        card.write_bytes(content)
        with pytest.raises(ModelError, match="not a model card"):
            Recognizer.load(tmp_path)
    card.unlink()
    card.mkdir()
    with pytest.raises(ModelError, match=r"model-card\.json: Is a directory"):
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
    """Up to the cost of eight bits: hardly anything where the network is sure."""
    keras = Recognizer.load(engine="keras")
    drawings: list[Drawing] = [
        *(Ink.from_strokes(ways) for ways in DIGITS.values()),
        *(drawn(ways) for ways in DIGITS.values()),
    ]
    for ours, theirs in zip(recognizer.predict_many(drawings), keras.predict_many(drawings), strict=True):
        assert ours.digit == theirs.digit
        np.testing.assert_allclose(ours.probabilities, theirs.probabilities, atol=2e-3)
        assert similarity(ours.features, theirs.features) > 0.998
        assert ours.p_digit == pytest.approx(theirs.p_digit, abs=5e-3)
        for one, other in zip(recognizer.maps(ours.canonical), keras.maps(theirs.canonical), strict=True):
            np.testing.assert_allclose(one, other, atol=1e-4)


def similarity(one: FloatArray, other: FloatArray) -> float:
    """The cosine of the angle between them."""
    return float(one @ other / np.linalg.norm(one) / np.linalg.norm(other))


@pytest.mark.train
def test_plain_keras_loads_the_artefacts() -> None:
    import keras  # noqa: PLC0415

    model = keras.models.model_from_json((PACKAGED_MODEL / "model_mnist.json").read_text())
    model.load_weights(PACKAGED_MODEL / "model_mnist.weights.h5")
    form = Recognizer.load().predict(Ink.from_strokes(DIGITS[3])).canonical
    assert model.predict(form[None, ..., None], verbose=0)["logits"].argmax() == 3
