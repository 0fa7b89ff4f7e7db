"""What is not one digit: letters, scribbles, shapes, several digits, crossed-out ones, dots."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from digitpad.training.synthesis.shapes import shape
from digitpad.training.synthesis.strokes import Strokes, bent, spline

Some = Callable[[np.random.Generator], Strokes]
"""Returns the strokes of some digit, about 1 in size and centred on the origin, or of some letter of any size."""

KINDS: Final = {
    "letter": 0.56,
    "two digits": 0.09,
    "crossed out": 0.09,
    "scribble": 0.09,
    "shape": 0.10,
    "word": 0.03,
    "dots": 0.04,
}
"""What share of the non-digits each kind is."""


def not_a_digit(rng: np.random.Generator, digit: Some, letter: Some) -> Strokes:
    """Draw something that nobody should read as one digit; the result is already bent."""
    kind = rng.choice(list(KINDS), p=list(KINDS.values()))
    if kind == "letter":
        return bent(letter(rng), rng)
    if kind == "two digits":
        return _side_by_side([digit(rng) for _ in range(rng.choice((2, 2, 2, 3)))], rng)
    if kind == "word":
        return _side_by_side([bent(letter(rng), rng) for _ in range(rng.integers(2, 5))], rng)
    if kind == "crossed out":
        return digit(rng) + _crossing(rng)
    if kind == "scribble":
        return bent(_scribble(rng), rng)
    return bent(shape(rng) if kind == "shape" else _dots(rng), rng)


def _side_by_side(parts: list[Strokes], rng: np.random.Generator) -> Strokes:
    """One after another on a line, touching or with a gap."""
    result: Strokes = []
    right = 0.0
    for part in parts:
        points = np.concatenate(part)
        low, high = points.min(axis=0), points.max(axis=0)
        offset = np.array((right - low[0], rng.normal(0, 0.08)))
        result += [stroke + offset for stroke in part]
        right += high[0] - low[0] + rng.uniform(-0.03, 0.35)
    return result


def _crossing(rng: np.random.Generator) -> Strokes:
    """Lines, a cross, waves or a scribble over all of a drawing that is about 1 in size."""
    kind = rng.integers(4)
    if kind == 0:  # one to four lines, all in one direction
        angle, number = rng.uniform(-0.6, 0.6), int(rng.integers(1, 5))
        along = 0.6 * np.array((np.cos(angle), np.sin(angle)))
        across = np.array((-along[1], along[0]))
        places = np.linspace(-0.5, 0.5, number) if number > 1 else [rng.uniform(-0.15, 0.15)]
        if number == 1:  # one line through a digit must be clear: sevens and zeros have bars as well
            along = along * 1.3 if rng.random() < 0.5 else 0.75 * np.array((1.0, rng.choice((-1.0, 1.0))))
        return [np.stack((place * across - along, place * across + along)) for place in places]
    if kind == 1:
        arm = rng.uniform(0.4, 0.65, 2) * (1, rng.uniform(0.7, 1.3))
        return [np.stack((-arm, arm)), np.stack((arm * (1, -1), arm * (-1, 1)))]
    turns = int(rng.integers(4, 10))
    x = np.linspace(-0.5, 0.5, turns) if kind == 2 else rng.uniform(-0.5, 0.5, turns)
    y = np.where(np.arange(turns) % 2, 1, -1) * rng.uniform(0.3, 0.55, turns)
    return [spline(np.stack((x, y), axis=1))]


def _scribble(rng: np.random.Generator) -> Strokes:
    """A pen that wanders, goes to and fro, draws a spiral, or starts several times."""
    kind = rng.integers(4)
    number = int(rng.integers(5, 25))
    if kind == 0:
        way = rng.normal(0, 1, (number, 2)).cumsum(axis=0)
    elif kind == 1:
        way = np.stack(
            (np.linspace(0, rng.uniform(0.2, 3), number), rng.uniform(0.4, 1) * (np.arange(number) % 2)), 1
        )
    elif kind == 2:
        angle = np.linspace(0, rng.uniform(3.5, 9) * np.pi, 4 * number)
        way = (angle[:, None] ** rng.uniform(0.3, 1)) * np.stack((np.cos(angle), np.sin(angle)), axis=1)
    else:
        pieces = [rng.normal(0, 1, (int(rng.integers(2, 6)), 2)) for _ in range(rng.integers(3, 8))]
        return [spline(piece) for piece in pieces]
    return [spline(way)]


def _dots(rng: np.random.Generator) -> Strokes:
    """One dot or a few, as a finger leaves them by accident."""
    number = int(rng.choice((1, 1, 2, 3, 5)))
    places = rng.uniform(-1, 1, (number, 2)) * (1 if number > 1 else 0)
    return [place + rng.normal(0, 0.02, (int(rng.integers(1, 4)), 2)) for place in places]
