"""Figures that sum up records: pure functions of lists."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import groupby
from typing import Final

from digitpad.records import DayCount, Record
from digitpad.web.operator_pages.filters import DIGITS, REFUSED

HARDEST: Final = 12
LABELS: Final = (*map(str, range(10)), "not-a-digit")
"""The labels that a person may give a drawing: the rows of a confusion matrix. Its columns are DIGITS."""
RIGHTLY: Final = tuple(zip(LABELS, DIGITS, strict=True))
"""The cells of what was read as it is labelled."""


@dataclass(frozen=True, slots=True)
class Mean:
    """The mean confidence of one day's digits."""

    day: date
    confidence: float
    records: int


@dataclass(frozen=True, slots=True)
class Figures:
    """Records summed up."""

    records: int
    refused: int
    confidence: float | None
    """The mean over the digits read; None if there are none."""
    means: list[Mean]
    """By day, oldest first; days without a digit are left out."""
    confusion: Counter[tuple[str, str]]
    """How often each pair occurs: a person's label, of LABELS, and what was read, of DIGITS."""
    hardest: list[Record]

    @classmethod
    def of(cls, records: Sequence[Record]) -> Figures:
        """Sum up `records`, newest first."""
        read = [record for record in records if record.digit is not None]
        return cls(
            len(records),
            len(records) - len(read),
            _mean(read),
            _means(read),
            Counter((str(each.label), _as_read(each)) for each in records if each.label is not None),
            hardest(records),
        )

    @property
    def corrected(self) -> int:
        """How many a person has labelled."""
        return self.confusion.total()

    @property
    def right(self) -> int:
        """How many of those were read as labelled."""
        return sum(self.confusion[pair] for pair in RIGHTLY)

    @property
    def mistakes(self) -> list[tuple[str, str, int]]:
        """A person's label, what was read instead, and how often: the most frequent first."""
        return [(*pair, count) for pair, count in self.confusion.most_common() if pair not in RIGHTLY]


def hardest(records: Iterable[Record]) -> list[Record]:
    """The drawings to whose true class the network gave the lowest chance, lowest first; unknown ones are left out."""
    known = [(given, record) for record in records if (given := given_to_truth(record)) is not None]
    return [record for _, record in sorted(known, key=lambda pair: pair[0])[:HARDEST]]


def given_to_truth(record: Record) -> float | None:
    """The chance that the network gave to what the drawing is: as a person labelled it, else as it was read.

    None if the drawing was refused and nobody labelled it.
    """
    if isinstance(record.label, int):
        return record.p_digit * record.probabilities[record.label]
    if record.label is not None:
        return 1 - record.p_digit
    return None if record.digit is None else record.confidence


def daily(counts: Iterable[DayCount], first: date, last: date, digit: str) -> list[tuple[date, int]]:
    """The number of predictions of each day from `first` to `last`, oldest first, including days without any.

    :param digit: count only this one of DIGITS; empty: all
    """
    by_day = {each.day: each for each in counts}

    def of(day: date) -> int:
        if day not in by_day:
            return 0
        digits = by_day[day].digits
        return digits.get(None if digit == REFUSED else int(digit), 0) if digit else by_day[day].total

    days = (first + timedelta(days=each) for each in range((last - first).days + 1))
    return [(day, of(day)) for day in days]


def _as_read(record: Record) -> str:
    return REFUSED if record.digit is None else str(record.digit)


def _mean(read: Sequence[Record]) -> float | None:
    return sum(record.confidence for record in read) / len(read) if read else None


def _means(read: Sequence[Record]) -> list[Mean]:
    by_day = groupby(reversed(read), key=lambda record: record.recorded_at.date())
    return [
        Mean(day, sum(each.confidence for each in records) / len(records), len(records))
        for day, records in ((day, list(each)) for day, each in by_day)
    ]
