"""The schema of a SQLite file of records, and how a file of an older digitpad comes to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterator
from importlib.resources import files
from pathlib import Path
from typing import Final

from digitpad.errors import StoreError

APPLICATION_ID: Final = 0x44494749  # “DIGI”, where `file` and SQLite look for whose file it is

MIGRATIONS: Final = ["schema.sql"]
"""Scripts beside this file; the n-th leads from version n - 1 to version n (PRAGMA user_version).

A new file goes through all of them, so that it cannot differ from an upgraded one. Never change a script that
has been released: add one.
"""


def upgrade(connection: sqlite3.Connection, path: Path) -> None:
    """Bring a file to the newest schema: all of the way or, where something goes wrong, not at all.

    Safe when several processes do it at once.

    :raises StoreError: it is of a newer digitpad, or of another program
    :raises sqlite3.Error: it cannot be done; the file is as it was
    """
    if version_of(connection, path) == len(MIGRATIONS):
        return
    connection.execute("BEGIN EXCLUSIVE")
    try:
        for number in range(
            version_of(connection, path), len(MIGRATIONS)
        ):  # another process may have been faster
            for statement in _statements(_read(MIGRATIONS[number])):
                connection.execute(statement)
        connection.execute(f"PRAGMA application_id = {APPLICATION_ID}")
        connection.execute(f"PRAGMA user_version = {len(MIGRATIONS)}")
        connection.execute("COMMIT")
    finally:
        if connection.in_transaction:
            connection.execute("ROLLBACK")


def version_of(connection: sqlite3.Connection, path: Path) -> int:
    """Which schema the file has, 0 for none yet.

    :raises StoreError: it is of a newer digitpad, or of another program
    """
    (ours,) = connection.execute("PRAGMA application_id").fetchone()
    (version,) = connection.execute("PRAGMA user_version").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    if not tables and not version:
        return 0
    if ours != APPLICATION_ID:
        raise foreign(path)
    if version > len(MIGRATIONS):
        raise StoreError(
            f"{path}: made by a newer digitpad (schema {version}, this one knows {len(MIGRATIONS)}); "
            "upgrade digitpad"
        )
    return int(version)


def foreign(path: Path) -> StoreError:
    """What is to be said of another program's file."""
    return StoreError(f"{path}: a SQLite file, but not digitpad's; it was left as it is, name another")


def _read(script: str) -> str:
    return files("digitpad.records").joinpath(script).read_text(encoding="utf-8")


def _statements(script: str) -> Iterator[str]:
    """Cut a script into statements; `executescript` would commit the transaction that they belong in."""
    statement = ""
    for line in script.splitlines(keepends=True):
        statement += line
        if sqlite3.complete_statement(statement):
            yield statement
            statement = ""
