"""Records in a SQLite file: nothing to install, safe for several processes, on disk before `add` returns."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator, Mapping, Sequence
from datetime import date, datetime
from functools import partial
from itertools import groupby
from pathlib import Path
from typing import Final
from uuid import UUID

from digitpad.errors import SettingError
from digitpad.records import timeuuid
from digitpad.records.features import Features
from digitpad.records.neighbours import Neighbours
from digitpad.records.record import Label, Record, iso, to_millisecond
from digitpad.records.sqlite import features as sqlite_features
from digitpad.records.sqlite import schema
from digitpad.records.sqlite.database import Database
from digitpad.records.sqlite.rows import LISTED, from_row, narrowed, to_row
from digitpad.records.store import DayCount, Listing, require_past

REMOVED_AT_ONCE: Final = 500  # records in one transaction
SCAN_PAGE: Final = 50  # records with drawings in memory at a time; a drawing has at most 4 MB, mostly 5 kB

_LISTING: Final = f"SELECT {LISTED} FROM record_data "  # noqa: S608  constants alone
_SCAN: Final = (
    f"SELECT key, drawing, {LISTED} FROM record_data LEFT JOIN drawing USING (key) "  # noqa: S608
    "WHERE key > ? ORDER BY key LIMIT ?"
)
_ADD: Final = """
    INSERT INTO record_data SELECT ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?
    WHERE NOT EXISTS (SELECT * FROM removed WHERE key = ?1)
    ON CONFLICT DO UPDATE SET label = excluded.label, labelled_at = excluded.labelled_at
    WHERE (excluded.labelled_at, excluded.label) > (ifnull(labelled_at, ''), ifnull(label, ''))
"""
# Of two corrections in the same millisecond the greater wins, as in Cassandra.
_LABEL: Final = """
    UPDATE record_data SET labelled_at = ?2, label = ?3
    WHERE key = ?1 AND (?2, ?3) > (ifnull(labelled_at, ''), ifnull(label, ''))
"""

_REMOVED: Final = "SELECT key FROM removed WHERE key > ? ORDER BY key LIMIT ?"
_REMOVE_SOME: Final = """
    DELETE FROM record_data
    WHERE key IN (SELECT key FROM record_data WHERE key > ? AND {} ORDER BY key LIMIT ?)
    RETURNING key
"""


class SQLiteStore:
    """A `Store` in one file. `database` keeps it open, `rows` says how a record is stored in it."""

    def __init__(self, path: Path) -> None:
        """Open the file, creating it if it is missing.

        :raises StoreError: something else is in its place, or it cannot be created
        """
        self._database = Database(path, schema.RECORDS)

    @classmethod
    def from_url(cls, url: str) -> SQLiteStore:
        """Open `sqlite:///relative.db` or `sqlite:////absolute.db`.

        :raises SettingError: `url` is not such an address
        :raises StoreError: as above
        """
        return cls(cls.path_of(url))

    @staticmethod
    def path_of(url: str) -> Path:
        """The file that an address names.

        :raises SettingError: `url` is not such an address
        """
        path = url.removeprefix("sqlite:///")
        if path == url or not path or path == ":memory:" or path.endswith("/"):
            raise SettingError(
                f"“{url}” names no file: expected sqlite:///relative.db or sqlite:////absolute.db"
            )
        return Path(path)

    @property
    def name(self) -> str:
        """What it is and where."""
        return f"SQLite, {self._database.path}"

    def add(self, records: Sequence[Record]) -> None:
        """Keep records for good; see `Store.add`."""
        rows = [to_row(record) for record in records]
        drawings = [
            (row[0], record.drawing)
            for row, record in zip(rows, records, strict=True)
            if record.drawing is not None
        ]
        features = {record.id: record.features for record in records if record.features is not None}

        def insert(connection: sqlite3.Connection) -> None:
            connection.executemany(_ADD, rows)
            connection.executemany(
                "INSERT INTO drawing SELECT ?, ? WHERE EXISTS (SELECT * FROM record_data WHERE key = ?1) "
                "ON CONFLICT DO NOTHING",
                drawings,
            )
            sqlite_features.keep(connection, features)

        self._database.write(insert)

    def get(self, record_id: UUID) -> Record | None:
        """One record without its drawing, or None."""
        if not timeuuid.is_timeuuid(record_id):
            return None
        rows = self._database.read(_LISTING + "WHERE key = ?", (timeuuid.sort_key(record_id),))
        return from_row(rows[0]) if rows else None

    def drawing(self, record_id: UUID) -> bytes | None:
        """The drawing of one record, or None."""
        if not timeuuid.is_timeuuid(record_id):
            return None
        rows = self._database.read(
            "SELECT drawing FROM drawing WHERE key = ?", (timeuuid.sort_key(record_id),)
        )
        return rows[0][0] if rows else None

    def newest(self, limit: int, *, before: UUID | None = None, visitor: UUID | None = None) -> Listing:
        """Up to `limit` records without drawings, newest first; see `Store.newest`."""
        conditions, bound = narrowed(before, visitor)
        where = f"WHERE {' AND '.join(conditions)} " if conditions else ""
        rows = self._database.read(_LISTING + where + "ORDER BY key DESC LIMIT ?", (*bound, max(limit, 0)))
        return Listing(map(from_row, rows))

    def label(self, record_id: UUID, label: Label, at: datetime) -> bool:
        """Keep a person's correction; see `Store.label`."""
        key, text, moment = timeuuid.sort_key(record_id), str(label), iso(to_millisecond(at))

        def update(connection: sqlite3.Connection) -> bool:
            connection.execute(_LABEL, (key, moment, text))
            return bool(connection.execute("SELECT 1 FROM record_data WHERE key = ?", (key,)).fetchone())

        return timeuuid.is_timeuuid(record_id) and self._database.write(update)

    def remove(self, record_id: UUID) -> bool:
        """Remove a record with its drawing and its features; False if there is none."""
        key = timeuuid.sort_key(record_id)

        def delete(connection: sqlite3.Connection) -> bool:
            return connection.execute("DELETE FROM record_data WHERE key = ?", (key,)).rowcount > 0

        return timeuuid.is_timeuuid(record_id) and self._database.write(delete)

    def similar(
        self, features: Features, limit: int, *, before: UUID, visitor: UUID | None = None
    ) -> Neighbours:
        """Up to `limit` records nearest to `features`, by looking at the newest; see `Store.similar`."""
        with self._database.reading() as connection:
            return sqlite_features.similar(connection, features, limit, timeuuid.require(before), visitor)

    def index(self, features: Mapping[UUID, Features]) -> None:
        """Add features to records that lack them; see `Store.index`."""
        self._database.write(lambda connection: sqlite_features.keep(connection, features))

    def counts(self, *, since: date | None = None) -> list[DayCount]:
        """Predictions by day and digit, newest day first; see `Store.counts`."""
        rows = self._database.read(
            "SELECT day, digit, predictions FROM count_by_day WHERE predictions > 0 AND day >= ? "
            "ORDER BY day DESC, digit",
            ((since or date.min).isoformat(),),
        )
        return [
            DayCount(
                date.fromisoformat(day), {None if digit < 0 else digit: count for _, digit, count in counted}
            )
            for day, counted in groupby(rows, key=lambda row: row[0])
        ]

    def scan(self, *, after: UUID | None = None) -> Iterator[Record]:
        """All records with their drawings, oldest first; see `Store.scan`.

        Reads page by page, each in its own transaction: one that lasted as long as its reader would keep the
        write-ahead log from being truncated.
        """
        last = b"" if after is None else timeuuid.sort_key(after)
        while rows := self._database.read(_SCAN, (last, SCAN_PAGE)):
            for last, drawing, *row in rows:  # noqa: B007
                yield from_row(row, drawing)

    def removed(self) -> Iterator[UUID]:
        """The ids of all removed records; see `Store.removed`."""
        last = b""
        while rows := self._database.read(_REMOVED, (last, REMOVED_AT_ONCE)):
            for (last,) in rows:
                yield timeuuid.from_sort_key(last)

    def erase(self, visitor: UUID) -> Iterator[int]:
        """Remove everything that a visitor has recorded; see `Store.erase`."""
        return self._remove_where("visitor = ?", str(visitor))

    def purge(self, before: date) -> Iterator[int]:
        """Remove the records of all days before `before`; see `Store.purge`."""
        return self._remove_where("key < ?", timeuuid.sort_key(timeuuid.first_of(require_past(before))))

    def _remove_where(self, condition: str, value: object) -> Iterator[int]:
        """Remove in steps, so that others can write in between. Triggers remove what belongs to a record."""
        statement = _REMOVE_SOME.format(condition)

        def delete(connection: sqlite3.Connection, last: bytes) -> list[tuple[bytes]]:
            return connection.execute(statement, (last, value, REMOVED_AT_ONCE)).fetchall()

        last = b""
        while keys := self._database.write(partial(delete, last=last)):
            last = max(key for (key,) in keys)
            yield len(keys)
        if last:
            self._database.wipe_log()

    def wait(self, seconds: float, *, for_a_sign: float | None = None) -> None:
        """Return at once: a file that could be opened answers."""

    def check(self) -> list[str]:
        """Write a little, the only way to know that the disk accepts writes."""
        self._database.check()
        return []

    def close(self) -> None:
        """Finish what is under way and close the file."""
        self._database.close()
