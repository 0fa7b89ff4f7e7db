"""Bands right across a picture in which ink and paper are swapped, as where a sheet lies half on a dark table."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray

NARROWEST: Final = 1 / 5  # of the picture's side: anything narrower may be a stroke from edge to edge
LEAST: Final = 0.02  # of the picture: with less ink than this, the band is itself the digit


def evened(grey: NDArray[np.uint8], middle: int, *, light: bool | None) -> NDArray[np.uint8] | None:
    """`grey` with the same paper everywhere, or None if it is so already.

    The edges show the paper. If the two ends of every column agree, but not all columns do, the odd columns are
    inverted; rows likewise. A digit that touches two opposite edges must not be taken for a band: a band is wide,
    has more paper than ink, and is not all that there is.

    :param grey: shape (height, width), 0 black to 255 white
    :param middle: grey levels above it are light
    :param light: whether the paper is to be light; None: as along most of the edge
    """
    if (odd := _odd_columns(grey, middle, light)) is not None:
        return np.where(odd, 255 - grey, grey)
    if (odd := _odd_columns(grey.T, middle, light)) is not None:
        return np.where(odd[:, None], 255 - grey, grey)
    return None


def _odd_columns(grey: NDArray[np.uint8], middle: int, light: bool | None) -> NDArray[np.bool_] | None:
    """Which columns have the wrong paper, shape (width,); None where there are no bands of columns."""
    ends = grey[0] > middle
    edges = np.flatnonzero(ends[1:] != ends[:-1]) + 1
    if not len(edges) or (ends != (grey[-1] > middle)).any():
        return None
    if np.diff(edges, prepend=0, append=len(ends)).min() < NARROWEST * len(ends):
        return None
    paper = (grey > middle) == ends
    if np.count_nonzero(~paper) < LEAST * paper.size:
        return None
    if any(2 * np.count_nonzero(band) <= band.size for band in np.split(paper, edges, axis=1)):
        return None
    if light is None:
        light = bool(2 * np.count_nonzero(ends) > len(ends))
    odd: NDArray[np.bool_] = ends != light
    return odd
