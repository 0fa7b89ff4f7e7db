"""Ten digits in our own handwriting, as polylines on a 280×280 canvas, and a letter."""

from __future__ import annotations

from itertools import pairwise
from math import cos, hypot, radians, sin

Way = list[tuple[float, float]]
"""Where a pen goes, in CSS pixels from the canvas's top left corner."""


def arc(x: float, y: float, rx: float, ry: float, start: float, end: float) -> Way:
    """Part of an ellipse; degrees, clockwise from the right as y points downwards."""
    steps = max(2, round(abs(end - start) / 12))
    angles = [radians(start + (end - start) * step / steps) for step in range(steps + 1)]
    return [(x + rx * cos(angle), y + ry * sin(angle)) for angle in angles]


DIGITS: dict[int, list[Way]] = {
    0: [arc(140, 140, 58, 88, -80, 290)],
    1: [[(112, 88), (148, 54), (146, 140), (143, 228)]],
    2: [[*arc(136, 96, 50, 44, -160, 30), (140, 168), (88, 222), (128, 218), (198, 222)]],
    3: [[*arc(132, 94, 46, 40, -150, 85), *arc(130, 178, 56, 46, -85, 150)]],
    4: [[(128, 52), (82, 160), (200, 156)], [(166, 112), (158, 232)]],
    5: [[(188, 58), (106, 60), (98, 128), *arc(132, 172, 56, 50, -110, 145)]],
    6: [[(168, 50), (122, 100), (96, 160), *arc(138, 182, 44, 42, 180, -185)]],
    7: [[(80, 70), (140, 64), (200, 66), (160, 136), (124, 232)]],
    8: [[*arc(140, 96, 38, 38, -60, -270), *arc(140, 180, 46, 46, -90, 270), *arc(140, 96, 38, 38, 90, -70)]],
    9: [[*arc(136, 102, 44, 44, -20, -350), (180, 92), (172, 160), (158, 230)]],
}

LETTER_M: list[Way] = [[(76, 210), (98, 78), (138, 170), (182, 76), (206, 212)]]


def paced(way: Way, step: float = 8.0) -> Way:
    """The same line with a point every `step` pixels, as input devices report it."""
    points = [way[0]]
    for (x0, y0), (x1, y1) in pairwise(way):
        pieces = max(1, round(hypot(x1 - x0, y1 - y0) / step))
        points += [(x0 + (x1 - x0) * k / pieces, y0 + (y1 - y0) * k / pieces) for k in range(1, pieces + 1)]
    return points
