"""Reading many records from Cassandra: newest first for lists, oldest first with their drawings.

A visitor's month is one partition and a day is SHARDS of them, each sorted; they are merged as they are read.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import date
from typing import Any, Final
from uuid import UUID

from digitpad.records import timeuuid
from digitpad.records.cassandra.layout import END_OF_TIME, SHARDS, day_of, from_row, month_of, where
from digitpad.records.record import Record

PARTITIONS_AHEAD: Final = 8  # days or months queried at a time when a listing goes far back
SCAN_PAGE: Final = 200  # records of each shard in memory at a time
DRAWINGS_AHEAD: Final = 32  # drawings in memory at a time; one has at most 4 MB, mostly 5 kB
DRAWINGS_AT_ONCE: Final = 8  # drawings in one query


class Listings:
    """Reads with `begin(name, values, fetch_size)`, which starts a statement and returns its future."""

    def __init__(self, begin: Callable[..., Any]) -> None:
        """Take the function that starts statements."""
        self._begin = begin

    def newest(self, before: UUID | None, rows: int) -> Iterator[Record]:
        """All records older than `before`, newest first, without drawings.

        :param rows: how many are likely to be read
        """
        bound, day, _ = _from(before)
        days = (row.day.date() for row in self._begin("days", {"day": day}).result())
        return self._newest_first(days, lambda day: self._shards("newest", day, bound, rows))

    def newest_of(self, visitor: UUID, before: UUID | None, rows: int) -> Iterator[Record]:
        """The same for one visitor."""
        bound, _, month = _from(before)
        months = (row.month for row in self._begin("months", {"visitor": visitor, "month": month}).result())
        return self._newest_first(
            months,
            lambda month: [
                self._begin("newest_of_visitor", {**bound, "visitor": visitor, "month": month}, rows + 1)
            ],
        )

    def oldest(self, after: UUID | None) -> Iterator[Record]:
        """All records newer than `after` with their drawings, oldest first."""
        first = None if after is None else day_of(after)
        oldest = b"" if after is None else timeuuid.sort_key(after)
        for row in self._begin("days_oldest_first", {}).result():
            day = row.day.date()
            if first is None or day >= first:
                shards = self._shards("oldest", day, {}, SCAN_PAGE)
                found = heapq.merge(*map(_records, shards), key=_age)
                yield from self._with_drawings(record for record in found if _age(record) > oldest)

    def _newest_first(self, partitions: Iterator[Any], ask: Callable[[Any], list[Any]]) -> Iterator[Record]:
        """The records of `partitions` (days or months, newest first), querying ever more at a time as it goes back."""
        ahead = 1
        while some := list(itertools.islice(partitions, ahead)):
            futures = [ask(partition) for partition in some]
            for shards in futures:
                yield from heapq.merge(*map(_records, shards), key=_age, reverse=True)
            ahead = min(2 * ahead, PARTITIONS_AHEAD)

    def _shards(self, name: str, day: date, bound: dict[str, Any], rows: int) -> list[Any]:
        """Query all shards of a day at once, for about `rows` rows in total; the merge fetches more if needed."""
        page = 2 * rows // SHARDS + 5
        return [self._begin(name, {**bound, "day": day, "shard": shard}, page) for shard in range(SHARDS)]

    def _with_drawings(self, records: Iterator[Record]) -> Iterator[Record]:
        """Fetch drawings in groups: one query for each would take most of a scan's time."""
        while some := list(itertools.islice(records, DRAWINGS_AHEAD)):
            ids = [record.id for record in some]
            futures = [
                self._begin("drawings", {"ids": ids[start : start + DRAWINGS_AT_ONCE]})
                for start in range(0, len(ids), DRAWINGS_AT_ONCE)
            ]
            drawings = {row.id: row.drawing for future in futures for row in future.result()}
            for record in some:
                yield replace(record, drawing=drawings.get(record.id))


def _from(before: UUID | None) -> tuple[dict[str, Any], date, str]:
    """Where a listing, newest first, begins: the bound within a partition, the day, and the month."""
    if before is None:
        return {"recorded_at": END_OF_TIME, "id": UUID(int=0x1000 << 64)}, date.max, "9999-12"
    return where(timeuuid.require(before)), day_of(before), month_of(before)


def _records(future: Any) -> Iterator[Record]:
    """The records in a result, page by page, without rows that are not records."""
    return filter(None, map(from_row, future.result()))


def _age(record: Record) -> bytes:
    return timeuuid.sort_key(record.id)
