"""Digits as people outside MNIST write them: the one with a long upstroke, the seven crossed in one movement.

Each way of writing is a list of strokes through a few points in a field about 0.6 wide and 1 high, y downwards.
A repeated point is a corner; through the others the pen goes smoothly (`strokes.spline`).
"""

from __future__ import annotations

from typing import Final

import numpy as np

from digitpad.training.synthesis.strokes import Strokes, spline

Way = list[list[tuple[float, float]]]

JITTER: Final = 0.03  # of the height, standard deviation of each point
SHARES: Final = {1: 0.3, 7: 0.18, 4: 0.1, 9: 0.12, 0: 0.06, 2: 0.06, 3: 0.05, 5: 0.05, 6: 0.04, 8: 0.04}
"""How often each digit is written: most where MNIST, collected in one country, lacks most."""


def written(digit: int, rng: np.random.Generator) -> Strokes:
    """Write `digit` in one of its ways."""
    way = _one(rng) if digit == 1 else _parsed(WAYS[digit][int(rng.integers(len(WAYS[digit])))])
    return [spline(_jittered(stroke, rng)) for stroke in way]


def _parsed(way: str) -> Way:
    return [
        [(int(x) / 100, int(y) / 100) for x, y in (point.split(",") for point in stroke.split())]
        for stroke in way.split("/")
    ]


def _jittered(stroke: list[tuple[float, float]], rng: np.random.Generator) -> np.ndarray:
    points = np.array(stroke, np.float64)
    moved = points + rng.normal(0, JITTER, points.shape)
    twice = np.flatnonzero((points[1:] == points[:-1]).all(axis=1))
    moved[twice + 1] = moved[twice]  # a corner stays one
    return moved


def _one(rng: np.random.Generator) -> Way:
    """A stem, with or without an upstroke of any length, steeper than a seven's bar, and sometimes a foot."""
    kind = rng.random()
    stem = [(0.3, 0.0), (0.3 + rng.normal(0, 0.05), 0.5), (0.3 + rng.normal(0, 0.06), 1.0)]
    if kind < 0.12:
        return [stem]
    rise = rng.uniform(0.15, 0.85)  # how far down the upstroke begins
    run = rise * np.tan(rng.uniform(np.radians(12), np.radians(52)))
    bow = rng.normal(0, 0.05)
    upstroke = [(0.3 - run, rise), (0.3 - run / 2, rise / 2 + bow), (0.3, 0.0), (0.3, 0.0)]
    strokes = [[*upstroke, *stem[1:]]]
    if kind > 0.8 and rise < 0.5:
        wide = rng.uniform(0.12, 0.3)
        strokes.append([(0.3 - wide, 1.0), (0.3 + wide, 1.0)])
    return strokes


WAYS: Final[dict[int, tuple[str, ...]]] = {
    0: (
        "30,0 8,20 2,50 10,85 30,100 50,85 58,50 50,15 28,0",
        "42,6 20,2 3,35 6,75 30,100 54,75 56,35 36,2 20,12",
        "30,0 55,25 55,75 30,100 5,75 5,25 32,0 / 50,12 10,88",
        "15,10 40,0 58,40 45,95 15,95 2,50 20,4 45,10",
    ),
    2: (
        "4,22 20,2 48,4 55,28 35,62 2,98 2,98 60,96",
        "5,20 25,0 52,15 42,50 15,88 2,95 6,80 25,86 42,98 62,90",
        "6,12 30,0 55,18 40,55 0,100 0,100 20,90 40,98 62,90",
    ),
    3: (
        "4,12 28,0 52,14 44,38 20,46 20,46 48,54 58,76 36,100 2,90",
        "2,2 56,0 56,0 22,38 22,38 50,46 58,74 36,100 0,90",
        "4,10 30,0 50,16 36,42 18,48 24,40 48,52 56,80 30,100 0,84",
    ),
    4: (
        "14,0 2,56 2,56 62,54 / 46,20 42,100",
        "44,0 0,66 0,66 62,66 / 44,0 44,100",
        "40,0 2,62 2,62 60,60 / 40,36 36,100",
        "6,2 4,42 20,50 50,44 / 52,0 50,44 46,100",
        "36,2 2,50 2,50 50,52 50,52 50,6 50,6 46,100",
        "6,0 6,50 6,50 60,50 / 40,0 40,100",
    ),
    5: (
        "12,2 8,42 8,42 34,36 58,62 42,96 2,90 / 12,2 58,0",
        "58,2 12,2 12,2 8,45 8,45 36,38 58,66 40,98 2,92",
        "56,2 16,4 8,38 40,42 56,70 34,98 2,94",
    ),
    6: (
        "46,0 16,28 2,68 16,97 44,95 55,74 36,54 10,64 5,80",
        "34,0 8,50 6,86 30,100 52,82 42,58 16,60 5,76",
        "50,6 24,4 3,50 10,92 42,98 54,70 30,52 5,68",
    ),
    7: (
        "0,3 58,2 58,2 20,100",
        "0,4 58,2 58,2 32,40 24,100",
        "0,16 3,2 3,2 58,2 58,2 22,100",
        "0,3 58,2 58,2 24,100 / 14,50 54,47",
        "0,14 4,2 4,2 56,3 56,3 20,100 / 12,52 52,50",
        "0,6 56,3 56,3 28,96 20,96 10,60 10,50 50,46",
        "0,6 20,0 36,7 58,0 40,35 26,100 / 12,50 52,44",
    ),
    8: (
        "50,12 30,0 8,14 20,40 46,58 56,80 30,100 4,82 16,60 42,40 50,20 44,4",
        "30,46 8,25 30,0 52,25 28,46 / 30,46 2,74 30,100 58,74 28,46",
        "52,6 20,2 10,24 46,60 50,90 22,100 6,78 30,46 56,14",
    ),
    9: (
        "52,16 30,0 5,20 14,46 40,44 53,18 53,18 50,60 48,100",
        "52,20 28,0 4,22 18,47 44,40 53,18 54,72 36,100 6,90",
        "50,10 20,2 4,28 22,50 48,34 53,12 44,62 14,100",
        "53,24 30,0 5,24 30,48 53,24 52,70 60,96",
        "52,22 28,0 4,24 26,48 52,22 52,22 52,100",
    ),
}
"""Strokes separated by “/”, points as x,y in hundredths of the height."""
