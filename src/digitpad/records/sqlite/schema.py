"""The schemas of our SQLite files, and how a file of an older digitpad is upgraded."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from importlib.resources import files
from pathlib import Path
from typing import Final

from digitpad.errors import StoreError


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of SQLite file."""

    name: str
    """Whose it is, as in “a SQLite file, but not …”."""
    application_id: int
    """SQLite's mark in the file's header, by which `file` tells whose file it is."""
    migrations: list[str]
    """Scripts beside this file; the n-th upgrades from version n - 1 to version n (PRAGMA user_version).

    A new file runs all of them, so it cannot differ from an upgraded one. Never change a released script: add one.
    """


RECORDS: Final = Kind("digitpad's", 0x44494749, ["schema.sql", "features.sql"])  # “DIGI”
OUTBOX: Final = Kind("an outbox of digitpad", 0x4449474F, ["outbox.sql", "outbox_features.sql"])  # “DIGO”


def upgrade(connection: sqlite3.Connection, path: Path, kind: Kind) -> None:
    """Upgrade a file to the newest schema of its kind: completely or, if something fails, not at all.

    Safe if several processes do it at once.

    :raises StoreError: it is of a newer digitpad, or of another kind
    :raises sqlite3.Error: the upgrade failed; the file is as it was
    """
    if version_of(connection, path, kind) == len(kind.migrations):
        return
    connection.execute("BEGIN EXCLUSIVE")
    try:
        there = version_of(connection, path, kind)  # asked again: another process may have been faster
        for number in range(there, len(kind.migrations)):
            for statement in _statements(_read(kind.migrations[number])):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {kind.application_id}")
        connection.execute(f"PRAGMA user_version = {len(kind.migrations)}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def version_of(connection: sqlite3.Connection, path: Path, kind: Kind) -> int:
    """The schema version of the file, 0 for none yet.

    :raises StoreError: it is of a newer digitpad, or of another kind
    """
    (ours,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables and not version:
        return 0
    if ours != kind.application_id:
        raise foreign(path, kind)
    if version > len(kind.migrations):
        raise StoreError(
            f"{path}: made by a newer digitpad (schema {version}, this one knows {len(kind.migrations)}); "
            "upgrade digitpad"
        )
    return int(version)


def foreign(path: Path, kind: Kind) -> StoreError:
    """The error for a file of another kind."""
    return StoreError(f"{path}: a SQLite file, but not {kind.name}; it was left as it is, name another")


def _read(script: str) -> str:
    return files("digitpad.records.sqlite").joinpath(script).read_text(encoding="utf-8")


def _statements(script: str) -> Iterator[str]:
    """Split a script into statements; `executescript` would commit the transaction that they belong to."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
