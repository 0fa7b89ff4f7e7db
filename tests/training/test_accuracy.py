"""The packaged model reads and refuses as well as its card says, as far as the repository can measure it."""

from __future__ import annotations

import json
import subprocess
import sys

import numpy as np
import pytest

from digitpad import Recognizer
from digitpad.training.dataset import NOT_A_DIGIT, Digits, Mnist
from digitpad.training.evaluation import area_under_roc, evaluate

PART = 1_000  # digits of MNIST's test set; `bench/accuracy` takes minutes for all of it


@pytest.fixture(scope="module")
def part(mnist: Mnist) -> Digits:
    return mnist.test.take(np.arange(0, 10_000, 10_000 // PART))


@pytest.mark.train
def test_the_packaged_model_reads_corrupted_digits(part: Digits, recognizer: Recognizer) -> None:
    from digitpad.training.corruption import CORRUPTIONS, corrupted  # noqa: PLC0415

    for corruption in CORRUPTIONS:
        images = corrupted(part.images, corruption, seed=7)
        accuracy = evaluate(recognizer, list(images), part.labels).accuracy
        card = recognizer.card.accuracy[f"corrupted: {corruption.__name__.replace('_', ' ')}"]
        noise = 4 * (card * (1 - card) / PART) ** 0.5 + 0.003
        assert accuracy > card - noise, corruption.__name__


@pytest.mark.train
def test_the_packaged_model_reads_other_pens_and_refuses_other_things(
    part: Digits, recognizer: Recognizer
) -> None:
    from digitpad.training.benchmark import non_digits, re_inked, scanned, stained  # noqa: PLC0415

    own = evaluate(recognizer, list(part.images), part.labels)
    inked = evaluate(recognizer, list(re_inked(part)), part.labels)
    scans = evaluate(recognizer, list(scanned(part)), part.labels[::5])
    cuts = evaluate(recognizer, list(stained(part)), part.labels[::5])
    others = evaluate(recognizer, list(non_digits(part))[:PART], np.full(PART, NOT_A_DIGIT))
    card = recognizer.card
    assert inked.accuracy > card.accuracy["re-inked"] - 0.012
    assert scans.accuracy > card.accuracy["scanned, cut out closely"] - 0.05
    assert cuts.accuracy > card.accuracy["stained paper, cut out closely"] - 0.05
    assert 1 - (own + inked).accepted < card.measured["digits refused"] + 0.01
    assert others.accepted < card.measured["non-digits accepted"] + 0.025
    assert area_under_roc(inked.p_digit, others.p_digit) > 0.985
    assert inked.calibration_error < 0.02


def test_evaluate_prints_the_accuracy_of_the_card_and_the_confusion(
    mnist: Mnist, recognizer: Recognizer
) -> None:
    command = [sys.executable, "-m", "digitpad", "evaluate", "--json"]
    result = subprocess.run(command, capture_output=True, check=True, timeout=120)
    answer = json.loads(result.stdout)
    assert answer["accuracy"] == pytest.approx(recognizer.card.accuracy["MNIST test set"], abs=3e-4)
    assert answer["accuracy"] >= 0.994
    assert sum(map(sum, answer["confusion"])) == answer["drawings"] == 10_000
    assert answer["errors"] == 10_000 - sum(answer["confusion"][digit][digit] for digit in range(10))
