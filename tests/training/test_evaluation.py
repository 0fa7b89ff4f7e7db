"""Metrics, checked on cases that can be worked out by hand, and a user's own folder of pictures."""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from digitpad.recognizer import chance_of_digit, softmax
from digitpad.training.evaluation import area_under_roc, expected_calibration_error
from tests.handwriting import DIGITS, LETTER_M
from tests.test_canonical import drawn


def test_calibration_error_of_who_is_sure_and_half_right() -> None:
    assert expected_calibration_error(np.ones(10), np.arange(10) % 2 == 0) == pytest.approx(0.5)
    assert expected_calibration_error(np.full(10, 0.5), np.arange(10) % 2 == 0) == pytest.approx(0)


def test_area_under_the_curve_is_the_share_of_pairs_in_order() -> None:
    assert area_under_roc(np.array([0.9, 0.8]), np.array([0.1, 0.2])) == 1
    assert area_under_roc(np.array([0.9, 0.1]), np.array([0.5])) == 0.5
    assert area_under_roc(np.array([0.5]), np.array([0.5])) == 0.5


@pytest.mark.train
def test_temperature_finds_what_the_logits_were_multiplied_by() -> None:
    from digitpad.training.calibration import fit_temperature  # noqa: PLC0415

    rng = np.random.default_rng(0)
    logits = rng.normal(0, 2, (20_000, 10)).astype(np.float32)
    labels = np.array([rng.choice(10, p=chances) for chances in softmax(logits)], np.uint8)
    assert fit_temperature(3 * logits, labels) == pytest.approx(3, rel=0.05)


@pytest.mark.train
def test_the_weights_of_being_a_digit_are_found() -> None:
    from digitpad.training.calibration import fit_digit_weights  # noqa: PLC0415

    rng = np.random.default_rng(0)
    digit = rng.normal(0, 2, 50_000).astype(np.float32)
    logits = rng.normal(0, 2, (50_000, 10)).astype(np.float32)
    chances = chance_of_digit(digit, logits, (0.5, 0.8, -1.0))
    assert fit_digit_weights(digit, logits, rng.random(50_000) < chances) == pytest.approx(
        (0.5, 0.8, -1.0), abs=0.06
    )


@pytest.fixture
def own(tmp_path: Path) -> Path:
    """A folder as a person would make one: our own digits, two letters."""
    for digit, ways in DIGITS.items():
        (tmp_path / str(digit)).mkdir()
        for pen in (8, 16):
            Image.fromarray(drawn(ways, pen=pen)).save(tmp_path / str(digit) / f"{pen}.png")
    (tmp_path / "not-a-digit").mkdir()
    Image.fromarray(drawn(LETTER_M)).save(tmp_path / "not-a-digit" / "m.png")
    return tmp_path


def evaluate(*arguments: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "digitpad", "evaluate", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=120)


def test_ones_own_folder_is_measured(own: Path, tmp_path: Path) -> None:
    result = evaluate(str(own), "--json")
    assert result.returncode == 0, result.stderr
    answer = json.loads(result.stdout)
    assert answer["drawings"] == 21
    assert answer["accuracy"] > 0.9
    assert answer["non_digits_accepted"] == 0
    assert sum(map(sum, answer["confusion"])) == 21
    assert "digits refused" in evaluate(str(own)).stdout


@pytest.mark.train
def test_pictures_of_ones_own_folder_are_drawn(own: Path) -> None:
    assert evaluate(str(own), "--pictures", str(own / "sheets")).returncode == 0
    assert {file.name for file in (own / "sheets").iterdir()} == {"confusion-matrix.png", "errors.png"}


def test_a_folder_without_pictures_says_what_is_expected(tmp_path: Path) -> None:
    result = evaluate(str(tmp_path))
    assert result.returncode == 1
    assert "not-a-digit" in result.stderr


def test_hidden_files_are_no_pictures(own: Path) -> None:
    (own / "3" / "._three.png").write_bytes(b"\0\5\x16\7")  # AppleDouble: what macOS adds on foreign disks
    result = evaluate(str(own), "--json")
    assert result.returncode == 0, result.stderr
    assert json.loads(result.stdout)["drawings"] == 21


def test_a_file_that_is_no_picture_is_named(own: Path) -> None:
    (own / "3" / "broken.png").write_bytes(b"no picture")
    result = evaluate(str(own))
    assert result.returncode == 1
    assert "broken.png" in result.stderr


def test_a_file_that_cannot_be_opened_is_named_once(own: Path) -> None:
    (own / "8" / "gone.png").symlink_to("nowhere.png")
    result = evaluate(str(own))
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1] == f"digitpad: {own}/8/gone.png: No such file or directory"


def test_non_digits_alone_have_no_calibration_error(own: Path) -> None:
    for digit in range(10):
        shutil.rmtree(own / str(digit), ignore_errors=True)
    assert json.loads(evaluate(str(own), "--json").stdout)["calibration_error"] is None
