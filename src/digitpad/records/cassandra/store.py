"""Records in Cassandra: for more than one machine, and for databases that outlive any of them.

`link` keeps the connection, `layout` says how records are stored in the tables of `schema.cql`,
`listings` reads many of them, `counts` counts them, `removal` removes many.
"""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import replace
from datetime import date, datetime
from typing import Any, Final
from uuid import UUID

from digitpad.records import timeuuid
from digitpad.records.cassandra import schema, shipping
from digitpad.records.cassandra.access import Access
from digitpad.records.cassandra.address import Address, replication_options
from digitpad.records.cassandra.counts import Counts, microseconds_now
from digitpad.records.cassandra.features import FeatureTables
from digitpad.records.cassandra.layout import (
    STATEMENTS,
    corrected,
    day_of,
    from_row,
    removal,
    values,
    where,
)
from digitpad.records.cassandra.link import ERRORS, Link
from digitpad.records.cassandra.listings import Listings
from digitpad.records.cassandra.removal import KNOWN_FOR, Removals
from digitpad.records.cassandra.statements import Statement, Statements
from digitpad.records.features import Features
from digitpad.records.neighbours import Neighbour, Neighbours
from digitpad.records.outbox.change import Change
from digitpad.records.recent import Recent
from digitpad.records.record import Label, Record
from digitpad.records.store import DayCount, Listing, require_past
from digitpad.settings import Settings

REMOVED_AT_ONCE: Final = 500  # records between two progress reports
CHECK_TIMEOUT: Final = 2.0  # seconds


class CassandraStore:
    """A `Store` in a keyspace. Connects in the background: until then its methods raise StoreUnavailable."""

    def __init__(
        self,
        address: Address,
        *,
        replication: str = "1",
        retention: int = 0,
        access: Access | None = None,
    ) -> None:
        """Start connecting, and return at once.

        :param replication: for a keyspace that has to be created: a number, or datacenter:number[,…]
        :param retention: for tables that have to be created: days to keep a record; 0: for ever
        :raises SettingError: `replication` is neither, or `access` names a file that is not a certificate
        """
        self._address = address
        self._link = Link(
            address,
            statements=STATEMENTS,
            replication=replication_options(replication),
            retention=retention,
            access=access or Access(),
        )
        self._statements = Statements(self._link)
        self._counts = Counts(self._statements.begin, lambda: self._link.interruptions)
        self._listings = Listings(self._statements.begin)
        self._known = Recent(size=20_000, seconds=KNOWN_FOR)
        self._features = FeatureTables(self._link, self._statements, address.keyspace)
        self._removals = Removals(self._statements.begin, self._statements.run, self._features.removed)

    @classmethod
    def from_settings(cls, settings: Settings) -> CassandraStore:
        """Open `cassandra://host[,host]:9042/keyspace`.

        :raises SettingError: an invalid address or replication, or a file that is not a certificate
        """
        return cls(
            Address.from_url(settings.store),
            replication=settings.replication,
            retention=settings.retention,
            access=Access.from_settings(settings),
        )

    @property
    def name(self) -> str:
        """What it is and where."""
        return self._address.name

    def add(self, records: Sequence[Record]) -> None:
        """Keep records for good; see `Store.add`.

        First the notes of its day and month, then its drawing and features, then the record itself in both
        listings by one logged batch: every visible record is complete, and is in both listings or in neither.
        """
        rows = [values(record) for record in records]
        with self._explained():
            self._counts.forget({row["day"] for row in rows})
            self._note_partitions(rows)
            self._statements.run(("add_drawing", row) for row in rows if row["drawing"] is not None)
            self._statements.run(self._features.added_soon(records))
            self._statements.run_logged(
                [("add", row), ("add_to_visitor", row), *_correction(record)]
                for record, row in zip(records, rows, strict=True)
            )

    def apply(self, changes: Sequence[Change]) -> None:
        """Apply changes that waited in the outbox; repeating them is harmless."""
        with self._explained():
            self._counts.forget({day_of(change.record.id) for change in changes if change.kind != "label"})
            self._note_partitions(shipping.rows_to_note(changes))
            self._statements.run(shipping.drawings(changes))
            self._statements.run(self._features.added(shipping.new(changes)))
            if gone := shipping.gone(changes):
                self._statements.run(self._features.removed(gone))
            self._statements.run_unlogged(shipping.partitions(changes))

    @property
    def answers(self) -> bool:
        """Whether Cassandra has answered lately."""
        return self._link.answers

    @property
    def why(self) -> str:
        """Why it does not answer."""
        return self._link.why

    @property
    def interruptions(self) -> int:
        """How often it did not answer."""
        return self._link.interruptions

    def get(self, record_id: UUID) -> Record | None:
        """One record without its drawing, or None. Its day and shard follow from its id."""
        if not timeuuid.is_timeuuid(record_id):
            return None
        with self._explained():
            row = self._statements.begin("get", where(record_id)).result().one()
        return from_row(row) if row else None

    def drawing(self, record_id: UUID) -> bytes | None:
        """The drawing of one record, or None."""
        if not timeuuid.is_timeuuid(record_id):
            return None
        with self._explained():
            row = self._statements.begin("drawing", {"id": record_id}).result().one()
        return row.drawing if row else None

    def newest(self, limit: int, *, before: UUID | None = None, visitor: UUID | None = None) -> Listing:
        """Up to `limit` records without drawings, newest first; see `Store.newest`."""
        rows = max(limit, 0)
        with self._explained():
            if visitor is None:
                found = self._listings.newest(before, rows)
            else:
                found = self._listings.newest_of(visitor, before, rows)
            return Listing(itertools.islice(found, rows))

    def label(self, record_id: UUID, label: Label, at: datetime) -> bool:
        """Keep a person's correction; see `Store.label`."""
        record = self.get(record_id)
        if record is None:
            return False
        with self._explained():
            self._statements.run_logged([_correction(replace(record, label=label, labelled_at=at))])
        return True

    def similar(
        self, features: Features, limit: int, *, before: UUID, visitor: UUID | None = None
    ) -> Neighbours:
        """Up to `limit` records nearest to `features`, found by Cassandra's index; see `Store.similar`."""
        timeuuid.require(before)
        if limit < 1:
            return Neighbours()
        with self._explained():
            nearest = self._features.nearest(features, limit, before, visitor)
            futures = [self._statements.begin("get", where(record_id)) for record_id, _ in nearest]
            records = [row and from_row(row) for row in (future.result().one() for future in futures)]
        found = zip(records, nearest, strict=True)
        return Neighbours(Neighbour(record, similarity) for record, (_, similarity) in found if record)

    def index(self, features: Mapping[UUID, Features]) -> None:
        """Add features to records that lack them, to be kept as long as each record; see `Store.index`."""
        with self._explained():
            futures = {each: self._statements.begin("life", where(each)) for each in features}
            rows = {each: future.result().one() for each, future in futures.items()}
            self._statements.run(
                self._features.indexed(each, row.visitor, features[each], row.expires or 0)
                for each, row in rows.items()
                if row and row.model is not None
            )

    def remove(self, record_id: UUID) -> bool:
        """Remove a record with its drawing and its features; False where there is none."""
        record = self.get(record_id)
        if record is None:
            return False
        with self._explained():
            self._remove([record])
        return True

    def erase(self, visitor: UUID) -> Iterator[int]:
        """Remove everything that a visitor has recorded; see `Store.erase`."""
        with self._explained():
            last = None
            while page := self.newest(REMOVED_AT_ONCE, before=last, visitor=visitor):
                last = page[-1].id
                self._remove(page)
                yield len(page)
            self._removals.unnote_months_of(visitor)

    def purge(self, before: date) -> Iterator[int]:
        """Remove the records of all days before `before`; see `Store.purge`.

        Records of those days that arrive later are not visible either, until Cassandra drops the tombstones
        (after gc_grace_seconds, 10 days).
        """
        require_past(before)
        return self._purge(before)

    def _purge(self, before: date) -> Iterator[int]:
        with self._explained():
            for row in self._statements.begin("days_oldest_first", {}).result():
                if row.day.date() < before:
                    self._counts.forget([row.day.date()])
                    yield from self._removals.purge_day(row.day.date())

    def counts(self, *, since: date | None = None) -> list[DayCount]:
        """Predictions by day and digit, newest day first; see `Store.counts`."""
        with self._explained():
            return self._counts.by_day(since or date.min)

    def scan(self, *, after: UUID | None = None) -> Iterator[Record]:
        """All records with their drawings, oldest first, paged by the driver; see `Store.scan`."""
        with self._explained():
            yield from self._listings.oldest(after)

    def keep_for(self, days: int) -> bool:
        """Change how many days a record is kept (0: for ever); False if nothing changes.

        Applies to records written from now on; existing ones keep their TTL.
        """
        with self._explained():
            session = self._link.connected().session
            if schema.retention_of(session, self._address.keyspace) == days:
                return False
            schema.set_retention(session, self._address.keyspace, days)
        return True

    def removed(self) -> Iterator[UUID]:
        """Nothing: Cassandra cannot list what was removed."""
        return iter(())

    def wait(self, seconds: float, *, for_a_sign: float | None = None) -> None:
        """Wait for the first connection; see `Store.wait`."""
        self._link.wait(seconds, for_a_sign)

    def check(self) -> list[str]:
        """Read at the consistency level that writing needs."""
        connected = self._link.connected()  # without waiting: the caller wants to know now
        with self._explained():
            connected.session.execute(connected.prepared["check"], timeout=CHECK_TIMEOUT)
        return []

    def close(self) -> None:
        """Disconnect."""
        self._link.close()

    def _remove(self, records: list[Record]) -> None:
        now = microseconds_now()
        rows = [{**where(record.id), "visitor": record.visitor, **removal(record, now)} for record in records]
        self._counts.forget({row["day"] for row in rows})
        names = ("remove", "remove_from_visitor", "remove_drawing")
        self._statements.run(self._features.removed(rows))
        self._statements.run_logged([(name, row) for name in names] for row in rows)

    def _note_partitions(self, rows: list[dict[str, Any]]) -> None:
        """Note the days and months of `rows`, unless this was done recently and nothing has gone wrong since."""
        number = self._link.interruptions
        wanted: dict[tuple[object, ...], Statement] = {}
        for row in rows:
            wanted[number, row["day"]] = ("add_day", row)
            wanted[number, row["visitor"], row["month"]] = ("add_month", row)
        unknown = {key: statement for key, statement in wanted.items() if key not in self._known}
        self._statements.run(unknown.values())
        for key in unknown:
            self._known.add(key)

    @contextmanager
    def _explained(self) -> Iterator[None]:
        self._link.wait_for_first_try()
        try:
            yield
        except ERRORS as error:
            self._known.clear()
            raise self._link.explain(error) from error


def _correction(record: Record) -> list[Statement]:
    """The statements that write a record's correction, if it has one, into both listings."""
    row = corrected(record)
    return [("label", row), ("label_of_visitor", row)] if row else []
