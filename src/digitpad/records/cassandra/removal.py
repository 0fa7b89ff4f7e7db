"""Removing much at once from Cassandra: whole days, and what noted that there was something.

A row that was removed stays behind as a tombstone for ten days, and a query that meets 100,000 of them is
refused by Cassandra. So days are removed by partitions, each of which leaves a single one.

Days and months are noted in `recorded_day` and `visitor_month` before anything is recorded in them, and
whoever has noted one lately does not note it again (`KNOWN_FOR`). A note may therefore go only where nobody
can still rely on it: it is removed with a timestamp so far back that a younger note stays. What stays too
long costs a look into an empty partition; what went too soon would hide records.
"""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from digitpad.records.cassandra.counts import microseconds_now
from digitpad.records.cassandra.layout import SHARDS, month_of

KNOWN_FOR: Final = 600.0  # seconds for which whoever noted a day or month does not note it again
NOTED_LONG_AGO: Final = 2 * KNOWN_FOR  # seconds: a write may take a while, and clocks differ
PAGE: Final = 500  # rows at a time

Rows = Iterable[tuple[str, dict[str, Any]]]


class Removals:
    """Removes by `begin(name, values, fetch_size)`, which gives a future, and `run`, which waits for many.

    `features` gives what removes the features of records.
    """

    def __init__(
        self,
        begin: Callable[..., Any],
        run: Callable[[Rows], None],
        features: Callable[[Iterable[dict[str, Any]]], Rows],
    ) -> None:
        """Take what runs statements."""
        self._begin = begin
        self._run = run
        self._features = features

    def purge_day(self, day: date) -> Iterator[int]:
        """Remove all of a day that is past, and say after each step how many records it removed.

        The day's own partitions go last: until then an interrupted purge finds what is left to be done.
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
        """Remove the notes on a visitor's months in which nothing is left."""
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
    """A moment in microseconds since 1970 such that nobody relies on what was noted before it."""
    return now - int(NOTED_LONG_AGO * 1_000_000)
