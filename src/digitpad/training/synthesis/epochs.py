"""What a network sees in one epoch: MNIST and all that is made from it, mixed, in the canonical form."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from dataclasses import dataclass
from functools import partial
from multiprocessing import get_context
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray

from digitpad import canonical
from digitpad.canonical import SIDE, FloatArray
from digitpad.training.dataset import NOT_A_DIGIT, Digits
from digitpad.training.synthesis import degrading, hands, strokes
from digitpad.training.synthesis.bending import rewritten
from digitpad.training.synthesis.letters import letter
from digitpad.training.synthesis.not_digits import not_a_digit
from digitpad.training.synthesis.photographing import photographed
from digitpad.training.synthesis.skeleton import strokes_of
from digitpad.training.synthesis.strokes import Strokes

WAYS: Final = {"as it is": 0.12, "rewritten": 0.31, "degraded": 0.27, "re-inked": 0.30}
"""The share of MNIST's digits that comes in each way."""
BY_HAND: Final = 0.12  # digits written by `hands`, per digit of MNIST
REFUSED: Final = 0.48  # non-digits, per digit of MNIST
BLANK: Final = 0.02  # photographs of empty paper, per digit of MNIST
PHOTOGRAPHED: Final = 0.3  # of the pictures of strokes
DEGRADED: Final = 0.25  # of the pictures of strokes: spoilt in other ways
SAMPLES: Final = 240  # of MNIST's digits
CHUNK: Final = 1_000  # of MNIST's digits in a task
DIFFERENT: Final = 9  # epochs made; a longer training sees them again


@dataclass(frozen=True, slots=True)
class Forms:
    """Canonical forms and what they show."""

    forms: NDArray[np.uint8]
    """Shape (n, 28, 28), 0 paper to 255 ink: the canonical form in 255 steps, a quarter of the memory."""
    labels: NDArray[np.uint8]
    """Shape (n,), 0 to 9, or NOT_A_DIGIT."""

    def __len__(self) -> int:
        return len(self.labels)

    def as_input(self) -> FloatArray:
        """Shape (n, 28, 28, 1), float32, 0 to 1."""
        result: FloatArray = self.forms[..., np.newaxis].astype(np.float32) / np.float32(255)
        return result

    @classmethod
    def join(cls, parts: list[Forms]) -> Forms:
        """Concatenate `parts`."""
        return cls(
            np.concatenate([part.forms for part in parts]), np.concatenate([part.labels for part in parts])
        )


def plain(digits: Digits) -> Forms:
    """MNIST as it is."""
    return _forms(
        [
            (_from_picture(image), int(label))
            for image, label in zip(digits.images, digits.labels, strict=True)
        ]
    )


def mixed(digits: Digits, rng: np.random.Generator) -> Forms:
    """One chunk of an epoch: each of `digits` in one of WAYS, digits of `hands`, and non-digits."""
    made = []
    ways = rng.choice(list(WAYS), size=len(digits), p=list(WAYS.values()))
    for image, label, way in zip(digits.images, digits.labels.tolist(), ways.tolist(), strict=True):
        made.append((digit_form(image, way, rng), label))
    written = rng.choice(list(hands.SHARES), size=round(BY_HAND * len(digits)), p=list(hands.SHARES.values()))
    made += [
        (_from_strokes(strokes.bent(hands.written(label, rng), rng), rng), label)
        for label in written.tolist()
    ]
    made += [
        (_from_strokes(not_a_digit(rng, partial(_digit, digits), letter), rng), NOT_A_DIGIT)
        for _ in range(round(REFUSED * len(digits)))
    ]
    made += [(_blank(rng), NOT_A_DIGIT) for _ in range(round(BLANK * len(digits)))]
    return _forms(made)


def samples(digits: Digits, *, seed: int) -> Forms:
    """A sample of an epoch, to look at."""
    return mixed(digits.take(np.arange(min(len(digits), SAMPLES))), np.random.default_rng(seed))


def digit_form(image: NDArray[np.uint8], way: str, rng: np.random.Generator) -> FloatArray:
    """One of MNIST's digits in one of WAYS."""
    if way == "as it is":
        return _from_picture(image)
    if way == "re-inked":
        return _from_strokes(strokes.bent(strokes_of(image), rng), rng)
    if way == "rewritten":
        return _from_picture(rewritten(image, rng))
    # Small pictures suffer most, and few cameras make them: they alternate with larger ones.
    picture = image if rng.random() < 0.6 else rewritten(image, rng)
    return _seen(degrading.degraded(picture, rng), image, rng)


def _blank(rng: np.random.Generator) -> FloatArray:
    """What is left of a photograph of paper on which nobody has drawn."""
    paper = photographed(np.zeros((strokes.CANVAS, strokes.CANVAS), np.uint8), rng)
    return canonical.from_grey(_either_polarity(paper, rng))


def _digit(digits: Digits, rng: np.random.Generator) -> Strokes:
    """A random digit as strokes: half of the time one of `digits`, else from `hands`."""
    if rng.random() < 0.5:
        return strokes.bent(hands.written(int(rng.integers(10)), rng), rng)
    return strokes.bent(strokes_of(digits.images[int(rng.integers(len(digits)))]), rng)


def _from_strokes(drawn: Strokes, rng: np.random.Generator) -> FloatArray:
    """Half of the time as strokes that the page sends, else as a picture of them, sometimes in a bad state."""
    if rng.random() < 0.5:
        return canonical.from_ink(strokes.ink(drawn))
    picture, state = strokes.picture(drawn, rng), rng.random()
    if state < PHOTOGRAPHED:
        return _seen(photographed(picture, rng), picture, rng)
    if state < PHOTOGRAPHED + DEGRADED:
        return _seen(degrading.degraded(picture, rng), picture, rng)
    return _from_picture(picture)


def _seen(spoilt: NDArray[np.uint8], picture: NDArray[np.uint8], rng: np.random.Generator) -> FloatArray:
    """The form found in `spoilt`, in either polarity, or in `picture` if no ink is left."""
    form = canonical.from_grey(_either_polarity(spoilt, rng))
    return form if form.any() else _from_picture(picture)


def _from_picture(picture: NDArray[np.uint8]) -> FloatArray:
    return canonical.from_grey(picture, polarity="light-on-dark")


def _either_polarity(picture: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    return degrading.inverted(picture) if rng.random() < 0.5 else picture


def _forms(made: list[tuple[FloatArray, int]]) -> Forms:
    forms = np.zeros((len(made), SIDE, SIDE), np.uint8)
    for at, (form, _) in enumerate(made):
        forms[at] = np.rint(form * 255)
    return Forms(forms, np.array([label for _, label in made], np.uint8))


class Epochs:
    """Epochs one after another; other processes make the next one meanwhile.

    The same seed gives the same forms, however many processes there are. The first `DIFFERENT` epochs are kept
    (70 MB each); later ones use them again.
    """

    def __init__(self, digits: Digits, *, epochs: int, seed: int, processes: int) -> None:
        self._digits, self._epochs, self._seed = digits, epochs, seed
        self._pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))
        self._made: list[Forms] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def __iter__(self) -> Iterator[Forms]:
        coming = self._start(0)
        for epoch in range(self._epochs):
            if epoch < DIFFERENT:
                current, coming = coming, self._start(epoch + 1)
                self._made.append(Forms.join([chunk.result() for chunk in current]))
            yield self._made[epoch % DIFFERENT]

    def _start(self, epoch: int) -> list[Future[Forms]]:
        if epoch >= min(DIFFERENT, self._epochs):
            return []
        order = np.random.default_rng([self._seed, epoch]).permutation(len(self._digits))
        return [
            self._pool.submit(_chunk, self._digits.take(order[at : at + CHUNK]), [self._seed, epoch, at])
            for at in range(0, len(order), CHUNK)
        ]


def _chunk(digits: Digits, seed: list[int]) -> Forms:
    return mixed(digits, np.random.default_rng(seed))
