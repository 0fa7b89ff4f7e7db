"""Measuring a model: accuracy and confusion, always through `Recognizer.predict_many`; a refusal is an error."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Final

import click
import numpy as np
from numpy.typing import NDArray

from digitpad.recognizer import Prediction, Recognizer
from digitpad.training.dataset import Digits

REFUSED: Final = 10  # the confusion matrix's last column
CHUNK: Final = 1_000  # drawings between two moves of the bar


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a model read a set of digits."""

    labels: NDArray[np.uint8]
    predictions: list[Prediction]

    @property
    def confusion(self) -> NDArray[np.int64]:
        """Shape (10, 11): row the true digit, column what was read, the last column refusals."""
        table = np.zeros((10, 11), np.int64)
        np.add.at(table, (self.labels, self.read), 1)
        return table

    @property
    def read(self) -> NDArray[np.int64]:
        """What was read in each drawing, REFUSED where nothing was."""
        return np.array([REFUSED if p.digit is None else p.digit for p in self.predictions], np.int64)

    @property
    def accuracy(self) -> float:
        """The share read rightly, 0 to 1."""
        return float((self.read == self.labels).mean())

    @property
    def errors(self) -> NDArray[np.intp]:
        """Which drawings were read wrongly or refused."""
        return np.flatnonzero(self.read != self.labels)


def evaluate(recognizer: Recognizer, digits: Digits, *, label: str = "reading") -> Evaluation:
    """Read every digit, with a bar on stderr."""
    predictions: list[Prediction] = []
    with click.progressbar(length=len(digits), label=label, file=sys.stderr) as bar:
        for at in range(0, len(digits), CHUNK):
            chunk = digits.images[at : at + CHUNK]
            predictions += recognizer.predict_many(chunk, polarity="light-on-dark")
            bar.update(len(chunk))
    return Evaluation(digits.labels, predictions)


def as_table(confusion: NDArray[np.int64]) -> str:
    """The confusion matrix as text, for a terminal."""
    heads = [str(digit) for digit in range(10)] + ["refused"]
    lines = ["true\\read" + "".join(f"{head:>8}" for head in heads)]
    for digit, row in enumerate(confusion):
        lines.append(f"{digit:>9}" + "".join(f"{count or '·':>8}" for count in row.tolist()))
    return "\n".join(lines)
