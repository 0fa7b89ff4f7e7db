"""Recognizer and Prediction: drawing → canonical form → network (again if it is not sure) → answer or refusal."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from operator import attrgetter
from pathlib import Path
from typing import Any, Final, NamedTuple

import numpy as np
from numpy.typing import NDArray

from digitpad import canonical, second_look
from digitpad.canonical import FloatArray
from digitpad.engines import Engine, EngineName, load_engine
from digitpad.errors import BadDrawing
from digitpad.forms import Drawing, Sight, to_sights
from digitpad.model_card import PACKAGED_MODEL, ModelCard
from digitpad.paper import Polarity
from digitpad.second_look import is_plain, is_unsure, lead

PATCH: Final = 6  # pixels: side of the patch wiped out at a time, two strokes wide
STRIDE: Final = 2  # pixels from one patch to the next
BATCH: Final = 8  # forms per run: more are no faster, and ONNX Runtime keeps the memory of the largest run


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was read in one drawing."""

    digit: int | None
    """0 to 9, or None where the drawing is not a digit."""
    confidence: float
    """The calibrated chance that `digit` is right, 0 to 1; if it is None, that the drawing is not a digit."""
    probabilities: tuple[float, ...]
    """Ten chances: which digit, given that it is one. They sum to 1."""
    p_digit: float
    """How likely the drawing is a digit at all, 0 to 1. Below the model's threshold `digit` is None."""
    canonical: FloatArray = field(repr=False, compare=False)
    """What the network saw, of a photograph's two forms the one that counted more: shape (28, 28), 0 paper to 1 ink."""
    features: FloatArray = field(repr=False, compare=False)
    """The network's description of it, shape (k,): close for similar drawings, under the same model."""

    @property
    def best_guess(self) -> int:
        """The likeliest digit, even if the drawing was refused."""
        return int(np.argmax(self.probabilities))


class _Answer(NamedTuple):
    """The network's answer for one form."""

    form: FloatArray
    logits: list[float]
    digit: float
    features: FloatArray


class Recognizer:
    """Reads digits. Safe to share between threads; make it after a fork, not before."""

    def __init__(self, engine: Engine, card: ModelCard) -> None:
        self._engine = engine
        self.card = card

    @classmethod
    def load(cls, path: str | Path | None = None, *, engine: EngineName = "onnx") -> Recognizer:
        """Load a model.

        :param path: a folder that `digitpad train` wrote; None for the packaged model
        :param engine: "onnx", or "keras" where the extra "train" is installed
        :raises ModelError: no usable model there
        :raises MissingExtra: Keras is asked for but not installed
        """
        folder = PACKAGED_MODEL if path is None else Path(path)
        card = ModelCard.read(folder)
        return cls(load_engine(folder, engine), card)

    def predict(self, drawing: Drawing, *, polarity: Polarity = "auto") -> Prediction:
        """Read one drawing.

        :param drawing: `Ink`, the bytes of a PNG or JPEG, a PIL image, or a 2-D uint8 array
        :param polarity: for pictures, whether the ink is darker or lighter than the paper
        :raises BadDrawing: malformed; a blank drawing is not malformed but refused
        """
        return self.predict_many([drawing], polarity=polarity)[0]

    def predict_many(self, drawings: Iterable[Drawing], *, polarity: Polarity = "auto") -> list[Prediction]:
        """Read drawings in batches; the answers come in the same order. See `predict`."""
        sights = []
        for sight in to_sights(drawings, polarity):
            if isinstance(sight, BadDrawing):
                raise sight
            sights.append(sight)
        return self.predict_sights(sights)

    def predict_forms(self, forms: Sequence[FloatArray]) -> list[Prediction]:
        """Read canonical forms, each of shape (28, 28)."""
        return self.predict_sights([*map(Sight, forms)])

    def predict_sights(self, sights: Sequence[Sight]) -> list[Prediction]:
        """Read drawings as the network sees them: see `forms.to_sights`."""
        predictions: list[Prediction] = []
        for at in range(0, len(sights), BATCH):
            some = sights[at : at + BATCH]
            answers = self._read(np.array([sight.form for sight in some]))
            others = [sight.as_clean for sight in some if sight.as_clean is not None]
            if others:
                seconds = iter(self._read(np.array(others)))
                answers = [
                    answer if sight.as_clean is None else _of_both(answer, next(seconds))
                    for sight, answer in zip(some, answers, strict=True)
                ]
            predictions += map(self._judge, answers)
        return predictions

    def _read(self, forms: FloatArray) -> list[_Answer]:
        logits, digit, features = self._engine.run(forms, "logits", "digit", "features")
        logits, digit = second_look.averaged(self.look, forms, logits, digit[:, 0])
        return [*map(_Answer, forms, logits.tolist(), digit.tolist(), features)]

    def look(self, forms: FloatArray) -> tuple[FloatArray, FloatArray]:
        """The network's raw logits for canonical forms: for a second look, and for measuring.

        :param forms: shape (n, 28, 28)
        :returns: ten logits for each, shape (n, 10), and the logit that it is a digit, shape (n,)
        """
        logits, digit = self._engine.run(forms, "logits", "digit")
        return logits, digit[:, 0]

    def _judge(self, answer: _Answer) -> Prediction:
        """Accept or refuse, in plain Python: for ten numbers NumPy takes four times as long."""
        form, logits, digit, features = answer
        if not form.any():
            return Prediction(None, 1.0, (0.1,) * 10, 0.0, form, features)
        *_, second, first = sorted(logits)
        by_logit, by_lead, bias = self.card.digit_weights  # as in `chance_of_digit`
        evidence = by_logit * digit + by_lead * (first - second) + bias
        p_digit = 1 / (1 + math.exp(-max(-50.0, min(50.0, evidence))))
        shares = [math.exp((logit - first) / self.card.temperature) for logit in logits]  # as in `softmax`
        total = sum(shares)
        chances = tuple([share / total for share in shares])
        if p_digit < self.card.threshold:
            return Prediction(None, 1.0 - p_digit, chances, p_digit, form, features)
        best = logits.index(first)
        return Prediction(best, chances[best], chances, p_digit, form, features)

    def saliency(self, form: FloatArray) -> FloatArray:
        """Which ink of a canonical form mattered: how much the best guess loses when a patch is wiped out.

        This is occlusion (M. Zeiler and R. Fergus, "Visualizing and understanding convolutional networks", 2014,
        section 4.2): it needs only the network's answers, so no TensorFlow.

        :param form: `Prediction.canonical`, shape (28, 28)
        :returns: shape (28, 28), float32, 0 none to 1 most; only ink matters
        """
        places = [
            (slice(row, row + PATCH), slice(column, column + PATCH))
            for row in range(0, canonical.SIDE - PATCH + 1, STRIDE)
            for column in range(0, canonical.SIDE - PATCH + 1, STRIDE)
            if form[row : row + PATCH, column : column + PATCH].any()
        ]
        lost, seen = np.zeros_like(form), np.zeros_like(form)
        if places:
            forms = np.repeat(form[None], len(places) + 1, axis=0)
            for wiped, place in zip(forms, places, strict=False):
                wiped[place] = 0
            (logits,) = self._engine.run(forms, "logits")
            chances = np.log(softmax(logits / self.card.temperature)[:, logits[-1].argmax()] + 1e-12)
            for place, chance in zip(places, chances[:-1], strict=True):
                lost[place] += max(float(chances[-1] - chance), 0.0)
                seen[place] += 1
        lost = np.where(form > 0, lost / np.maximum(seen, 1), 0).astype(np.float32)
        return lost / np.float32(max(float(lost.max()), 1e-6))

    def maps(self, form: FloatArray) -> list[FloatArray]:
        """The feature maps that the network's first layers make of a canonical form, the first layer's first.

        :returns: one array per layer, mostly two: shape (channels, height, width), float32, 0 to 1 within the layer
        """
        return [
            np.moveaxis(maps[0], -1, 0) / np.float32(max(float(maps.max()), 1e-6))
            for maps in self._engine.maps(form[None])
        ]


def _of_both(answer: _Answer, second: _Answer) -> _Answer:
    """Combine the answers to the two forms of a photograph; the second has all that may be ink, even the paper's lines.

    If the second is plainly a digit, its lines belonged to it. If the first form is blank, the second must be sure, as
    grain of the paper may look like ink. If the first is unsure and the second a digit, both are averaged.
    """
    is_digit = second.digit >= second_look.DIGIT
    if is_plain(second.logits, second.digit):
        return second
    if not answer.form.any():
        return second if is_digit and not is_unsure(second.logits, second.digit) else answer
    if not is_digit or not is_unsure(answer.logits, answer.digit):
        return answer
    logits = [(one + more) / 2 for one, more in zip(answer.logits, second.logits, strict=True)]
    likelier = max(answer, second, key=attrgetter("digit"))
    return likelier._replace(logits=logits, digit=(answer.digit + second.digit) / 2)


def softmax(logits: FloatArray) -> NDArray[np.float64]:
    """Chances from logits along the last axis, in double precision so that they sum to 1."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    chances: NDArray[np.float64] = shifted / shifted.sum(axis=-1, keepdims=True)
    return chances


def chance_of_digit(digit: FloatArray, logits: FloatArray, weights: tuple[float, ...]) -> NDArray[np.float64]:
    """How likely drawings are digits, from the network's own logit and from how clearly one digit leads.

    :param digit: shape (n,); logits: shape (n, 10); weights: see `ModelCard.digit_weights`
    """
    by_logit, by_lead, bias = weights
    return sigmoid(by_logit * digit + by_lead * lead(logits) + bias)


def sigmoid(logits: NDArray[np.floating[Any]]) -> NDArray[np.float64]:
    """Chances from logits, each independently."""
    bounded = np.minimum(np.maximum(logits.astype(np.float64), -50), 50)
    chances: NDArray[np.float64] = 1 / (1 + np.exp(-bounded))
    return chances
