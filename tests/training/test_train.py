"""Training on a small slice: it learns, it is repeatable, and its model can be served."""

from __future__ import annotations

import hashlib
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from digitpad import Ink, Recognizer, folders
from digitpad.errors import DataError
from digitpad.model_card import PACKAGED_MODEL
from digitpad.training.dataset import Mnist
from tests.handwriting import DIGITS
from tests.server import Server

pytestmark = pytest.mark.train


def train(out: Path, *options: str) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "digitpad", "train", "--out", str(out), *options]
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=300)


@pytest.fixture(scope="module")
def small(mnist: Mnist, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The compact network on 3,000 digits for six epochs."""
    out = tmp_path_factory.mktemp("small")
    result = train(out, "--only", "3000", "--epochs", "6", "--quick")
    assert result.returncode == 0, result.stderr
    assert "on MNIST's test set" in result.stdout
    assert "epoch 6/6: loss" in result.stderr
    return out


def test_a_small_slice_is_learnt(small: Path, mnist: Mnist) -> None:
    model = Recognizer.load(small)
    assert model.card.accuracy["MNIST test set"] > 0.9
    right = sum(model.predict(Ink.from_strokes(ways)).digit == digit for digit, ways in DIGITS.items())
    assert right >= 7


def test_everything_is_written(small: Path) -> None:
    assert {file.name for file in small.iterdir()} == {
        "model_mnist.json",
        "model_mnist.weights.h5",
        "model_mnist.onnx",
        "model_mnist.maps.onnx",
        "model-card.json",
        "learning-curve.png",
        "confusion-matrix.png",
        "errors.png",
        "samples.png",
    }


def test_ones_own_model_is_served(small: Path, tmp_path: Path) -> None:
    with Server(tmp_path, options=("--model", str(small))) as server:
        answer = server.request("POST", "/api/v1/predictions", {"ink": {"strokes": DIGITS[1]}}).json()
        assert answer["model"] == Recognizer.load(small).card.version
        assert answer["digit"] == 1


def test_the_same_seed_gives_the_same_model(mnist: Mnist, tmp_path: Path) -> None:
    fingerprints = set()
    for name in ("first", "second"):
        assert train(tmp_path / name, "--only", "600", "--epochs", "1", "--seed", "7").returncode == 0
        weights = (tmp_path / name / "model_mnist.onnx").read_bytes()
        fingerprints.add((Recognizer.load(tmp_path / name).card.version, hashlib.sha256(weights).hexdigest()))
    assert len({version for version, _ in fingerprints}) == 1


def test_the_originals_network_trains_too(mnist: Mnist, tmp_path: Path) -> None:
    options = ("--only", "1000", "--epochs", "1", "--network", "original", "--no-augment")
    assert train(tmp_path, *options).returncode == 0
    assert Recognizer.load(tmp_path).card.parameters == 1_112_971


def test_the_packaged_model_is_never_overwritten() -> None:
    result = train(PACKAGED_MODEL, "--only", "600", "--epochs", "1")
    assert result.returncode == 1
    assert "is the packaged model" in result.stderr


def test_no_data_is_an_error_in_one_line(tmp_path: Path) -> None:
    result = train(tmp_path / "out", "--data", str(tmp_path))
    assert result.returncode == 1
    assert result.stderr.splitlines()[-1].startswith("digitpad: ")
    assert DataError.code == "bad-data"


@pytest.mark.parametrize(
    ("out", "lacking", "said"),
    [("mine", ("PATH", "XDG_CACHE_HOME"), "npm is not installed"), ("a file/mine", (), "Not a directory")],
)
def test_what_would_end_it_is_said_before_the_training(
    mnist: Mnist,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    out: str,
    lacking: tuple[str, ...],
    said: str,
) -> None:
    (tmp_path / "a file").touch()
    data = folders.cache() / "mnist"
    for name in lacking:
        monkeypatch.setenv(name, str(tmp_path))
    result = train(tmp_path / out, "--data", str(data), "--only", "200", "--epochs", "1", "--no-augment")
    assert result.returncode == 1
    assert said in result.stderr.splitlines()[-1]
    assert "epoch" not in result.stderr
    assert not (tmp_path / out).exists()


def test_the_onnx_files_are_made_anew_without_training(
    mnist: Mnist, recognizer: Recognizer, tmp_path: Path
) -> None:
    from digitpad.training.export import export_again  # noqa: PLC0415

    for file in PACKAGED_MODEL.iterdir():
        if "onnx" not in file.name:
            (tmp_path / file.name).write_bytes(file.read_bytes())
    export_again(tmp_path)
    again = Recognizer.load(tmp_path)
    assert again.card.version == recognizer.card.version
    ink = Ink.from_strokes(DIGITS[3])
    ours, theirs = recognizer.predict(ink), again.predict(ink)
    np.testing.assert_allclose(ours.probabilities, theirs.probabilities, atol=1e-4)
    for one, other in zip(recognizer.maps(ours.canonical), again.maps(theirs.canonical), strict=True):
        np.testing.assert_allclose(one, other, atol=1e-5)


def test_making_them_anew_explains_itself_and_names_what_is_missing(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "digitpad.training.export"]
    said = [
        subprocess.run([*command, argument], capture_output=True, text=True, check=False, timeout=300)
        for argument in ("--help", "no/such/folder", str(tmp_path))
    ]
    assert [each.returncode for each in said] == [0, 2, 1]
    assert "Rebuild the ONNX files" in said[0].stdout
    assert said[1].stderr.splitlines()[-1].endswith("Directory 'no/such/folder' does not exist.")
    assert "no model-card.json there" in said[2].stderr.splitlines()[-1]


def test_what_serves_is_the_network_in_eight_bits(small: Path) -> None:
    import onnx  # noqa: PLC0415

    graph = onnx.load(small / "model_mnist.onnx").graph
    assert sum(node.op_type == "QuantizeLinear" for node in graph.node) > 5
    weights = (small / "model_mnist.weights.h5").stat().st_size
    assert (small / "model_mnist.onnx").stat().st_size < weights / 2
