"""A second look at forms of which the network is unsure: the same form slanted, turned, scaled and moved a little.

The logits of all looks are averaged, as A. Krizhevsky, I. Sutskever and G. Hinton averaged over patches ("ImageNet
classification with deep convolutional neural networks", 2012, section 4.1). Looking eleven times at every form would
cost eleven times as much; the whole gain comes from the few per cent of which the first look is unsure.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import cache
from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitpad.canonical import SIDE, FloatArray

Run = Callable[[FloatArray], tuple[FloatArray, FloatArray]]
"""Forms of shape (n, 28, 28) → their logits, shape (n, 10), and the logit that each is a digit, shape (n,)."""

# The lead of the best logit over the second, below which the first look is unsure which digit it is.
LEAD: Final = 2.5
DIGIT: Final = 2.0  # logit below which it is unsure whether it is a digit
HOPELESS: Final = -4.0  # logit below which no look would make it one
PLAIN: Final = 3.5  # if lead and logit both exceed this, there is no doubt
AT_ONCE: Final = 3  # forms looked at again in one run: 30 for the network
LOOKS: Final[tuple[dict[str, float], ...]] = (
    *({"slant": slant} for slant in (-0.15, 0.15)),  # pixels to the side for each pixel down
    *({"turn": degrees} for degrees in (-9.0, 9.0)),
    *({"scale": scale} for scale in (0.9, 1.1)),
    *({"right": pixels} for pixels in (-1.0, 1.0)),
    *({"down": pixels} for pixels in (-1.0, 1.0)),
)
"""Chosen on the validation split, together with LEAD and DIGIT."""


def averaged(
    run: Run, forms: FloatArray, logits: FloatArray, digit: FloatArray
) -> tuple[FloatArray, FloatArray]:
    """The logits of `forms` after a second look at those that need one.

    :param logits: the first look's, shape (n, 10); digit: shape (n,)
    :returns: both, updated, in the same shapes
    """
    answers = enumerate(zip(logits.tolist(), digit.tolist(), strict=True))
    unsure = [number for number, answer in answers if is_unsure(*answer)]
    if unsure:
        logits, digit = logits.copy(), digit.copy()
    for at in range(0, len(unsure), AT_ONCE):
        some = unsure[at : at + AT_ONCE]
        more_logits, more_digit = run(_looks(forms[some]))
        logits[some] = _mean(logits[some], more_logits)
        digit[some] = _mean(digit[some], more_digit)
    return logits, digit


def is_unsure(logits: list[float], digit: float) -> bool:
    """Whether one form needs another look, in plain Python as in `Recognizer._judge`."""
    if digit >= DIGIT:
        *_, second, first = sorted(logits)
        return first - second < LEAD
    return digit > HOPELESS


def is_plain(logits: list[float], digit: float) -> bool:
    """Whether one form is a digit beyond doubt."""
    *_, second, first = sorted(logits)
    return min(digit, first - second) > PLAIN


def lead(logits: FloatArray) -> FloatArray:
    """How far the best of the ten logits is ahead of the second, shape (n,)."""
    best = np.partition(logits, -2, axis=-1)
    distance: FloatArray = best[:, -1] - best[:, -2]
    return distance


def _mean(first: FloatArray, more: FloatArray) -> FloatArray:
    """The mean of each form's first look and its others, which come form by form."""
    others = more.reshape(len(first), len(LOOKS), *first.shape[1:])
    mean: FloatArray = (first + others.sum(axis=1)) / np.float32(len(LOOKS) + 1)
    return mean


def _looks(forms: FloatArray) -> FloatArray:
    """The looks at each of n forms, form by form: shape (n · looks, 28, 28)."""
    flat = forms.reshape(len(forms), SIDE * SIDE)
    looks = np.zeros((len(forms), len(LOOKS) * SIDE * SIDE), np.float32)
    for pixels, shares in _sampling():
        looks += flat[:, pixels] * shares
    return looks.reshape(-1, SIDE, SIDE)


@cache
def _sampling() -> list[tuple[NDArray[np.intp], FloatArray]]:
    """The four pixels of the form around each pixel of each look, and the share of each (bilinear).

    Each array has shape (looks · 784,). Pixels beyond the form have share 0, as there is only paper.
    """
    x, y = (np.concatenate(along) for along in zip(*map(_places, LOOKS), strict=True))
    result = []
    for column, row in ((np.floor(x) + right, np.floor(y) + down) for down in (0, 1) for right in (0, 1)):
        inside = (column >= 0) & (column < SIDE) & (row >= 0) & (row < SIDE)
        share = np.where(inside, (1 - np.abs(x - column)) * (1 - np.abs(y - row)), 0)
        pixel = np.where(inside, row * SIDE + column, 0)
        result.append((pixel.astype(np.intp), share.astype(np.float32)))
    return result


def _places(look: dict[str, float]) -> tuple[NDArray[np.float64], NDArray[np.float64]]:
    """Where in the form each pixel of a look lies: columns and rows, each of shape (784,)."""
    middle = (SIDE - 1) / 2
    down, right = (np.array(each, np.float64) - middle for each in np.divmod(np.arange(SIDE * SIDE), SIDE))
    y = (down - look.get("down", 0.0)) / look.get("scale", 1.0)
    x = (right - look.get("right", 0.0)) / look.get("scale", 1.0) + look.get("slant", 0.0) * y
    cos, sin = math.cos(turn := math.radians(look.get("turn", 0.0))), math.sin(turn)
    return cos * x - sin * y + middle, sin * x + cos * y + middle
