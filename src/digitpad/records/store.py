"""The interface between predictions and their store. Both stores pass the tests in `tests/records`."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime
from typing import Protocol
from uuid import UUID

from digitpad.records.features import Features
from digitpad.records.neighbours import Neighbours
from digitpad.records.record import Label, Record


@dataclass(frozen=True, slots=True)
class DayCount:
    """The number of predictions on one day (UTC), by digit."""

    day: date
    digits: dict[int | None, int]
    """Predictions by digit; None counts refused ones. Digits without any are left out."""

    @property
    def total(self) -> int:
        """All of the day's predictions."""
        return sum(self.digits.values())


def require_past(before: date) -> date:
    """Return `before` if everything before that day may be purged.

    :raises ValueError: it lies in the future
    """
    if before > datetime.now(UTC).date():
        raise ValueError(f"{before} lies in the future: only days that are past can be purged")
    return before


class Listing(list[Record]):
    """The records of a listing, and whether they are all: not necessarily, if part of the store is away."""

    def __init__(self, records: Iterable[Record] = (), *, lacking: str = "") -> None:
        """Take what could be read.

        :param lacking: why some may be missing, in a sentence; empty if none are
        """
        super().__init__(records)
        self.lacking = lacking

    @property
    def complete(self) -> bool:
        """Whether no record is missing."""
        return not self.lacking


class Store(Protocol):
    """Where records are kept. Safe to share between threads; create it after a fork, not before.

    “Newest first” means by `timeuuid.sort_key`. Every method may raise StoreUnavailable (try again later) or
    StoreError (trying again will not help).
    """

    @property
    def name(self) -> str:
        """What it is and where, for people, without secrets: “SQLite, /var/lib/digitpad/records.db”."""
        ...

    def add(self, records: Sequence[Record]) -> None:
        """Keep records for good: once this returns, they survive a crash.

        Adding a record again changes nothing, except that its features and a newer correction are taken over. A removed
        record stays removed: a repeated write must not bring back what somebody has erased.

        :raises ValueError: an id is not time-based
        """
        ...

    def get(self, record_id: UUID) -> Record | None:
        """One record without its drawing, or None."""
        ...

    def drawing(self, record_id: UUID) -> bytes | None:
        """The drawing of one record, or None."""
        ...

    def newest(self, limit: int, *, before: UUID | None = None, visitor: UUID | None = None) -> Listing:
        """Up to `limit` records without drawings, newest first.

        :param before: only records older than this one, which need not exist any more
        :param visitor: only this visitor's
        :raises ValueError: `before` is not time-based
        """
        ...

    def label(self, record_id: UUID, label: Label, at: datetime) -> bool:
        """Keep a person's correction; False if there is no such record.

        The newest by `at` (to the millisecond) wins, in whatever order corrections arrive.
        """
        ...

    def remove(self, record_id: UUID) -> bool:
        """Remove a record with its drawing and its features; False if there is none."""
        ...

    def similar(
        self, features: Features, limit: int, *, before: UUID, visitor: UUID | None = None
    ) -> Neighbours:
        """Up to `limit` records without drawings whose features are nearest to these, the nearest first.

        :param limit: `neighbours.MOST` at most
        :param before: only records older than this one
        :param visitor: only this visitor's
        :raises ValueError: `before` is not time-based
        :raises NoVectors: the database behind the store cannot search like this
        """
        ...

    def index(self, features: Mapping[UUID, Features]) -> None:
        """Add features to records that lack them; ids without a record (any more) are skipped.

        :raises NoVectors: the database behind the store cannot keep them
        """
        ...

    def counts(self, *, since: date | None = None) -> list[DayCount]:
        """Predictions by day and digit, newest day first; days without any are left out.

        :param since: only this day (UTC) and later ones, so that no others need to be counted
        """
        ...

    def scan(self, *, after: UUID | None = None) -> Iterator[Record]:
        """All records with their drawings, oldest first, in bounded memory.

        :param after: only records newer than this one, which need not exist any more
        """
        ...

    def removed(self) -> Iterator[UUID]:
        """The ids of all removed records, oldest record first; none if the store, like Cassandra, cannot tell."""
        ...

    def erase(self, visitor: UUID) -> Iterator[int]:
        """Remove all that a visitor has recorded so far, step by step, and yield how many each step removed.

        Stopping half-way leaves the rest, which another call removes.
        """
        ...

    def purge(self, before: date) -> Iterator[int]:
        """Remove the records of all days (UTC) before `before`, in steps like `erase`.

        :raises ValueError: `before` lies in the future: what is being recorded now must stay
        """
        ...

    def wait(self, seconds: float, *, for_a_sign: float | None = None) -> None:
        """Wait until the store answers, for commands that need it.

        :param for_a_sign: seconds to wait if there is no sign of it at all, for commands that can do without it
        :raises StoreUnavailable: it did not answer within `seconds`
        :raises StoreError: it answered, and waiting longer will not help
        """
        ...

    def check(self) -> list[str]:
        """Return if records can be kept now, else raise StoreError saying why not.

        :returns: warnings about what is wrong although records can be kept
        """
        ...

    def close(self) -> None:
        """Finish what is under way and close files and connections."""
        ...
