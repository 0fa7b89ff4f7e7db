"""What a model is measured by: everything that can be made from MNIST's test set, opened once, at the end.

Accuracy counts through `Recognizer.predict_many`, and a refusal is an error.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from digitpad import Recognizer
from digitpad.forms import Drawing
from digitpad.training.corruption import CORRUPTIONS, corrupted
from digitpad.training.dataset import NOT_A_DIGIT, Digits
from digitpad.training.evaluation import area_under_roc, evaluate
from digitpad.training.synthesis import photographing, strokes
from digitpad.training.synthesis.letters import unseen_letter
from digitpad.training.synthesis.not_digits import not_a_digit
from digitpad.training.synthesis.skeleton import strokes_of
from digitpad.training.synthesis.strokes import Strokes

SEED: Final = 2026
PHOTOGRAPHED: Final = 5  # of the digits, every so many is photographed, and scanned
ENLARGED: Final = 4  # times, where they are scanned
PENS: Final = (ImageFilter.MinFilter(9), ImageFilter.MinFilter(1), ImageFilter.MaxFilter(13))  # of 224 pixels
INKED: Final = 90  # grey levels of 255
SCANNER: Final = (30, 225, 4)  # grey levels of ink and paper, and the noise on both
NON_DIGITS: Final = 5_000
RUNS: Final = 2_000  # of the network, for its median time


def measure(recognizer: Recognizer, test: Digits) -> tuple[dict[str, float], dict[str, float]]:
    """All rows that need nothing but MNIST's test set: accuracies by set, and the other figures by name."""
    own = evaluate(recognizer, list(test.images), test.labels, label="MNIST's test set")
    accuracy = {"MNIST test set": own.accuracy}
    shifted = []
    for corruption in CORRUPTIONS:
        name = corruption.__name__.replace("_", " ")
        images = corrupted(test.images, corruption, SEED)
        shifted.append(evaluate(recognizer, list(images), test.labels, label=f"corrupted: {name}"))
        accuracy[f"corrupted: {name}"] = shifted[-1].accuracy
    accuracy["corrupted, mean of fifteen"] = float(np.mean([each.accuracy for each in shifted]))
    inked = evaluate(recognizer, list(re_inked(test)), test.labels, label="re-inked")
    accuracy["re-inked"] = inked.accuracy
    photographs = evaluate(
        recognizer, list(photographed(test)), test.labels[::PHOTOGRAPHED], label="photographed"
    )
    accuracy["photographed"] = photographs.accuracy
    scans = evaluate(recognizer, list(scanned(test)), test.labels[::PHOTOGRAPHED], label="scanned")
    accuracy["scanned, cut out closely"] = scans.accuracy
    cuts = evaluate(recognizer, list(stained(test)), test.labels[::PHOTOGRAPHED], label="stained")
    accuracy["stained paper, cut out closely"] = cuts.accuracy
    others = evaluate(
        recognizer, list(non_digits(test)), np.full(NON_DIGITS, NOT_A_DIGIT), label="non-digits"
    )
    measured = {
        "digits refused": 1 - (own + inked).accepted,
        "non-digits accepted": others.accepted,
        "area under the ROC curve, re-inked digits against non-digits": area_under_roc(
            inked.p_digit, others.p_digit
        ),
        "calibration error, corrupted": sum(shifted[1:], shifted[0]).calibration_error,
        "calibration error, re-inked": inked.calibration_error,
    }
    return _rounded(accuracy), _rounded(measured)


def re_inked(digits: Digits) -> Iterator[Drawing]:
    """Each digit once more, bent, with a pen of any width, as strokes and as pictures in turn."""
    rng = np.random.default_rng(SEED)
    for at, image in enumerate(digits.images):
        drawn = strokes.bent(strokes_of(image), rng, amount=0.7)
        yield strokes.ink(drawn) if at % 2 else 255 - strokes.picture(drawn, rng)


def photographed(digits: Digits) -> Iterator[Drawing]:
    """Every fifth digit on paper, photographed in any light, with rules, frames and other writing on it."""
    rng = np.random.default_rng(SEED)
    for image in digits.images[::PHOTOGRAPHED]:
        drawn = strokes.bent(strokes_of(image), rng, amount=0.7)
        yield 255 - photographing.photographed(strokes.picture(drawn, rng), rng)


def scanned(digits: Digits) -> Iterator[Drawing]:
    """Every fifth digit enlarged, with a scanner's noise, and cut out to its ink: dark and light in turn."""
    rng = np.random.default_rng(SEED)
    ink, paper, noise = SCANNER
    for at, image in enumerate(digits.images[::PHOTOGRAPHED]):
        whole = Image.fromarray(image)
        close = whole.crop(whole.getbbox())
        grown = close.resize((close.width * ENLARGED, close.height * ENLARGED), Image.Resampling.BICUBIC)
        clean = paper - np.asarray(grown, np.float64) * ((paper - ink) / 255)
        seen = np.clip(np.rint(clean + rng.normal(0, noise, clean.shape)), 0, 255).astype(np.uint8)
        yield 255 - seen if at % 2 else seen


def stained(digits: Digits) -> Iterator[Drawing]:
    """Every fifth digit with a thin, usual or bold pen on stained paper lit from a side, cut out with little margin.

    As cheques and forms are cut up: 24 to 150 pixels large, dark and light in turn.
    """
    rng = np.random.default_rng(SEED)
    for at, image in enumerate(digits.images[::PHOTOGRAPHED]):
        grown = Image.fromarray(image).resize((224, 224), Image.Resampling.BICUBIC)
        inked = grown.filter(PENS[int(rng.integers(len(PENS)))])
        left, top, right, bottom = inked.point(lambda level: 255 * (level > INKED)).getbbox() or (
            0,
            0,
            *inked.size,
        )
        margin = round(rng.uniform(0, 0.1) * (bottom - top))
        close = inked.crop((left - margin, top - margin, right + margin, bottom + margin))
        size = rng.uniform(24, 150) / max(close.size)
        close = close.resize((max(1, round(close.width * size)), max(1, round(close.height * size))))
        ink = np.asarray(close, np.float64) / 255
        down, across = (np.linspace(-0.5, 0.5, length) for length in ink.shape)
        light = rng.uniform(160, 230) + rng.normal(0, 15) * down[:, None] + rng.normal(0, 15) * across
        paper = light + _cloud(ink.shape, 6, 5, rng) + _cloud(ink.shape, 20, 6, rng)
        seen = paper * (1 - ink * (rng.uniform(0.5, 0.95) + _cloud(ink.shape, 12, 0.03, rng)))
        grey = np.clip(np.rint(seen + rng.normal(0, 4, ink.shape)), 0, 255).astype(np.uint8)
        yield 255 - grey if at % 2 else grey


def _cloud(
    shape: tuple[int, ...], cells: int, deviation: float, rng: np.random.Generator
) -> NDArray[np.float32]:
    """Stains: noise that varies over so many cells."""
    noise = Image.fromarray(rng.normal(0, deviation, (cells, cells)).astype(np.float32))
    return np.asarray(noise.resize((shape[1], shape[0]), Image.Resampling.BICUBIC))


def non_digits(digits: Digits) -> Iterator[Drawing]:
    """Non-digits from `digits` and from fonts of which no letter was trained on."""
    rng = np.random.default_rng(SEED)

    def digit(rng: np.random.Generator) -> Strokes:
        return strokes.bent(strokes_of(digits.images[int(rng.integers(len(digits)))]), rng)

    for at in range(NON_DIGITS):
        drawn = not_a_digit(rng, digit, unseen_letter)
        yield strokes.ink(drawn) if at % 2 else 255 - strokes.picture(drawn, rng)


def median_time(run: Callable[[], object]) -> float:
    """Seconds that `run` takes, the median of many."""
    times = []
    for _ in range(RUNS):
        start = time.perf_counter()
        run()
        times.append(time.perf_counter() - start)
    return float(np.median(times))


def _rounded(figures: dict[str, float]) -> dict[str, float]:
    return {name: round(figure, 5) for name, figure in figures.items()}
