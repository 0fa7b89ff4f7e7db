"""Changes that wait to be sent, in a SQLite file that all processes of a host share.

Sent changes are marked and stay for a while: by default Cassandra acknowledges a write up to ten seconds before it is
on disk, so after an interruption the last ones have to be sent again.
"""

from __future__ import annotations

import shutil
import sqlite3
import time
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from digitpad.errors import StoreError
from digitpad.records import timeuuid
from digitpad.records.features import Features
from digitpad.records.neighbours import Nearest, Neighbour, Neighbours
from digitpad.records.outbox.change import Change
from digitpad.records.record import Record
from digitpad.records.sqlite import schema as sqlite_schema
from digitpad.records.sqlite.database import Database
from digitpad.records.sqlite.features import AT_ONCE, SCANNED
from digitpad.records.sqlite.rows import LISTED, from_row, narrowed, to_row

SENT_AT_ONCE: Final = 200  # changes
SENT_BYTES: Final = 1_000_000  # of drawings at once, or a single larger one
CHANGED_AT_ONCE: Final = 1_000  # changes in one transaction
KEPT_FREE: Final = 16_000_000  # bytes of disk that records leave free: marking changes as sent needs some

_NEWER: Final = "(excluded.labelled_at, excluded.label) > (ifnull(labelled_at, ''), ifnull(label, ''))"
_QUEUED: Final = (
    "number = excluded.number, since = iif(sent_at IS NULL, since, excluded.since), sent_at = NULL"
)
_KEEP: Final = f"""
    INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 0, ?, ?, NULL)
    ON CONFLICT DO UPDATE SET {_QUEUED}, kind = iif(excluded.kind = 'add', 'add', kind),
        label = iif({_NEWER}, excluded.label, label), labelled_at = iif({_NEWER}, excluded.labelled_at, labelled_at)
    WHERE kind <> 'remove' AND (kind = 'label' AND excluded.kind = 'add' OR {_NEWER})
"""
_REMOVE: Final = f"""
    INSERT INTO change VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 'remove', ?, ?, ?, NULL)
    ON CONFLICT DO UPDATE SET {_QUEUED}, kind = 'remove', removed_at = excluded.removed_at WHERE kind <> 'remove'
"""
_BESIDE: Final = (
    "INSERT INTO {} SELECT {} WHERE (SELECT kind FROM change WHERE key = ?1) = 'add' ON CONFLICT DO NOTHING"
)
_CHANGES: Final = f"SELECT kind, removed_at, number, sent_at IS NULL, NULL, NULL, NULL, {LISTED} FROM change "
_DUE: Final = (
    f"SELECT kind, removed_at, number, 1, drawing, given_by, features, {LISTED} FROM change "
    "LEFT JOIN drawing USING (key) LEFT JOIN features USING (key) "
    "WHERE sent_at IS NULL ORDER BY number, key LIMIT ?"
)
_WITH_FEATURES: Final = (
    "SELECT key, features FROM change CROSS JOIN features USING (key) "
    "WHERE given_by = ? AND length(features) = ? AND {} ORDER BY key DESC LIMIT ?"
)


@dataclass(frozen=True, slots=True)
class Backlog:
    """How much waits, and for how long."""

    records: int
    seconds: float
    """The age of the oldest, 0 if nothing waits."""


class Waiting:
    """The changes of one store's records, in the order in which they were made."""

    def __init__(self, path: Path, *, store: str, limit: int) -> None:
        """Open the file, creating it if it is missing.

        :param store: what the changes are for; a file with changes for another store accepts and returns none
        :param limit: changes that may wait
        :raises StoreError: something else is in its place, or it cannot be created
        """
        self._database = Database(path, sqlite_schema.OUTBOX)
        self._store = store
        self._limit = limit

    @property
    def path(self) -> Path:
        """The file."""
        return self._database.path

    def add(self, records: Sequence[Record]) -> None:
        """Keep new records on disk; one that was removed stays removed.

        :raises StoreError: the outbox or the disk is full
        """
        rows = [to_row(record) for record in records]
        drawings = [
            (row[0], each.drawing)
            for row, each in zip(rows, records, strict=True)
            if each.drawing is not None
        ]
        features = [
            (row[0], each.features.model, each.features.values)
            for row, each in zip(rows, records, strict=True)
            if each.features is not None
        ]
        self._require_room()

        def insert(connection: sqlite3.Connection) -> None:
            number = self._next(connection, limit=self._limit)
            connection.executemany(_KEEP, [(*row, "add", number, _now()) for row in rows])
            connection.executemany(_BESIDE.format("drawing", "?, ?"), drawings)
            connection.executemany(_BESIDE.format("features", "?, ?, ?"), features)

        self._database.write(insert)

    def label(self, record: Record) -> bool:
        """Keep the correction of `record` if it is newer; False if the record has been removed."""
        row = to_row(record)

        def update(connection: sqlite3.Connection) -> bool:
            connection.execute(_KEEP, (*row, "label", self._next(connection), _now()))
            kinds = connection.execute("SELECT kind FROM change WHERE key = ?", row[:1]).fetchall()
            return kinds != [("remove",)]

        return self._database.write(update)

    def remove(self, record: Record) -> bool:
        """Note the removal of `record`; False if it was already removed."""
        row = to_row(record)

        def delete(connection: sqlite3.Connection) -> bool:
            number = self._next(connection)
            return connection.execute(_REMOVE, (*row, time.time_ns() // 1_000, number, _now())).rowcount > 0

        return self._database.write(delete)

    def remove_visitor(self, visitor: UUID, up_to: int) -> None:
        """Note the removal of all of a visitor's records, except those changed after change number `up_to`."""

        def delete(connection: sqlite3.Connection) -> None:
            if self._is_ours(connection):
                connection.execute(
                    "UPDATE change SET kind = 'remove', removed_at = ?, number = ?, sent_at = NULL "
                    "WHERE visitor = ? AND number <= ? AND kind <> 'remove'",
                    (time.time_ns() // 1_000, self._next(connection), str(visitor), up_to),
                )

        self._database.write(delete)
        self._database.wipe_log()

    def drop_before(self, day: date) -> None:
        """Forget the records of all days before `day`."""
        self._change_where("DELETE FROM change", "key < ?", timeuuid.sort_key(timeuuid.first_of(day)))
        self._database.wipe_log()

    def get(self, record_id: UUID) -> Change | None:
        """The change to a record that is here, without its drawing, or None."""
        return next(iter(self.among([record_id])), None)

    def among(self, record_ids: Iterable[UUID]) -> list[Change]:
        """The changes to these records that are here, without drawings, in no order."""
        keys = {timeuuid.sort_key(each): each for each in record_ids if timeuuid.is_timeuuid(each)}
        found = self._read(f"{_CHANGES} WHERE key IN ({', '.join('?' * len(keys))})", tuple(keys))
        return [change for change in found if change.record.id in keys.values()]

    def drawing(self, record_id: UUID) -> bytes | None:
        """The drawing of a record that is here, or None."""
        key = timeuuid.sort_key(record_id)
        rows = self._database.read("SELECT drawing FROM drawing WHERE key = ?", (key,))
        return rows[0][0] if rows else None

    def newest(
        self, limit: int, *, before: UUID | None, visitor: UUID | None, sent_too: bool = False
    ) -> list[Record]:
        """Up to `limit` records that wait or, with `sent_too`, were just sent; without drawings, newest first."""
        where, given = _listed(before, visitor, sent_too)
        rows = self._read(f"{_CHANGES} WHERE {where} ORDER BY key DESC LIMIT ?", (*given, max(limit, 0)))
        return [change.record for change in rows]

    def similar(
        self, features: Features, limit: int, *, before: UUID, visitor: UUID | None, sent_too: bool = False
    ) -> Neighbours:
        """The nearest of those that `newest` lists; see `Store.similar`."""
        where, given = _listed(before, visitor, sent_too)
        nearest, looked = Nearest(features, limit), 0
        with self._database.reading() as connection:
            if not self._is_ours(connection):
                return Neighbours()
            parameters = (features.model, len(features.values), *given, SCANNED + 1)
            rows = connection.execute(_WITH_FEATURES.format(where), parameters)
            while some := rows.fetchmany(AT_ONCE):
                looked += nearest.look_at(some)
        here = {change.record.id: change for change in self.among(nearest.ids())}
        return Neighbours(
            (
                Neighbour(here[each].record, similarity)
                for similarity, each in nearest
                if each in here and here[each].kind != "remove"
            ),
            complete=looked <= SCANNED,
        )

    def due(self) -> list[Change]:
        """The next changes to send, with drawings, in order.

        :raises StoreError: what waits is damaged; while anything else waits, that comes first
        """
        changes, size, damaged = [], 0, None
        with self._database.reading() as connection:
            if self._is_ours(connection):
                for row in connection.execute(_DUE, (SENT_AT_ONCE,)):
                    try:
                        changes.append(_change(row))
                    except StoreError as error:
                        damaged = error
                        continue
                    size += len(changes[-1].record.drawing or b"")
                    if size > SENT_BYTES:
                        break
        if damaged and not changes:
            raise damaged
        return changes

    def sent(self, changes: Sequence[Change]) -> None:
        """Mark acknowledged changes as sent, except records that have changed meanwhile."""
        rows = [(_now(), timeuuid.sort_key(each.record.id), each.number) for each in changes]
        self._database.write(
            lambda connection: connection.executemany(
                "UPDATE change SET sent_at = ? WHERE key = ? AND number = ? AND sent_at IS NULL", rows
            )
        )

    def put_last(self, changes: Sequence[Change]) -> None:
        """Let everything else be sent before these."""

        def move(connection: sqlite3.Connection) -> None:
            number = self._next(connection)
            connection.executemany(
                "UPDATE change SET number = ? WHERE key = ? AND number = ?",
                [(number, timeuuid.sort_key(each.record.id), each.number) for each in changes],
            )

        self._database.write(move)

    def send_again(self) -> None:
        """Let everything that was sent wait again, whenever that was by the clock."""
        self._change_where("UPDATE change SET sent_at = NULL", "sent_at >= ?", 0)

    def forget(self, seconds: float) -> None:
        """Forget what was sent more than `seconds` ago."""
        self._change_where("DELETE FROM change", "sent_at < ?", _now() - int(seconds * 1_000))

    def backlog(self) -> Backlog:
        """How much waits, and for how long."""
        with self._database.reading() as connection:
            if not self._is_ours(connection):
                return Backlog(0, 0.0)
            (waiting,) = connection.execute("SELECT waiting FROM state").fetchone()
            query = "SELECT since FROM change WHERE sent_at IS NULL ORDER BY number LIMIT 1"
            oldest = connection.execute(query).fetchall()
        return Backlog(waiting, max(0.0, (_now() - oldest[0][0]) / 1_000) if oldest else 0.0)

    def last_number(self) -> int:
        """The number of the last change."""
        return int(self._database.read("SELECT number FROM state")[0][0])

    def waits_up_to(self, number: int) -> bool:
        """Whether any change up to this number waits."""
        return self._any("sent_at IS NULL AND number <= ?", number)

    def check(self) -> None:
        """Return if a record would be accepted now.

        :raises StoreError: it would not; the message says why
        """
        self._require_room()
        self._database.check()
        ((store, waiting),) = self._database.read("SELECT store, waiting FROM state")
        self._require_ours(store, waiting, self._limit)

    def close(self) -> None:
        """Finish what is under way and close the file."""
        self._database.close()

    def _next(self, connection: sqlite3.Connection, limit: int | None = None) -> int:
        """Start a change and return its number."""
        query = "UPDATE state SET number = number + 1 RETURNING store, waiting, number"
        ((store, waiting, number),) = connection.execute(query).fetchall()
        self._require_ours(store, waiting, limit)
        if store != self._store:
            connection.execute("DELETE FROM change")  # all of it has been sent
            connection.execute("UPDATE state SET store = ?", (self._store,))
        return int(number)

    def _require_ours(self, store: str, waiting: int, limit: int | None) -> None:
        if waiting and store != self._store:
            raise StoreError(
                f"{self.path}: {waiting:,} changes wait here for {store}; start digitpad with that store once, or "
                "name another file by DIGITPAD_OUTBOX"
            )
        if limit is not None and waiting >= limit:
            raise StoreError(
                f"{self.path}: the outbox is full, {waiting:,} records wait (DIGITPAD_OUTBOX_LIMIT)"
            )

    def _require_room(self) -> None:
        try:
            free = shutil.disk_usage(self.path.parent).free
        except OSError as error:  # its folder is gone
            raise StoreError(f"{self.path}: {error.strerror}") from error
        if free < KEPT_FREE:
            raise StoreError(
                f"{self.path}: the disk is full (less than {KEPT_FREE // 1_000_000} MB free); make room and try again"
            )

    def _change_where(self, statement: str, condition: str, value: object) -> None:
        """Run `statement`, which makes `condition` false, in small steps so that others can write in between."""
        some = f"{statement} WHERE key IN (SELECT key FROM change WHERE {condition} LIMIT {CHANGED_AT_ONCE})"
        while self._any(condition, value):
            self._database.write(lambda connection: connection.execute(some, (value,)))

    def _any(self, condition: str, value: object) -> bool:
        with self._database.reading() as connection:
            query = f"SELECT 1 FROM change WHERE {condition} LIMIT 1"
            return self._is_ours(connection) and bool(connection.execute(query, (value,)).fetchall())

    def _is_ours(self, connection: sqlite3.Connection) -> bool:
        return bool(connection.execute("SELECT store FROM state").fetchone() == (self._store,))

    def _read(self, query: str, parameters: tuple[object, ...]) -> list[Change]:
        with self._database.reading() as connection:
            if not self._is_ours(connection):
                return []
            return [_change(row) for row in connection.execute(query, parameters)]


def _listed(before: UUID | None, visitor: UUID | None, sent_too: bool) -> tuple[str, tuple[object, ...]]:
    """The condition for what a listing shows, and the values to bind."""
    conditions, bound = narrowed(before, visitor)
    where = " AND ".join(["kind <> 'remove'", *([] if sent_too else ["sent_at IS NULL"]), *conditions])
    return where, bound


def _change(row: Sequence[Any]) -> Change:
    kind, removed_at, number, waits, drawing, given_by, features, *columns = row
    record = from_row(columns, drawing)
    if features is not None:
        record = replace(record, features=Features(given_by, features))
    return Change(record=record, kind=kind, removed_at=removed_at, number=number, waits=bool(waits))


def _now() -> int:
    """The current time in milliseconds since 1970."""
    return time.time_ns() // 1_000_000
