"""The fifteen corruptions of MNIST-C, to measure against; nothing is ever trained on them.

N. Mu and J. Gilmer, "MNIST-C: A robustness benchmark for computer vision", 2019 (arXiv 1906.02337), at the
severities of that benchmark. Each takes a picture of shape (28, 28), 0 paper to 1 ink, and returns another.
"""

from __future__ import annotations

from collections.abc import Callable
from itertools import pairwise
from typing import Final

import numpy as np
from numpy.typing import NDArray
from scipy import ndimage
from skimage import feature, transform

from digitpad.canonical import SIDE

Picture = NDArray[np.float64]
Corruption = Callable[[Picture, np.random.Generator], Picture]

CENTRE: Final = 13.5  # pixels: what stays in place when a picture is turned, sheared or scaled


def shot_noise(picture: Picture, rng: np.random.Generator) -> Picture:
    """Few photons: five of them make full ink."""
    photons: Picture = rng.poisson(picture * 5) / 5
    return photons


def impulse_noise(picture: Picture, rng: np.random.Generator) -> Picture:
    """Salt and pepper on 17 % of the pixels."""
    hit, white = rng.random(picture.shape) < 0.17, rng.random(picture.shape) < 0.5
    return np.where(hit, white, picture)


def glass_blur(picture: Picture, rng: np.random.Generator) -> Picture:
    """Blurred, neighbours swapped at random in two passes, blurred again."""
    blurred = ndimage.gaussian_filter(picture, 0.7, mode="nearest")
    for swaps, moves in zip(rng.random((2, 26, 26)) < 0.5, rng.integers(-1, 1, (2, 26, 26, 2)), strict=True):
        for row in range(SIDE - 1, 1, -1):
            for column in range(SIDE - 1, 1, -1):
                if swaps[row - 2, column - 2]:
                    other = (row + moves[row - 2, column - 2, 0], column + moves[row - 2, column - 2, 1])
                    blurred[row, column], blurred[other] = blurred[other], blurred[row, column]
    twice: Picture = ndimage.gaussian_filter(blurred, 0.7, mode="nearest")
    return twice


def motion_blur(picture: Picture, rng: np.random.Generator) -> Picture:
    """Smeared along one direction by half a Gaussian of 3 pixels, cut at 20."""
    angle = np.radians(rng.uniform(-45, 45))
    weights = np.exp(-(np.arange(21) ** 2) / (2 * 3.0**2))
    result = np.zeros_like(picture)
    for step, weight in enumerate(weights / weights.sum()):
        away = np.ceil(step * np.array((np.sin(angle), np.cos(angle))) - 0.5).astype(int)
        result += weight * ndimage.shift(picture, -away, order=0, mode="nearest")
    return result


def shear(picture: Picture, rng: np.random.Generator) -> Picture:
    """Slanted by 0.4 radians, to either side."""
    angle = 0.4 * rng.choice((-1, 1))
    return _warped(picture, np.array([[1, -np.tan(angle)], [0, 1]]))


def rotate(picture: Picture, rng: np.random.Generator) -> Picture:
    """Turned by 0.4 radians, to either side."""
    angle = 0.4 * rng.choice((-1, 1))
    return _warped(picture, np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]]))


def scale(picture: Picture, rng: np.random.Generator) -> Picture:
    """Shrunk to 70 %."""
    return _warped(picture, np.eye(2) / 0.7)


def translate(picture: Picture, rng: np.random.Generator) -> Picture:
    """Moved by three pixels along both axes; what leaves the picture is lost."""
    moved: Picture = ndimage.shift(picture, 3 * rng.choice((-1, 1), 2), order=0)
    return moved


def brightness(picture: Picture, rng: np.random.Generator) -> Picture:
    """Half of the full range added everywhere."""
    return picture + 0.5


def stripe(picture: Picture, rng: np.random.Generator) -> Picture:
    """The left and the right quarter inverted."""
    result = picture.copy()
    result[:, :7], result[:, 21:] = 1 - result[:, :7], 1 - result[:, 21:]
    return result


def fog(picture: Picture, rng: np.random.Generator) -> Picture:
    """A fractal cloud over the ink, three times as bright."""
    highest = picture.max()
    fogged: Picture = (picture + 3 * _plasma(rng)[:SIDE, :SIDE]) * highest / (highest + 3)
    return fogged


def spatter(picture: Picture, rng: np.random.Generator) -> Picture:
    """Dark drops that hide what they hit."""
    wet = ndimage.gaussian_filter(rng.normal(0.65, 0.3, picture.shape), 1, mode="nearest") > 0.65
    drops = ndimage.gaussian_filter(wet.astype(np.float64), 1.5, mode="nearest")
    drops[drops < 0.8] = 0
    hidden: Picture = picture * (1 - drops) + 63 / 255 * drops
    return hidden


def dotted_line(picture: Picture, rng: np.random.Generator) -> Picture:
    """A dotted line from the left edge to the right."""
    line = _line((0.0, float(rng.integers(0, 27))), (27.0, float(rng.integers(0, 27))))
    line[:, [column for column in range(SIDE) if column // 2 % 2 == 0]] = 0
    return picture + line


def zigzag(picture: Picture, rng: np.random.Generator) -> Picture:
    """A zigzag line across."""
    row = float(rng.integers(0, 27))
    slope = np.arctan2(rng.integers(-5, 5), 23)
    length = 23 / np.cos(slope)
    turns = [(0.0, 0.0)] + [((2 * i + 1) * 2.0, (-1) ** i * 2.0) for i in range(int((length - 2) // 4) + 1)]
    turn = np.array([[np.cos(slope), -np.sin(slope)], [np.sin(slope), np.cos(slope)]])
    corners = np.array([*turns, (length, 0.0)]) @ turn.T + (2, row)
    for start, end in pairwise(corners):
        picture = np.clip(picture + _line(tuple(start), tuple(end)), 0, 1)
    return picture


def canny_edges(picture: Picture, rng: np.random.Generator) -> Picture:
    """Nothing but the outlines that Canny's detector finds."""
    edges: Picture = feature.canny(picture).astype(np.float64)
    return edges


CORRUPTIONS: Final[tuple[Corruption, ...]] = (
    shot_noise,
    impulse_noise,
    glass_blur,
    motion_blur,
    shear,
    scale,
    rotate,
    brightness,
    translate,
    stripe,
    fog,
    spatter,
    dotted_line,
    zigzag,
    canny_edges,
)


def corrupted(images: NDArray[np.uint8], corruption: Corruption, seed: int) -> NDArray[np.uint8]:
    """Corrupt `images` of shape (n, 28, 28), 0 paper to 255 ink; the same seed gives the same."""
    rng = np.random.default_rng(seed)
    return np.stack(
        [(np.clip(corruption(image / 255, rng), 0, 1) * 255).astype(np.uint8) for image in images]
    )


def _warped(picture: Picture, inverse: Picture) -> Picture:
    """Look each pixel up where `inverse` sends it, about the picture's centre."""
    matrix = np.eye(3)
    matrix[:2, :2] = inverse
    matrix[:2, 2] = CENTRE - inverse @ (CENTRE, CENTRE)
    result: Picture = transform.warp(picture, transform.AffineTransform(matrix))
    return result


def _line(start: tuple[float, ...], end: tuple[float, ...]) -> Picture:
    """A soft line about three pixels wide between two points (column, row)."""
    (c0, r0), (c1, r1) = start, end
    if c0 == c1:
        return np.zeros((SIDE, SIDE))
    columns, rows = np.arange(SIDE), np.arange(SIDE)[:, None]
    away = np.clip(np.abs(rows - ((r1 - r0) / (c1 - c0) * (columns - c0) + r0)), 0, 2.3 - 1e-10)
    line: Picture = np.clip(np.log(1 - away / 2.3) + 1, 0, 1)
    line[:, : int(np.floor(c0))] = 0
    line[:, int(np.ceil(c1)) :] = 0
    return line


def _plasma(rng: np.random.Generator) -> Picture:
    """A fractal height map in 0..1 by the diamond-square algorithm (Fournier, Fussell and Carpenter 1982)."""
    field, step, wibble = np.zeros((32, 32)), 32, 100.0

    def mean(sums: Picture) -> Picture:
        return sums / 4 + wibble * rng.uniform(-wibble, wibble, sums.shape)

    while step >= 2:
        half = step // 2
        corners = field[::step, ::step]
        sums = corners + np.roll(corners, -1, 0)
        field[half::step, half::step] = mean(sums + np.roll(sums, -1, 1))
        middles = field[half::step, half::step]
        field[::step, half::step] = mean(middles + np.roll(middles, 1, 0) + corners + np.roll(corners, -1, 1))
        field[half::step, ::step] = mean(middles + np.roll(middles, 1, 1) + corners + np.roll(corners, -1, 0))
        step, wibble = half, wibble / 1.4
    field -= field.min()
    highest: Picture = field / field.max()
    return highest
