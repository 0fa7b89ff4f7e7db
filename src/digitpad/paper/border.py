"""A box along the very edge of a picture, as where a form was cut up along its cells."""

from __future__ import annotations

from typing import Final, TypeVar

import numpy as np
from numpy.typing import NDArray

_Pixel = TypeVar("_Pixel", bound=np.generic)
WIDEST: Final = 0.05  # of the longer side: anything wider is the paper
CORNERS: Final = 0.2  # of a ring inside: where more of it is like the border, the border is paper


def without_border(
    grey: NDArray[np.uint8], histogram: NDArray[np.intp], middle: int
) -> NDArray[np.uint8] | None:
    """`grey` with paper in place of its border; None if it has none.

    :param histogram: how many pixels have each of the 256 levels
    :param middle: grey levels above it are light
    """
    corner = bool(grey[0, 0] > middle)
    if corner == (2 * int(histogram[middle + 1 :].sum()) > grey.size):
        return None  # most of the picture is like its corner: that is paper
    light, widest, depth = grey > middle, round(WIDEST * max(grey.shape)) + 1, 0
    if min(grey.shape) < 4 * widest:
        return None
    while depth <= widest and (ring(light, depth) == corner).all():
        depth += 1
    if not 0 < depth <= widest or _is_margin(light, depth, corner=corner):
        return None
    bare = np.full_like(grey, np.median(ring(grey, depth)[ring(light, depth) != corner]))
    # One pixel more: in a scaled-down picture it is neither border nor paper.
    inner = slice(depth + 1, -depth - 1)
    bare[inner, inner] = grey[inner, inner]
    return bare


def _is_margin(light: NDArray[np.bool_], depth: int, *, corner: bool) -> bool:
    """Whether the border is paper around a bold digit that fills the rest of the picture except for its corners."""
    return all((ring(light, depth + more) == corner).mean() > CORNERS for more in (0, 1))


def ring(array: NDArray[_Pixel], depth: int) -> NDArray[_Pixel]:
    """The pixels that are `depth` away from the nearest edge."""
    inner = array[depth : len(array) - depth, depth : array.shape[1] - depth]
    return np.concatenate((inner[0], inner[-1], inner[1:-1, 0], inner[1:-1, -1]))
