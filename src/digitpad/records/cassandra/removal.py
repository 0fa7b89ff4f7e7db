"""Removing many records at once from Cassandra: whole days, and the notes of which days and months have records.

A removed row leaves a tombstone for ten days, and Cassandra refuses a query that meets 100,000 of them. So days
are removed by partition, which leaves a single tombstone each.

Days and months are noted in `recorded_day` and `visitor_month` before anything is recorded in them, and a process
that has noted one recently does not note it again (`KNOWN_FOR`). So a note may only be removed once no process can
still rely on it: the removal has a timestamp so far back that newer notes stay. A note kept too long costs a look
into an empty partition; one removed too soon would hide records.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from digitpad.records.cassandra.counts import microseconds_now
from digitpad.records.cassandra.layout import SHARDS, month_of
from digitpad.records.cassandra.statements import Statement

KNOWN_FOR: Final = 600.0  # seconds for which a process that noted a day or month does not note it again
NOTED_LONG_AGO: Final = 2 * KNOWN_FOR  # seconds: a write may take a while, and clocks differ
PAGE: Final = 500  # rows at a time


class Removals:
    """Removes with `begin(name, values, fetch_size)`, which returns a future, and `run`, which waits for many.

    `features` returns the statements that remove the features of records.
    """

    def __init__(
        self,
        begin: Callable[..., Any],
        run: Callable[[Iterable[Statement]], None],
        features: Callable[[Iterable[dict[str, Any]]], Iterable[Statement]],
    ) -> None:
        """Take the functions that supply and run statements."""
        self._begin = begin
        self._run = run
        self._features = features

    def purge_day(self, day: date) -> Iterator[int]:
        """Remove everything from a past day, and yield after each step how many records it removed.

        The day's own partitions go last, so that a purge can find what an interrupted one has left.
        """
        now = microseconds_now()
        midnight = datetime.combine(day, datetime.min.time(), UTC) + timedelta(days=1)
        for shard in range(SHARDS):
            rows = iter(self._begin("visitors", {"day": day, "shard": shard}, PAGE).result())
            while page := list(itertools.islice(rows, PAGE)):
                gone = [{"id": row.id, "timestamp": now} for row in page]
                self._run(("remove_drawing", row) for row in gone)
                self._run(self._features(gone))
                months = {(row.visitor, month_of(row.id)) for row in page if row.visitor is not None}
                self._run(
                    (
                        "remove_from_visitor_before",
                        {"visitor": visitor, "month": month, "recorded_at": midnight, "timestamp": now},
                    )
                    for visitor, month in months
                )
                self._unnote_months(months)
                yield sum(row.model is not None for row in page)
        self._run(("remove_day", {"day": day, "shard": shard, "timestamp": now}) for shard in range(SHARDS))
        self._run([("unnote_day", {"day": day, "timestamp": _long_ago(now)})])

    def unnote_months_of(self, visitor: UUID) -> None:
        """Remove the notes of a visitor's months that have no records left."""
        months = self._begin("months", {"visitor": visitor, "month": "9999-12"}).result()
        self._unnote_months({(visitor, row.month) for row in months})

    def _unnote_months(self, months: set[tuple[UUID, str]]) -> None:
        now = microseconds_now()
        keys = [{"visitor": visitor, "month": month} for visitor, month in months]
        left = [self._begin("any_of_visitor", key) for key in keys]
        self._run(
            ("unnote_month", {**key, "timestamp": _long_ago(now)})
            for key, future in zip(keys, left, strict=True)
            if future.result().one() is None
        )


def _long_ago(now: int) -> int:
    """A time, in microseconds since 1970, so far back that no process relies on notes from before it."""
    return now - int(NOTED_LONG_AGO * 1_000_000)
