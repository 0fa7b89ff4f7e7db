"""Connected pieces of ink: their numbers, their places, which surrounds which."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

_Pixel = TypeVar("_Pixel", bound=np.generic)
Box = tuple[int, int, int, int]
"""Left, top, right and bottom in pixels; right and bottom are exclusive."""


@dataclass(frozen=True, slots=True)
class Piece:
    """A connected piece of ink."""

    number: int
    ink: float
    """The sum of its pixels."""
    box: Box

    @property
    def side(self) -> int:
        """Its longer side in pixels."""
        return max(self.box[2] - self.box[0], self.box[3] - self.box[1])

    def at_edge(self, shape: tuple[int, int]) -> bool:
        """Whether it touches the edge of a picture of `shape` (height, width)."""
        left, top, right, bottom = self.box
        return left <= 0 or top <= 0 or right >= shape[1] or bottom >= shape[0]

    def surrounds(self, other: Piece) -> bool:
        """Whether the other's box lies within this one's."""
        return (
            self is not other
            and self.box[0] < other.box[0]
            and self.box[1] < other.box[1]
            and self.box[2] > other.box[2]
            and self.box[3] > other.box[3]
        )


def cut(array: NDArray[_Pixel], box: Box) -> NDArray[_Pixel]:
    """The part of a picture in `box`; a view, not a copy."""
    left, top, right, bottom = box
    return array[top:bottom, left:right]


def largest(found: Iterable[Piece]) -> Piece:
    """The piece with the most ink."""
    return max(found, key=lambda piece: piece.ink)


def outlines(pieces: NDArray[np.intp], count: int, ink: NDArray[np.floating | np.integer]) -> list[Piece]:
    """Describe each of the `count` pieces that `numbered` found."""
    amounts = np.bincount(pieces.ravel() + 1, ink.ravel(), count + 1)[1:]
    rows, columns = np.nonzero(pieces >= 0)
    number = pieces[rows, columns]
    edges = np.full((4, count), -1)
    edges[:2] = max(pieces.shape)
    np.minimum.at(edges[0], number, columns)
    np.minimum.at(edges[1], number, rows)
    np.maximum.at(edges[2], number, columns + 1)
    np.maximum.at(edges[3], number, rows + 1)
    return [
        Piece(at, amount, (left, top, right, bottom))
        for at, (amount, (left, top, right, bottom)) in enumerate(
            zip(amounts.tolist(), edges.T.tolist(), strict=True)
        )
    ]


def numbered(mask: NDArray[np.bool_]) -> tuple[NDArray[np.intp], int]:
    """Number the connected pieces of `mask`; pixels that touch at a corner are connected.

    Each run of a row joins the runs of the row above that it touches (Rosenfeld and Pfaltz 1966), all at once.

    :param mask: shape (height, width), or (n, height, width) for n separate pictures
    :returns: each pixel's piece, counted from the first row on, -1 outside; the number of pieces
    """
    *many, height, width = mask.shape
    wide = width + 2
    framed = np.zeros((*many, height + 1, wide), np.bool_)
    framed[..., :-1, 1:-1] = mask
    flat = framed.ravel()
    edges = (flat[1:] != flat[:-1]).nonzero()[0]
    starts, ends = edges[::2], edges[1::2]
    first = ends.searchsorted(starts - wide)  # the first run above that each touches
    touching = starts.searchsorted(ends - wide, side="right") - first
    runs = np.arange(len(starts))
    below = runs.repeat(touching)
    above = np.arange(len(below)) + (first - touching.cumsum() + touching).repeat(touching)
    joined = np.where(touching > 0, first, runs)  # for each run an earlier one of the same piece, or itself
    while True:
        while ((further := joined[joined]) != joined).any():
            joined = further
        one, other = joined[above], joined[below]
        if (one == other).all():
            break
        np.minimum.at(joined, np.maximum(one, other), np.minimum(one, other))
    begun = joined == runs
    field = np.full(mask.shape, -1, np.intp)
    field[mask] = (begun.cumsum() - 1)[joined].repeat(ends - starts)
    return field, int(np.count_nonzero(begun))


def longest(mask: NDArray[np.bool_]) -> int:
    """The longer side of the longest piece in pixels, 0 if there is none."""
    pieces, count = numbered(mask)
    return max((piece.side for piece in outlines(pieces, count, mask.astype(np.uint8))), default=0)
