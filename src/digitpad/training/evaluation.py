"""How a model read some drawings: accuracy, confusion, calibration and refusal. A refused digit is an error.

Needs no extra: code that needs SciPy or Keras is elsewhere.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import numpy as np
from numpy.typing import NDArray

from digitpad import picture
from digitpad.errors import BadPicture, DataError
from digitpad.forms import Drawing
from digitpad.picture import GreyArray
from digitpad.recognizer import Prediction, Recognizer
from digitpad.training.dataset import NOT_A_DIGIT

FOLDERS: Final = (*map(str, range(10)), "not-a-digit")
SUFFIXES: Final = {".png", ".jpg", ".jpeg"}
BINS: Final = 15  # of confidence, for the calibration error: as many as Guo et al. take
CHUNK: Final = 500  # drawings between two updates of the progress bar


@dataclass(frozen=True, slots=True)
class Evaluation:
    """How a model read a set of drawings."""

    labels: NDArray[np.int64]
    """The true digits, or NOT_A_DIGIT."""
    predictions: list[Prediction]

    def __add__(self, other: Evaluation) -> Evaluation:
        return Evaluation(np.concatenate((self.labels, other.labels)), self.predictions + other.predictions)

    def __len__(self) -> int:
        return len(self.labels)

    def of(self, *, digits: bool) -> Evaluation:
        """Only the digits, or only the rest."""
        chosen = np.flatnonzero((self.labels != NOT_A_DIGIT) == digits)
        return Evaluation(self.labels[chosen], [self.predictions[at] for at in chosen])

    @property
    def read(self) -> NDArray[np.int64]:
        """What was read in each drawing; NOT_A_DIGIT if it was refused."""
        return np.array([NOT_A_DIGIT if p.digit is None else p.digit for p in self.predictions], np.int64)

    @property
    def right(self) -> NDArray[np.bool_]:
        """Which drawings were read correctly."""
        right: NDArray[np.bool_] = self.read == self.labels
        return right

    @property
    def accuracy(self) -> float:
        """The share read correctly, 0 to 1."""
        return float(self.right.mean())

    @property
    def errors(self) -> NDArray[np.intp]:
        """Which drawings were read wrongly or refused."""
        return np.flatnonzero(~self.right)

    @property
    def confusion(self) -> NDArray[np.int64]:
        """Shape (11, 11): a row per true label, a column per answer; the last are no digit and refused."""
        table = np.zeros((11, 11), np.int64)
        np.add.at(table, (self.labels, self.read), 1)
        return table

    @property
    def accepted(self) -> float:
        """The share accepted as digits."""
        return float((self.read != NOT_A_DIGIT).mean())

    @property
    def p_digit(self) -> NDArray[np.float64]:
        """How likely each was judged to be a digit."""
        return np.array([p.p_digit for p in self.predictions])

    @property
    def calibration_error(self) -> float:
        """The `expected_calibration_error` of those accepted as digits."""
        taken = self.read != NOT_A_DIGIT
        confidences = np.array([p.confidence for p in self.predictions])
        return expected_calibration_error(confidences[taken], self.right[taken]) if taken.any() else 0.0


def expected_calibration_error(confidences: NDArray[np.float64], right: NDArray[np.bool_]) -> float:
    """How far confidence is from the share that is right: the mean over BINS equal bins, weighted by their size.

    M. Naeini, G. Cooper and M. Hauskrecht, "Obtaining well calibrated probabilities using Bayesian binning",
    AAAI 2015; Guo et al. 2017, equation 3.
    """
    places = np.minimum((confidences * BINS).astype(int), BINS - 1)
    gaps = np.bincount(places, confidences - right, BINS)
    return float(np.abs(gaps).sum() / len(confidences))


def area_under_roc(inside: NDArray[np.float64], outside: NDArray[np.float64]) -> float:
    """The chance that any of `inside` scores above any of `outside`, ties counted half (Mann and Whitney 1947)."""
    scores = np.sort(outside)
    below = np.searchsorted(scores, inside, "left") + np.searchsorted(scores, inside, "right")
    return float(below.mean() / 2 / len(scores))


def evaluate(
    recognizer: Recognizer,
    drawings: Sequence[Drawing],
    labels: NDArray[np.integer],
    *,
    label: str = "reading",
) -> Evaluation:
    """Read every drawing through `predict_many`, with a progress bar on stderr."""
    predictions: list[Prediction] = []
    with click.progressbar(length=len(drawings), label=label, file=sys.stderr) as bar:
        for at in range(0, len(drawings), CHUNK):
            chunk = drawings[at : at + CHUNK]
            predictions += recognizer.predict_many(chunk)
            bar.update(len(chunk))
    return Evaluation(np.asarray(labels, np.int64), predictions)


def read_folder(folder: Path) -> tuple[list[GreyArray], NDArray[np.int64]]:
    """The pictures in `folder`/0 to /9 and /not-a-digit, and their labels.

    :raises DataError: none of these folders has pictures, or a file in one is not a picture
    :raises OSError: one of them may not be read
    """
    files = [
        (file, label)
        for label, name in enumerate(FOLDERS)
        if (folder / name).is_dir()
        for file in sorted((folder / name).iterdir())  # glob would pass over a folder that may not be read
        # macOS puts a hidden ._7.png beside each 7.png.
        if file.suffix.lower() in SUFFIXES and not file.name.startswith(".")
    ]
    if not files:
        raise DataError(
            f"{folder}: no pictures; expected PNG or JPEG files in {folder}/0 to {folder}/9 (and /not-a-digit)"
        )
    pictures = []
    for file, _ in files:
        try:
            pictures.append(picture.from_bytes(file.read_bytes()))
        except (OSError, BadPicture) as error:
            raise DataError(f"{file}: {getattr(error, 'strerror', None) or error}") from error
    return pictures, np.array([label for _, label in files], np.int64)


def as_table(confusion: NDArray[np.int64]) -> str:
    """The confusion matrix as text, for a terminal; the last row only if there is anything in it."""
    names = [str(digit) for digit in range(10)]
    lines = ["true\\read" + "".join(f"{head:>8}" for head in [*names, "refused"])]
    for name, row in zip([*names, "none"], confusion, strict=True):
        if name != "none" or row.any():
            lines.append(f"{name:>9}" + "".join(f"{count or '·':>8}" for count in row.tolist()))
    return "\n".join(lines)
