"""The packaged model reads what its card says it reads."""

from __future__ import annotations

import json
import subprocess
import sys

import pytest

from digitpad import Recognizer
from digitpad.training.dataset import Mnist
from digitpad.training.evaluation import evaluate


def test_the_packaged_model_reads_mnist(mnist: Mnist, recognizer: Recognizer) -> None:
    accuracy = evaluate(recognizer, mnist.test).accuracy
    assert accuracy >= 0.994
    assert accuracy == pytest.approx(recognizer.card.accuracy["MNIST test set"], abs=3e-4)


def test_evaluate_prints_accuracy_and_confusion(mnist: Mnist) -> None:
    command = [sys.executable, "-m", "digitpad", "evaluate", "--json"]
    result = subprocess.run(command, capture_output=True, check=True, timeout=120)
    answer = json.loads(result.stdout)
    assert answer["accuracy"] >= 0.994
    assert sum(map(sum, answer["confusion"])) == answer["digits"] == 10_000
    assert answer["errors"] == 10_000 - sum(answer["confusion"][digit][digit] for digit in range(10))
