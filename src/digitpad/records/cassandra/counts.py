"""Counts by day and digit in Cassandra: derived from the records, and cached for past days.

Counter columns cannot be retried safely: an increment whose reply was lost may or may not have been applied.

A cached count must not outlive a change to its day. So before a record of a past day is written or removed, the
day's cached count is deleted with a timestamp some minutes ahead, and a new count is cached with the timestamp at
which counting began. The deletion thus shadows every count that began before the change was certainly complete,
in whatever order the two arrive, even if the process making the change died half-way. If records expire, a count
is cached until the first record of its day does.
"""

from __future__ import annotations

import itertools
import time
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final

from digitpad.records.cassandra.layout import SHARDS
from digitpad.records.recent import Recent
from digitpad.records.store import DayCount

CLOSED_AFTER: Final = timedelta(hours=1)  # after midnight UTC: until then hosts' clocks may disagree
FORGET_AHEAD: Final = 600.0  # seconds; far more than a write takes and clocks differ by
EMPTY_FOR: Final = 86_400  # seconds; a cached count of zero should itself expire
PAGE: Final = 5_000  # rows of (digit, model) at a time

REFUSED: Final = "refused"

Execute = Callable[..., Any]


class Counts:
    """Counts days with `execute(name, values, fetch_size)`, which starts a statement and returns its future."""

    def __init__(self, execute: Execute, interruptions: Callable[[], int]) -> None:
        """Take functions that run statements and tell how often Cassandra may have lost its last seconds."""
        self._execute = execute
        self._interruptions = interruptions
        self._forgotten = Recent(size=10_000, seconds=FORGET_AHEAD / 2)

    def by_day(self, since: date) -> list[DayCount]:
        """Predictions by day and digit from `since` on, newest day first; days without any are left out."""
        counts = []
        for row in self._execute("counted", {}).result():
            day = row.day.date()
            if day < since:
                break
            counted = self._count(day) if row.counted is None else row.counted
            if counted:
                digits = {None if key == REFUSED else int(key): count for key, count in counted.items()}
                counts.append(DayCount(day, digits))
        return counts

    def forget(self, days: Iterable[date]) -> None:
        """Delete the cached counts of the past days in `days`, before a record there changes."""
        today, number = datetime.now(UTC).date(), self._interruptions()
        past = {day for day in days if day < today and (number, day) not in self._forgotten}
        ahead = microseconds_now() + int(FORGET_AHEAD * 1_000_000)
        futures = [self._execute("forget", {"day": day, "timestamp": ahead}) for day in past]
        for future in futures:
            future.result()
        for day in past:
            self._forgotten.add((number, day))

    def _count(self, day: date) -> dict[str, int]:
        """Count a day, and cache the result if the day is past."""
        began = microseconds_now()
        futures = [self._execute("digits", {"day": day, "shard": shard}, PAGE) for shard in range(SHARDS)]
        counted: Counter[str] = Counter()
        expires: int | None = None  # seconds until the first of these records does; None: none does
        for row in itertools.chain.from_iterable(future.result() for future in futures):
            if row.model is not None:
                counted[REFUSED if row.digit is None else str(row.digit)] += 1
                if row.expires:
                    expires = min(expires or row.expires, row.expires)
        if datetime.now(UTC) > datetime.combine(day, datetime.max.time(), UTC) + CLOSED_AFTER:
            self._execute(
                "remember",
                {
                    "day": day,
                    "counted": counted,
                    "timestamp": began,
                    "ttl": (expires or 0) if counted else EMPTY_FOR,
                },
            ).result()
        return counted


def microseconds_now() -> int:
    """The current time in microseconds since 1970, the unit of write timestamps."""
    return time.time_ns() // 1_000
