"""MNIST is found, verified, and split without overlap."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from digitpad import idx
from digitpad.errors import DataError
from digitpad.training import dataset
from digitpad.training.dataset import Mnist


def test_mnist_is_whole(mnist: Mnist) -> None:
    assert mnist.train.images.shape == (60_000, 28, 28)
    assert mnist.test.images.shape == (10_000, 28, 28)
    assert np.bincount(mnist.test.labels).tolist() == [980, 1135, 1032, 1010, 982, 892, 958, 1028, 974, 1009]


def test_a_folder_is_taken_and_verified(mnist: Mnist, tmp_path: Path) -> None:
    arrays = (mnist.train.images, mnist.train.labels, mnist.test.images, mnist.test.labels)
    for name, array in zip(dataset.FILES, arrays, strict=True):
        (tmp_path / name).write_bytes(idx.encode(array))
    assert len(dataset.load_mnist(tmp_path).test) == 10_000
    changed = mnist.test.labels.copy()
    changed[0] = 9
    (tmp_path / "t10k-labels-idx1-ubyte").write_bytes(idx.encode(changed))
    with pytest.raises(DataError, match="t10k-labels-idx1-ubyte: not MNIST's file"):
        dataset.load_mnist(tmp_path)


def test_a_folder_without_mnist_says_what_is_missing(tmp_path: Path) -> None:
    with pytest.raises(DataError, match="train-images-idx3-ubyte: No such file"):
        dataset.load_mnist(tmp_path)


def test_the_validation_split_is_never_trained_on(mnist: Mnist) -> None:
    training, validation = dataset.split(mnist.train, validation=5_000, seed=1)
    assert len(training) == 55_000
    assert len(validation) == 5_000
    images = {image.tobytes() for image in mnist.train.images}
    seen, held_back = ({image.tobytes() for image in part.images} for part in (training, validation))
    assert len(images) == 60_000  # no two are the same, so that the next line says something
    assert not seen & held_back


@pytest.mark.parametrize(
    "content", [b"", b"\0\0\x08", b"\0\0\x09\x01\0\0\0\0", b"\0\0\x08\x01\0\0\0\x02x", b"\x01" * 40]
)
def test_idx_refuses_what_is_not_whole(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "file").write_bytes(content)
    with pytest.raises(DataError):
        idx.read(tmp_path / "file")
