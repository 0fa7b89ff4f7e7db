"""Counts by day and digit in Cassandra: derived from the records, remembered for days that are past.

Counter columns cannot be repeated safely: an increment whose answer got lost may have been counted or not.

A remembered count must not outlive a change to its day. So whoever writes or removes a record of a past day
first forgets the day, with a timestamp some minutes ahead; and whoever counts remembers the result with the
timestamp at which the counting began. A count that began before the change was surely over is thus shadowed,
in whatever order the two arrive, and also where the one who changed the day died half-way. Where records
vanish after some time, a count is remembered until the first of its day does.
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
FORGET_AHEAD: Final = 600.0  # seconds; far longer than a write takes, and clocks differ
FAR: Final = 1 << 40  # seconds: longer than Cassandra keeps anything that it does not keep for ever
EMPTY_FOR: Final = 86_400  # seconds; what says that nothing is left should itself go in the end
PAGE: Final = 5_000  # rows of (digit, model) at a time

REFUSED: Final = "refused"

Execute = Callable[..., Any]


class Counts:
    """Counts days by `execute(name, values, fetch_size)`, which begins a statement and gives its future."""

    def __init__(self, execute: Execute, interruptions: Callable[[], int]) -> None:
        """Take what runs statements, and what says how often Cassandra may have lost its last seconds."""
        self._execute = execute
        self._interruptions = interruptions
        self._forgotten = Recent(size=10_000, seconds=FORGET_AHEAD / 2)

    def by_day(self, since: date) -> list[DayCount]:
        """Predictions a day and digit from `since` on, newest day first; days without any are left out."""
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
        """Forget what is remembered of those of `days` that are past, before a record there changes."""
        today, number = datetime.now(UTC).date(), self._interruptions()
        past = {day for day in days if day < today and (number, day) not in self._forgotten}
        ahead = microseconds_now() + int(FORGET_AHEAD * 1_000_000)
        futures = [self._execute("forget", {"day": day, "timestamp": ahead}) for day in past]
        for future in futures:
            future.result()
        for day in past:
            self._forgotten.add((number, day))

    def _count(self, day: date) -> dict[str, int]:
        """Count a day, and remember the result where the day is past."""
        began = microseconds_now()
        futures = [self._execute("digits", {"day": day, "shard": shard}, PAGE) for shard in range(SHARDS)]
        counted: Counter[str] = Counter()
        expires = 0  # seconds until the first of these records vanishes, 0 for never
        for row in itertools.chain.from_iterable(future.result() for future in futures):
            if row.model is not None:
                counted[REFUSED if row.digit is None else str(row.digit)] += 1
                expires = min(expires or FAR, row.expires or FAR)
        if datetime.now(UTC) > datetime.combine(day, datetime.max.time(), UTC) + CLOSED_AFTER:
            self._execute(
                "remember",
                {
                    "day": day,
                    "counted": counted,
                    "timestamp": began,
                    "ttl": expires % FAR if counted else EMPTY_FOR,
                },
            ).result()
        return counted


def microseconds_now() -> int:
    """The present in microseconds since 1970, the unit of write timestamps."""
    return time.time_ns() // 1_000
