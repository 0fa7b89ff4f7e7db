"""Shapes and gestures that people draw and that are not digits, about 1 in size."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

import numpy as np

from digitpad.training.synthesis.strokes import Strokes, spline


def shape(rng: np.random.Generator) -> Strokes:
    """Draw one of SHAPES."""
    return SHAPES[int(rng.integers(len(SHAPES)))](rng)


def polygon(rng: np.random.Generator) -> Strokes:
    """A polygon with three to six corners."""
    return _round(int(rng.integers(3, 7)), 1.0, rng)


def star(rng: np.random.Generator) -> Strokes:
    """A star with three to six points."""
    return _round(2 * int(rng.integers(3, 7)), rng.uniform(0.35, 0.6), rng)


def _round(corners: int, nearer: float, rng: np.random.Generator) -> Strokes:
    """Corners around a centre, every second one at `nearer` times the distance."""
    angles = np.linspace(0, 2 * np.pi, corners + 1) + rng.uniform(0, 2 * np.pi)
    reach = np.where(np.arange(corners + 1) % 2, nearer, 1)
    return [reach[:, None] * np.stack((np.cos(angles), np.sin(angles)), axis=1)]


def arrow(rng: np.random.Generator) -> Strokes:
    """An arrow in any direction."""
    head, angle = rng.uniform(0.15, 0.4), rng.uniform(0, 2 * np.pi)
    turn = np.array([[np.cos(angle), -np.sin(angle)], [np.sin(angle), np.cos(angle)]])
    tip = np.array([(1 - head, -head), (1.0, 0.0), (1 - head, head)])
    return [np.array([(0.0, 0.0), (1.0, 0.0)]) @ turn, tip @ turn]


def tick(rng: np.random.Generator) -> Strokes:
    """A check mark."""
    return [np.array([(0.0, 0.5), (rng.uniform(0.2, 0.4), 1.0), (1.0, rng.uniform(-0.2, 0.3))])]


def heart(rng: np.random.Generator) -> Strokes:
    """A heart, by its usual formula."""
    t = np.linspace(0, 2 * np.pi, 40)
    y = -13 * np.cos(t) + 5 * np.cos(2 * t) + 2 * np.cos(3 * t)
    return [np.stack((16 * np.sin(t) ** 3, y), axis=1) / 30]


def level_lines(rng: np.random.Generator) -> Strokes:
    """One to four level lines; an upright line would be a one."""
    return [
        np.array([(0.0, 0.3 * row), (1.0, 0.3 * row + rng.normal(0, 0.04))])
        for row in range(rng.integers(1, 5))
    ]


def wave(rng: np.random.Generator) -> Strokes:
    """A wave of one to four humps."""
    x = np.linspace(0, rng.uniform(1.5, 4) * np.pi, 40)
    return [np.stack((x / 4, rng.uniform(0.3, 1) * np.sin(x)), axis=1)]


def roof(rng: np.random.Generator) -> Strokes:
    """A low roof or valley, pointed or round; a steep roof would be a one with a long upstroke."""
    corner = np.array([(0.0, 1.0), (rng.uniform(0.3, 0.7), 0.0), (1.0, rng.uniform(0.8, 1.2))])
    corner *= (1, rng.choice((-1, 1)) * rng.uniform(0.35, 0.85))
    return [spline(corner) if rng.random() < 0.3 else corner]


def loop(rng: np.random.Generator) -> Strokes:
    """A line with a loop in it, as in proofreaders' marks and gestures."""
    way = np.array([(0, 0.9), (0.5, 0.75), (0.75, 0.3), (0.55, 0), (0.35, 0.3), (0.55, 0.75), (1.1, 0.9)])
    return [spline(way * (rng.choice((-1, 1)), rng.choice((-1, 1))))]


def bracket(rng: np.random.Generator) -> Strokes:
    """A square bracket, opening or closing."""
    wide = rng.choice((-1, 1)) * rng.uniform(0.25, 0.5)
    return [np.array([(wide, 0.0), (0.0, 0.0), (0.0, 1.0), (wide, 1.0)])]


SHAPES: Final[tuple[Callable[[np.random.Generator], Strokes], ...]] = (
    *(polygon, star, arrow, tick, heart, level_lines, wave),
    *(roof, loop, bracket),
)
