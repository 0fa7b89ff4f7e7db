"""Separates dark from light (N. Otsu, "A threshold selection method from gray-level histograms", 1979)."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray

_LEVELS: Final = np.arange(256, dtype=np.float64)


def otsu_threshold(histogram: Sequence[int] | NDArray[np.intp]) -> int:
    """Choose the grey level that best separates dark from light: pixels above it are light.

    :param histogram: how many pixels have each of the 256 levels
    """
    counts = np.asarray(histogram, np.float64)
    below = counts.cumsum()
    sums = (counts * _LEVELS).cumsum()
    # Where all or none are below, nothing is separated: 0 / 1.
    between = (sums[-1] * below - sums * below[-1]) ** 2 / np.maximum(below * (below[-1] - below), 1)
    return int(between.argmax())


def separation(histogram: Sequence[int] | NDArray[np.intp], threshold: int) -> float:
    """How far apart the two sides of `threshold` are: the share of all variance that lies between them, 0 to 1.

    This is Otsu's criterion η. At his threshold it is 1 for two shades, 0.64 for noise, 0.75 for all shades alike.
    """
    counts = np.asarray(histogram, np.float64)
    total, mean = counts.sum(), float(counts @ _LEVELS) / counts.sum()
    below = counts[: threshold + 1].sum()
    between = (mean * below - float(counts[: threshold + 1] @ _LEVELS[: threshold + 1])) ** 2
    within = float(counts @ (_LEVELS - mean) ** 2)
    return float(between * total / max(below * (total - below) * within, 1e-12))
