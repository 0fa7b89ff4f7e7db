"""Turns a picture of ink into the strokes that a pen may have made."""

from __future__ import annotations

from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image
from skimage.morphology import skeletonize

from digitpad.training.synthesis.strokes import Strokes

FINER: Final = 3  # the skeleton is found on a grid this many times finer than the picture's
SMOOTHING: Final = 6  # times that each point moves half-way to the middle of its neighbours
SPUR: Final = 3  # fine pixels: shorter side branches are the pen's edge, not its path
EVERY: Final = 3  # one in this many of the skeleton's pixels stays as a point

Node = tuple[int, int]


def strokes_of(picture: NDArray[np.uint8]) -> Strokes:
    """The centre lines of `picture`, as strokes in its pixels.

    :param picture: shape (height, width), 0 paper to 255 ink
    """
    image = Image.fromarray(picture)
    fine = image.resize((image.width * FINER, image.height * FINER), Image.Resampling.BICUBIC)
    skeleton = skeletonize(np.pad(np.asarray(fine) > 100, 1))
    neighbours = _graph(skeleton)
    ways = [way for way in _ways(neighbours) if len(way) > SPUR or len(neighbours) <= SPUR]
    return [(_smooth(way)[_kept(len(way))] + 0.5) / FINER for way in ways]


def _graph(skeleton: NDArray[np.bool_]) -> dict[Node, list[Node]]:
    """Each pixel's neighbours; diagonal ones only if no pixel beside both connects them."""
    pixels = {(int(row), int(column)) for row, column in np.argwhere(skeleton)}
    graph: dict[Node, list[Node]] = {}
    for row, column in pixels:
        near = [
            (row + y, column + x)
            for y, x in ((0, 1), (1, 0), (0, -1), (-1, 0))
            if (row + y, column + x) in pixels
        ]
        near += [
            (row + y, column + x)
            for y, x in ((1, 1), (1, -1), (-1, 1), (-1, -1))
            if (row + y, column + x) in pixels
            and (row + y, column) not in pixels
            and (row, column + x) not in pixels
        ]
        graph[row, column] = near
    return graph


def _ways(graph: dict[Node, list[Node]]) -> list[NDArray[np.float64]]:
    """Walk from each end or crossing to the next, then round rings, which have neither; (x, y) of each step."""
    walked: set[tuple[Node, Node]] = set()
    ways = []
    ordered = sorted(graph)
    for start in [node for node in ordered if len(graph[node]) != 2] + ordered:
        for first in graph[start]:
            if (start, first) in walked:
                continue
            way, here, following = [start], start, first
            while True:
                walked |= {(here, following), (following, here)}
                way.append(following)
                onward = [
                    node for node in graph[following] if node != here and (following, node) not in walked
                ]
                if len(graph[following]) != 2 or not onward:
                    break
                here, following = following, onward[0]
            ways.append(np.array(way, np.float64)[:, ::-1] - 1)  # takes off the margin of one pixel
        if not graph[start]:
            ways.append(np.array([start], np.float64)[:, ::-1] - 1)
    return ways


def _smooth(way: NDArray[np.float64]) -> NDArray[np.float64]:
    way = way.copy()
    closed = len(way) > 3 and bool((way[0] == way[-1]).all())
    for _ in range(SMOOTHING):
        way[1:-1] += 0.5 * ((way[:-2] + way[2:]) / 2 - way[1:-1])
        if closed:
            way[0] = way[-1] = (way[0] + (way[1] + way[-2]) / 2) / 2
    return way


def _kept(length: int) -> list[int]:
    return [*range(0, length - 1, EVERY), length - 1] if length > 1 else [0]
