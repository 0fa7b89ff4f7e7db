"""Bends a picture of a digit as another hand would, and draws it with another pen, but keeps its own strokes."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

from digitpad.canonical import SIDE

MAGNIFIED: Final = 3 * SIDE  # pixels: pens are widened and thinned by a third of an output pixel at a time
CELLS: Final = 2  # elastic bending moves the nodes of a mesh of 2×2 cells
ROTATION: Final = 0.20  # radians: standard deviation 0.10, clipped here
SHEAR: Final = 0.35
ASPECT: Final = 0.22  # natural logarithm of the change of width against height
BEND: Final = 0.9  # output pixels, standard deviation of a node's move


def rewritten(image: NDArray[np.uint8], rng: np.random.Generator) -> NDArray[np.uint8]:
    """Turn, slant, stretch and bend one digit, and draw it with another pen.

    :param image: shape (28, 28), 0 paper to 255 ink
    :returns: shape (84, 84), likewise
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
    if rng.random() < 0.3:  # a hard edge, which drawn strokes have and scanned ones lack
        large = large.point([255 if level > 110 else 0 for level in range(256)])
    return np.asarray(large)


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
