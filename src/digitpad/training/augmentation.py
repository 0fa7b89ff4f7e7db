"""Variation: what other hands and other pens would have made of the same digit, in the canonical form."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context
from types import TracebackType
from typing import Final, Self

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from digitpad import canonical
from digitpad.canonical import SIDE, FloatArray

MAGNIFIED: Final = 3 * SIDE  # pixels: pens are widened and thinned by a third of an output pixel at a time
CELLS: Final = 2  # elastic bending moves the nodes of a mesh of 2×2 cells
ROTATION: Final = 0.20  # radians, standard deviation 0.10, cut here
SHEAR: Final = 0.35
ASPECT: Final = 0.22  # natural logarithm of the change of width against height
BEND: Final = 0.9  # output pixels, standard deviation of a node's move
CHUNK: Final = 2_500  # images a task


def as_forms(images: NDArray[np.uint8]) -> FloatArray:
    """Bring MNIST's images into the canonical form as they are, shape (n, 28, 28)."""
    return np.stack([canonical.from_grey(image, polarity="light-on-dark") for image in images])


def varied_forms(images: NDArray[np.uint8], rng: np.random.Generator) -> FloatArray:
    """Vary each image at random and bring it into the canonical form, shape (n, 28, 28)."""
    return np.stack([varied(image, rng) for image in images])


def varied(image: NDArray[np.uint8], rng: np.random.Generator) -> FloatArray:
    """Turn, slant, stretch and bend one digit, draw it with another pen, and bring it into the canonical form.

    :param image: shape (28, 28), 0 paper to 255 ink
    """
    large = Image.fromarray(image).transform(
        (MAGNIFIED, MAGNIFIED), Image.Transform.MESH, _mesh(rng), Image.Resampling.BILINEAR
    )
    pen = rng.choice(("same", "wider", "much wider", "thinner"), p=(0.45, 0.25, 0.1, 0.2))
    if pen == "thinner":
        thin = large.filter(ImageFilter.MinFilter(3))
        large = thin if np.asarray(thin).max() > 128 else large  # a hairline would vanish
    elif pen != "same":
        large = large.filter(ImageFilter.MaxFilter(3 if pen == "wider" else 5))
    if rng.random() < 0.3:  # what drawn strokes have and scanned ones lack: a hard edge
        large = large.point([255 if level > 110 else 0 for level in range(256)])
    return canonical.from_grey(np.asarray(large), polarity="light-on-dark")


def _mesh(rng: np.random.Generator) -> list[tuple[tuple[int, int, int, int], tuple[float, ...]]]:
    """Where each cell of the magnified picture comes from in the original, for `Image.transform`."""
    angle = float(np.clip(rng.normal(0, ROTATION / 2), -ROTATION, ROTATION))
    shear, aspect = rng.uniform(-SHEAR, SHEAR), rng.uniform(-ASPECT, ASPECT)
    cos, sin = np.cos(angle), np.sin(angle)
    turn = np.array([[cos, -sin], [sin, cos]]) @ np.array([[1.0, shear], [0.0, 1.0]])
    turn = turn @ np.diag((np.exp(aspect / 2), np.exp(-aspect / 2)))
    # Zoomed out a little, so that a slanted digit does not leave the picture; the canonical form zooms in again.
    nodes = (
        np.stack(np.meshgrid(*[np.linspace(-1, 1, CELLS + 1)] * 2, indexing="xy"), axis=-1) * SIDE / 2 * 1.25
    )
    source = nodes @ turn.T + SIDE / 2 + rng.normal(0, BEND, nodes.shape)
    step = MAGNIFIED // CELLS
    return [
        (
            (column * step, row * step, (column + 1) * step, (row + 1) * step),
            (
                *source[row, column],
                *source[row + 1, column],
                *source[row + 1, column + 1],
                *source[row, column + 1],
            ),
        )
        for row in range(CELLS)
        for column in range(CELLS)
    ]


class Epochs:
    """Varied forms for one epoch after another, the next one made in other processes meanwhile.

    The same seed gives the same forms, however many processes there are.
    """

    def __init__(self, images: NDArray[np.uint8], *, epochs: int, seed: int, processes: int) -> None:
        self._images, self._epochs, self._seed = images, epochs, seed
        self._pool = ProcessPoolExecutor(processes, mp_context=get_context("spawn"))

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._pool.shutdown(cancel_futures=True)

    def __iter__(self) -> Iterator[FloatArray]:
        coming = self._start(0)
        for epoch in range(self._epochs):
            current, coming = coming, self._start(epoch + 1) if epoch + 1 < self._epochs else []
            yield np.concatenate([chunk.result() for chunk in current])

    def _start(self, epoch: int) -> list[Future[FloatArray]]:
        return [
            self._pool.submit(_chunk, self._images[at : at + CHUNK], [self._seed, epoch, at])
            for at in range(0, len(self._images), CHUNK)
        ]


def _chunk(images: NDArray[np.uint8], seed: list[int]) -> FloatArray:
    return varied_forms(images, np.random.default_rng(seed))
