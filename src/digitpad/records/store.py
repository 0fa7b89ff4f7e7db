"""The seam between predictions and where they are kept. Both stores pass the tests in `tests/records`."""

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
    """How many predictions one day (UTC) brought, by digit."""

    day: date
    digits: dict[int | None, int]
    """Predictions by digit; None counts the refused. Digits without any are left out."""

    @property
    def total(self) -> int:
        """All of the day's predictions."""
        return sum(self.digits.values())


def require_past(before: date) -> date:
    """Give back a day before which everything may be purged.

    :raises ValueError: it lies in the future
    """
    if before > datetime.now(UTC).date():
        raise ValueError(f"{before} lies in the future: only days that are past can be purged")
    return before


class Listing(list[Record]):
    """Records of a listing, and whether they are all: where a part of the store is away, they may not be."""

    def __init__(self, records: Iterable[Record] = (), *, lacking: str = "") -> None:
        """Take what could be read.

        :param lacking: why they may not be all, in a sentence; empty where they are
        """
        super().__init__(records)
        self.lacking = lacking

    @property
    def complete(self) -> bool:
        """Whether they are all."""
        return not self.lacking


class Store(Protocol):
    """Where records are kept. Safe to share between threads; made after a fork, not before.

    Newest first is by `timeuuid.sort_key`. Every method may raise StoreUnavailable (try again later) or
    StoreError (it will not help).
    """

    @property
    def name(self) -> str:
        """What it is and where, for people, without secrets: “SQLite, /var/lib/digitpad/records.db”."""
        ...

    def add(self, records: Sequence[Record]) -> None:
        """Keep records for good: when this returns they survive a crash.

        Adding one again changes nothing, save that a newer correction and features it carries are taken. One that was
        removed stays removed: a repeated write must not bring back what somebody had erased.

        :raises ValueError: an id that is not time-based
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
        """Keep a person's correction; False where there is no such record.

        The newest by `at` (to the millisecond) wins, in whatever order they arrive.
        """
        ...

    def remove(self, record_id: UUID) -> bool:
        """Remove a record with its drawing and its features; False where there is none."""
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
        """Keep features of records that were kept without them; what is no record (any more) is passed over.

        :raises NoVectors: the database behind the store cannot keep them
        """
        ...

    def counts(self, *, since: date | None = None) -> list[DayCount]:
        """Predictions a day and digit, newest day first; days without any are left out.

        :param since: only this day (UTC) and later ones, so that no others need to be counted
        """
        ...

    def scan(self, *, after: UUID | None = None) -> Iterator[Record]:
        """All records with their drawings, oldest first, in bounded memory.

        :param after: only records newer than this one, which need not exist any more
        """
        ...

    def removed(self) -> Iterator[UUID]:
        """The ids of all that was removed, oldest record first; none where the store cannot tell, like Cassandra."""
        ...

    def erase(self, visitor: UUID) -> Iterator[int]:
        """Remove all that a visitor has recorded by now, step by step, and say how many each step removed.

        Whoever stops half-way leaves the rest, and can begin again.
        """
        ...

    def purge(self, before: date) -> Iterator[int]:
        """Remove all records of the days (UTC) before this one, as `erase` does.

        :raises ValueError: `before` lies in the future: what is being recorded just now stays
        """
        ...

    def wait(self, seconds: float, *, for_a_sign: float | None = None) -> None:
        """Wait until the store answers, for commands that cannot do without.

        :param for_a_sign: seconds to wait where there is no sign of it at all, for commands that can do without
        :raises StoreUnavailable: it did not within `seconds`
        :raises StoreError: it answered, and waiting longer will not help
        """
        ...

    def check(self) -> list[str]:
        """Return where records can be kept just now, else raise StoreError saying why not.

        :returns: remarks on what is not as it should be, though records are kept
        """
        ...

    def close(self) -> None:
        """Finish what is under way and let go of files and connections."""
        ...
