"""Finds what the operator asks for, newest first, without reading the whole history at once.

The stores list records by date only: an index for each filter would make every write more expensive, for a page that
one person opens now and then. So a page looks at a fixed number of records, says how far it got, and offers to go on.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from digitpad.records import Record, Store, timeuuid
from digitpad.web.operator_pages.filters import Filters

LOOKED_AT: Final = 5_000  # records for one page: some 0.1 s
_AT_ONCE: Final = 500  # records in one query to the store


@dataclass(frozen=True, slots=True)
class Look:
    """What one look at the records found."""

    records: list[Record]
    """Those that match, without drawings, newest first."""
    looked_at: int
    further: UUID | None
    """Where to look next: only records older than this one. None where nothing older can match."""
    complete: bool
    """False if a part of the store is unreachable."""

    @property
    def back_to(self) -> datetime | None:
        """How far back the look got; None if it reached the end."""
        return None if self.further is None else timeuuid.moment(self.further)


def look(store: Store, filters: Filters, *, before: UUID | None = None, limit: int = LOOKED_AT) -> Look:
    """Look at up to LOOKED_AT records for up to `limit` that match.

    :param before: only records older than this one
    """
    found: list[Record] = []
    looked_at, complete = 0, True
    last = _older(before, filters.before)
    while looked_at < LOOKED_AT and (page := store.newest(_AT_ONCE, before=last)):
        complete = complete and page.complete
        for record in page:
            if filters.since and record.recorded_at.date() < filters.since:
                return Look(found, looked_at, None, complete)
            looked_at += 1
            if filters.match(record):
                if len(found) == limit:  # one more than fits
                    return Look(found, looked_at - 1, found[-1].id, complete)
                found.append(record)
        last = page[-1].id
    return Look(found, looked_at, last if looked_at >= LOOKED_AT else None, complete)


def _older(one: UUID | None, other: UUID | None) -> UUID | None:
    """The older of two ids, either of which may be missing."""
    return min(filter(None, (one, other)), key=timeuuid.sort_key, default=None)
