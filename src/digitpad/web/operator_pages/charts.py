"""Where the marks of a chart go. The templates draw them as SVG.

Horizontal positions are in per cent of the width, so that a chart fits a phone without smaller text; vertical ones are
in pixels from the top.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Final

from digitpad.web.operator_pages.figures import LABELS, Mean
from digitpad.web.operator_pages.filters import DIGITS

HEIGHT: Final = 160  # pixels between the axis and the top
TOP: Final = 14  # pixels above, for the topmost label
CELL: Final = 30  # pixels: the height of a cell of the matrix
PALEST, DARKEST = 0.06, 0.38  # opacities of a cell: the number in it must stay readable (WCAG 1.4.3)


@dataclass(frozen=True, slots=True)
class Mark:
    """A bar, or a point of a line."""

    x: float
    """Per cent: the left of a bar, the middle of a point."""
    y: float
    height: float
    width: float
    """Per cent; 0 for a point."""
    text: str


@dataclass(frozen=True, slots=True)
class Chart:
    """Marks by day, with horizontal lines."""

    marks: list[Mark]
    lines: list[tuple[float, str]]
    """Where a line is (pixels), and its label."""
    days: list[tuple[float, str, str]]
    """Where a day's label is (per cent), how it is anchored, and the day."""
    bottom: int = TOP + HEIGHT


@dataclass(frozen=True, slots=True)
class Cell:
    """One cell of a matrix that is not empty."""

    x: float
    y: int
    count: int
    opacity: float
    right: bool


def bars(days: Sequence[tuple[date, int]]) -> Chart:
    """The chart of how many there were each day."""
    top = nice(max((count for _, count in days), default=0))
    slot = 100 / max(len(days), 1)
    marks = [
        _bar(slot * at, slot, HEIGHT * count / top, f"{day}: {count:,}")
        for at, (day, count) in enumerate(days)
    ]
    steps = sorted({0, top // 2 if top % 2 == 0 else 0, top})
    lines = [(TOP + HEIGHT * (1 - each / top), f"{each:,}") for each in steps]
    return Chart(marks, lines, _named([day for day, _ in days], slot))


def points(means: Sequence[Mean], first: date, last: date) -> Chart:
    """The chart of each day's mean confidence, from `first` to `last`; the axis begins below the lowest."""
    least = min((mean.confidence for mean in means), default=0.0)
    bottom = max(0, min(90, int(least * 10) * 10 - (10 if least * 10 == int(least * 10) else 0)))
    span = (last - first).days + 1
    slot = 100 / span
    marks = [
        Mark(
            round(slot * ((mean.day - first).days + 0.5), 3),
            round(TOP + HEIGHT * (100 - mean.confidence * 100) / (100 - bottom), 1),
            0,
            0,
            f"{mean.day}: {mean.confidence:.1%}",
        )
        for mean in means
    ]
    lines = [
        (TOP + HEIGHT * (100 - each) / (100 - bottom), f"{each} %")
        for each in sorted({bottom, (bottom + 100) // 2, 100})
    ]
    ends = [first] if span == 1 else [first, last]
    return Chart(marks, lines, _named_at([(slot * ((day - first).days + 0.5), day) for day in ends]))


def cells(confusion: Counter[tuple[str, str]]) -> list[Cell]:
    """The matrix without its empty cells; the larger a cell's share of its row, the darker it is."""
    rows = Counter[str]()
    for (label, _), count in confusion.items():
        rows[label] += count
    width = 100 / (len(DIGITS) + 1)
    return [
        Cell(
            width * (DIGITS.index(read) + 1),
            CELL * (LABELS.index(label) + 1),
            count,
            round(PALEST + (DARKEST - PALEST) * count / rows[label], 3),
            LABELS.index(label) == DIGITS.index(read),
        )
        for (label, read), count in sorted(confusion.items())
    ]


def nice(most: int) -> int:
    """The smallest of 1, 2, 5, 10, 20, 50, … that is at least `most`: where an axis ends."""
    power: int = 10 ** (len(str(max(most, 1))) - 1)
    return next(power * each for each in (1, 2, 5, 10) if power * each >= most)


def _bar(x: float, slot: float, height: float, text: str) -> Mark:
    height = max(height, 1) if height else 0  # one among a thousand must stay visible
    return Mark(
        round(x + slot * 0.12, 3),
        round(TOP + HEIGHT - height, 1),
        round(height, 1),
        round(slot * 0.76, 3),
        text,
    )


def _named(days: Sequence[date], slot: float) -> list[tuple[float, str, str]]:
    """The first, the middle and the last day."""
    chosen = sorted({0, len(days) // 2, len(days) - 1}) if days else []
    return _named_at([(slot * (at + 0.5), days[at]) for at in chosen])


def _named_at(places: list[tuple[float, date]]) -> list[tuple[float, str, str]]:
    def anchor(x: float) -> str:
        return "middle" if 15 < x < 85 or len(places) == 1 else "start" if x <= 15 else "end"

    edges = {"start": 0.0, "end": 100.0}
    return [(round(edges.get(anchor(x), x), 3), anchor(x), str(day)) for x, day in places]
