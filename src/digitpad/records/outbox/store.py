"""The outbox: a store on this host's disk in front of another, the far store, which may be unreachable.

A change is on disk here before it is acknowledged, and is sent from here (`shipper`). Reads combine the far store's
records with what waits here (`waiting`). Operations that must see everything first wait until all has been sent.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import date, datetime
from uuid import UUID

from digitpad.errors import StoreUnavailable
from digitpad.records import timeuuid
from digitpad.records.features import Features
from digitpad.records.neighbours import MOST, Neighbour, Neighbours, merged
from digitpad.records.outbox.change import with_newer_correction
from digitpad.records.outbox.shipper import FarStore, Shipper
from digitpad.records.outbox.waiting import Backlog, Waiting
from digitpad.records.record import Label, Record, to_millisecond
from digitpad.records.store import DayCount, Listing, require_past


class Outbox:
    """A `Store` in front of another. Create it after a fork, not before."""

    def __init__(self, waiting: Waiting, far: FarStore) -> None:
        """Take over both and start sending.

        :raises StoreError: the file that says whose turn it is to send cannot be opened
        """
        self._waiting = waiting
        self._far = far
        self._shipper = Shipper(waiting, far)

    @property
    def name(self) -> str:
        """What the far store is and where."""
        return self._far.name

    def add(self, records: Sequence[Record]) -> None:
        """Keep records for good; see `Store.add`."""
        if records:
            self._waiting.add(records)
            self._shipper.wake()

    def get(self, record_id: UUID) -> Record | None:
        """One record without its drawing, or None."""
        if not timeuuid.is_timeuuid(record_id):
            return None
        here = self._waiting.get(record_id)
        if here and here.kind == "remove":
            return None
        if here and (here.waits or not self._far.answers):
            return here.record
        self._require_far()
        there = self._far.get(record_id)
        if here is None:
            return there
        return with_newer_correction(there, here.record) if there else self._missed(here.record)

    def _missed(self, sent: Record) -> Record | None:
        """Look again for a record that was just sent and is not there: another host has removed it, or it was lost.

        A lost record is sent again once the interruption has been noticed, and is kept here until then.
        """
        if self._shipper.doubts:
            return sent
        here = self._waiting.get(sent.id)
        if here and here.waits:
            return None if here.kind == "remove" else here.record
        return self._far.get(sent.id)

    def drawing(self, record_id: UUID) -> bytes | None:
        """The drawing of one record, or None."""
        here = self._waiting.get(record_id)
        if here and here.kind != "label":
            return self._waiting.drawing(record_id)
        if timeuuid.is_timeuuid(record_id):
            self._require_far()
        return self._far.drawing(record_id)

    def newest(self, limit: int, *, before: UUID | None = None, visitor: UUID | None = None) -> Listing:
        """Up to `limit` records without drawings, newest first; only those kept here if the far store is away."""
        why = self._far.why
        if self._far.answers:
            try:
                doubts = self._shipper.doubts
                here = self._waiting.newest(limit, before=before, visitor=visitor, sent_too=doubts)
                there = self._newest_there(limit, before, visitor)
                merged = heapq.merge(there, here, key=_age, reverse=True)
                distinct = (next(same) for _, same in itertools.groupby(merged, key=_age))
                return Listing(itertools.islice(distinct, max(limit, 0)))
            except StoreUnavailable as error:
                why = str(error)
        here = self._waiting.newest(limit, before=before, visitor=visitor, sent_too=True)
        return Listing(here, lacking=why)

    def _newest_there(self, limit: int, before: UUID | None, visitor: UUID | None) -> Iterator[Record]:
        """The far store's records, page by page, with the changes that are here."""
        while page := self._far.newest(limit, before=before, visitor=visitor):
            before = page[-1].id
            yield from filter(None, self._with_changes(page))

    def _with_changes(self, records: Sequence[Record]) -> Iterator[Record | None]:
        """The far store's records with the changes that are here; None in place of each that is removed."""
        here = {change.record.id: change for change in self._waiting.among(record.id for record in records)}
        for record in records:
            change = here.get(record.id)
            if change is None:
                yield record
            else:
                yield None if change.kind == "remove" else with_newer_correction(record, change.record)

    def similar(
        self, features: Features, limit: int, *, before: UUID, visitor: UUID | None = None
    ) -> Neighbours:
        """Up to `limit` records nearest to `features`; only from those kept here if the far store is away."""
        if self._far.answers:
            with suppress(StoreUnavailable):
                doubts = self._shipper.doubts
                here = self._waiting.similar(features, limit, before=before, visitor=visitor, sent_too=doubts)
                there = self._similar_there(features, limit, before, visitor)
                return Neighbours(merged([*here, *there], limit), complete=here.complete)
        here = self._waiting.similar(features, limit, before=before, visitor=visitor, sent_too=True)
        return Neighbours(here, complete=False)

    def _similar_there(
        self, features: Features, limit: int, before: UUID, visitor: UUID | None
    ) -> list[Neighbour]:
        """The far store's nearest, with the changes that are here; asks for more where removals leave too few."""
        asked = limit
        while True:
            found = self._far.similar(features, asked, before=before, visitor=visitor)
            changed = self._with_changes([each.record for each in found])
            left = [
                replace(each, record=record) for each, record in zip(found, changed, strict=True) if record
            ]
            if len(left) >= limit or len(found) < asked or asked == MOST:
                return left
            asked = min(2 * asked, MOST)

    def index(self, features: Mapping[UUID, Features]) -> None:
        """Add features to records that lack them; see `Store.index`."""
        self._shipper.settle()
        self._require_far()
        self._far.index(features)

    def label(self, record_id: UUID, label: Label, at: datetime) -> bool:
        """Keep a person's correction; see `Store.label`."""
        record = self.get(record_id)
        if record is None:
            return False
        corrected = replace(record, label=label, labelled_at=to_millisecond(at))
        kept = self._waiting.label(with_newer_correction(record, corrected))
        self._shipper.wake()
        return kept

    def remove(self, record_id: UUID) -> bool:
        """Remove a record with its drawing; False if there is none."""
        record = self.get(record_id)
        if record is None:
            return False
        removed = self._waiting.remove(record)
        self._shipper.wake()
        return removed

    def erase(self, visitor: UUID) -> Iterator[int]:
        """Remove everything that a visitor has recorded; see `Store.erase`."""
        up_to = self._waiting.last_number()
        self._shipper.settle()
        yield from self._far.erase(visitor)
        self._waiting.remove_visitor(visitor, up_to)
        self._shipper.wake()

    def purge(self, before: date) -> Iterator[int]:
        """Remove the records of all days before `before`; see `Store.purge`."""
        require_past(before)
        self._shipper.settle()
        yield from self._far.purge(before)
        self._waiting.drop_before(before)

    def counts(self, *, since: date | None = None) -> list[DayCount]:
        """Predictions by day and digit, newest day first; see `Store.counts`."""
        self._shipper.settle()
        self._require_far()
        return self._far.counts(since=since)

    def scan(self, *, after: UUID | None = None) -> Iterator[Record]:
        """All records with their drawings, oldest first; see `Store.scan`."""
        self._shipper.settle()
        self._require_far()
        return self._far.scan(after=after)

    def removed(self) -> Iterator[UUID]:
        """Nothing: Cassandra cannot list what was removed."""
        return iter(())

    def wait(self, seconds: float, *, for_a_sign: float | None = None) -> None:
        """Wait for the far store, so that everything can be seen; without it, this one answers with what is here."""
        with suppress(StoreUnavailable):
            self._far.wait(seconds, for_a_sign=for_a_sign)

    def check(self) -> list[str]:
        """Write a little into the outbox, and report if the far store is away or takes nothing."""
        self._waiting.check()
        why = self._shipper.problem if self._far.answers else self._far.why
        return [f"{why}; {self._waiting.backlog().records:,} records wait in the outbox"] if why else []

    def backlog(self) -> Backlog:
        """How much waits to be sent, and for how long."""
        return self._waiting.backlog()

    def close(self) -> None:
        """Finish what is under way. What waits stays on disk for the next start."""
        self._shipper.close()
        self._far.close()
        self._waiting.close()

    def _require_far(self) -> None:
        """Raise at once what a request would otherwise wait for in vain."""
        if not self._far.answers:
            raise StoreUnavailable(self._far.why)


def _age(record: Record) -> bytes:
    return timeuuid.sort_key(record.id)
