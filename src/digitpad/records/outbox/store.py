"""The outbox: a store on this host's disk before one that may be away.

A change is on disk here before it is answered, and sent from here (`shipper`); what is read is what the other
store has, together with what waits (`waiting`). What has to see everything first lets the outbox empty itself.
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
    """A `Store` before another. Made after a fork, not before."""

    def __init__(self, waiting: Waiting, far: FarStore) -> None:
        """Take over both and begin to send.

        :raises StoreError: the file that says whose turn it is to send cannot be had
        """
        self._waiting = waiting
        self._far = far
        self._shipper = Shipper(waiting, far)

    @property
    def name(self) -> str:
        """What the other store is and where."""
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
        """A record that was sent a moment ago and is not there: another host has removed it, or it was lost.

        What was lost is sent again once an interruption has been noticed, and is here until then.
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
        """Up to `limit` records without drawings, newest first; only those that are here while the other is away."""
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
        """What the other store has, page by page, with the changes that are here."""
        while page := self._far.newest(limit, before=before, visitor=visitor):
            before = page[-1].id
            here = {change.record.id: change for change in self._waiting.among(record.id for record in page)}
            for record in page:
                change = here.get(record.id)
                if change is None:
                    yield record
                elif change.kind != "remove":
                    yield with_newer_correction(record, change.record)

    def similar(
        self, features: Features, limit: int, *, before: UUID, visitor: UUID | None = None
    ) -> Neighbours:
        """Up to `limit` records nearest to `features`; only of those that are here while the other store is away."""
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
        """The nearest that the other store has, with the changes that are here: as many in spite of removals."""
        asked = limit
        while True:
            found = self._far.similar(features, asked, before=before, visitor=visitor)
            here = {
                change.record.id: change for change in self._waiting.among(each.record.id for each in found)
            }
            left = []
            for each in found:
                change = here.get(each.record.id)
                if change is None:
                    left.append(each)
                elif change.kind != "remove":
                    left.append(replace(each, record=with_newer_correction(each.record, change.record)))
            if len(left) >= limit or len(found) < asked or asked == MOST:
                return left
            asked = min(2 * asked, MOST)

    def index(self, features: Mapping[UUID, Features]) -> None:
        """Keep features of records that were kept without them; see `Store.index`."""
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
        """Remove a record with its drawing; False where there is none."""
        record = self.get(record_id)
        if record is None:
            return False
        removed = self._waiting.remove(record)
        self._shipper.wake()
        return removed

    def erase(self, visitor: UUID) -> Iterator[int]:
        """Remove all that a visitor has recorded; see `Store.erase`."""
        up_to = self._waiting.last_number()
        self._shipper.settle()
        yield from self._far.erase(visitor)
        self._waiting.remove_visitor(visitor, up_to)
        self._shipper.wake()

    def purge(self, before: date) -> Iterator[int]:
        """Remove the records of the days before this one; see `Store.purge`."""
        require_past(before)
        self._shipper.settle()
        yield from self._far.purge(before)
        self._waiting.drop_before(before)

    def counts(self, *, since: date | None = None) -> list[DayCount]:
        """Predictions a day and digit, newest day first; see `Store.counts`."""
        self._shipper.settle()
        self._require_far()
        return self._far.counts(since=since)

    def scan(self, *, after: UUID | None = None) -> Iterator[Record]:
        """All records with their drawings, oldest first; see `Store.scan`."""
        self._shipper.settle()
        self._require_far()
        return self._far.scan(after=after)

    def removed(self) -> Iterator[UUID]:
        """None: what Cassandra has removed cannot be listed."""
        return iter(())

    def wait(self, seconds: float, *, for_a_sign: float | None = None) -> None:
        """Wait for the other store, so that all can be seen; without it, this answers for what is here."""
        with suppress(StoreUnavailable):
            self._far.wait(seconds, for_a_sign=for_a_sign)

    def check(self) -> list[str]:
        """Write a little into the outbox, and say where the other store is away."""
        self._waiting.check()
        if self._far.answers:
            return []
        return [f"{self._far.why}; {self._waiting.backlog().records:,} records wait in the outbox"]

    def backlog(self) -> Backlog:
        """How much waits to be sent, and for how long."""
        return self._waiting.backlog()

    def close(self) -> None:
        """Finish what is under way. What waits stays on disk for the next start."""
        self._shipper.close()
        self._far.close()
        self._waiting.close()

    def _require_far(self) -> None:
        """Say at once what a request would find out by waiting."""
        if not self._far.answers:
            raise StoreUnavailable(self._far.why)


def _age(record: Record) -> bytes:
    return timeuuid.sort_key(record.id)
