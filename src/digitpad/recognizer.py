"""Recognizer and Prediction: drawing → canonical form → network → calibrated answer, or refusal."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from digitpad import canonical, picture
from digitpad.canonical import FloatArray, Polarity
from digitpad.engines import Engine, EngineName, load_engine
from digitpad.errors import BadDrawing
from digitpad.ink import Ink
from digitpad.model_card import PACKAGED_MODEL, ModelCard

Drawing = Ink | bytes | Image.Image | NDArray[np.uint8]

BATCH: Final = 256  # forms a run: beyond it the network gets no faster and memory only grows


@dataclass(frozen=True, slots=True)
class Prediction:
    """What was read in one drawing."""

    digit: int | None
    """0 to 9, or None where the drawing is not a digit."""
    confidence: float
    """The calibrated chance that `digit` is right, 0 to 1; where it is None, that this is no digit."""
    probabilities: tuple[float, ...]
    """Ten chances: which digit, given that it is one. They sum to 1."""
    p_digit: float
    """How likely the drawing is a digit at all, 0 to 1. Below the model's threshold `digit` is None."""
    canonical: FloatArray = field(repr=False, compare=False)
    """What the network saw: shape (28, 28), float32, 0 paper to 1 ink."""

    @property
    def best_guess(self) -> int:
        """The likeliest digit, also where the drawing was refused."""
        return int(np.argmax(self.probabilities))


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
        :raises MissingExtra: Keras is asked for and not installed
        """
        folder = PACKAGED_MODEL if path is None else Path(path)
        card = ModelCard.read(folder)
        return cls(load_engine(folder, engine), card)

    def predict(self, drawing: Drawing, *, polarity: Polarity = "auto") -> Prediction:
        """Read one drawing.

        :param drawing: `Ink`, the bytes of a PNG or JPEG, a PIL image, or a 2-D uint8 array
        :param polarity: for pictures, whether the ink is darker or lighter than the paper
        :raises BadDrawing: malformed; a blank drawing is not, it is refused
        """
        return self.predict_many([drawing], polarity=polarity)[0]

    def predict_many(self, drawings: Iterable[Drawing], *, polarity: Polarity = "auto") -> list[Prediction]:
        """Read drawings in batches; the answers come in their order. See `predict`."""
        return self.predict_forms([to_form(drawing, polarity) for drawing in drawings])

    def predict_forms(self, forms: Sequence[FloatArray]) -> list[Prediction]:
        """Read canonical forms, each of shape (28, 28)."""
        predictions: list[Prediction] = []
        for at in range(0, len(forms), BATCH):
            batch = np.stack(forms[at : at + BATCH])
            probabilities = softmax(self._engine.logits(batch) / self.card.temperature)
            for form, chances in zip(batch, probabilities.tolist(), strict=True):
                predictions.append(self._judge(form, chances))
        return predictions

    def _judge(self, form: FloatArray, chances: list[float]) -> Prediction:
        """Accept or refuse."""
        if not form.any():
            return Prediction(None, 1.0, (0.1,) * 10, 0.0, form)
        best = max(range(10), key=chances.__getitem__)
        return Prediction(best, chances[best], tuple(chances), 1.0, form)


def to_form(drawing: Drawing, polarity: Polarity = "auto") -> FloatArray:
    """Bring any drawing into the canonical form, shape (28, 28).

    :raises BadDrawing: malformed, or of a type that is no drawing
    """
    if isinstance(drawing, Ink):
        return canonical.from_ink(drawing)
    if isinstance(drawing, bytes | bytearray | memoryview):
        grey = picture.from_bytes(bytes(drawing))
    elif isinstance(drawing, Image.Image):
        grey = picture.from_image(drawing)
    elif isinstance(drawing, np.ndarray):
        grey = picture.from_array(drawing)
    else:
        raise BadDrawing(
            f"cannot read a {type(drawing).__name__}: expected Ink, PNG or JPEG bytes, a PIL image or a 2-D uint8 array"
        )
    return canonical.from_grey(grey, polarity=polarity)


def softmax(logits: FloatArray) -> NDArray[np.float64]:
    """Chances from logits along the last axis, in double precision so that they sum to 1."""
    shifted = np.exp(logits.astype(np.float64) - logits.max(axis=-1, keepdims=True))
    chances: NDArray[np.float64] = shifted / shifted.sum(axis=-1, keepdims=True)
    return chances
