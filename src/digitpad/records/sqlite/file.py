"""A SQLite file: whether it is ours, how it is opened, and what its errors mean."""

from __future__ import annotations

import os
import shutil
import sqlite3
import time
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from digitpad.errors import StoreError, StoreUnavailable
from digitpad.records.process_turn import ProcessTurn
from digitpad.records.sqlite import schema
from digitpad.records.sqlite.schema import Kind

CACHE: Final = 256  # KiB of pages
BUSY_TIMEOUT: Final = 10.0  # seconds to wait for another process that writes
WAL_LIMIT: Final = 64 * 1024 * 1024  # bytes to which the write-ahead log is truncated after a burst
CHECKPOINT: Final = 2_000
"""Pages in that log, ten per record, at which a commit checkpoints it: rarely enough not to affect the p99."""
OWNERS_ALONE: Final = 0o600
"""The mode of a new file and its log: drawings, and visitors' ids, which identify browsers, are private."""
NEARLY_FULL: Final = 1_000_000  # bytes free on the disk below which an I/O error is blamed on that


def prepare(path: Path, kind: Kind) -> None:
    """Create the file or upgrade its schema; leave alone a file that is not ours.

    Safe if several processes do it at once.

    :raises StoreError: something else is in its place, or it cannot be created
    """
    with explained(path):
        path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        refuse_foreign(path, kind)
        os.close(os.open(path, os.O_CREAT | os.O_RDWR, OWNERS_ALONE))
        with closing(connect(path)) as connection:
            schema.upgrade(connection, path, kind)
            _use_wal(connection)


def connect(path: Path) -> sqlite3.Connection:
    """Open a connection that may be passed between threads; transactions are started explicitly."""
    connection = sqlite3.connect(path, timeout=BUSY_TIMEOUT, isolation_level=None, check_same_thread=False)
    connection.execute("PRAGMA synchronous = FULL")  # in WAL mode: the log is on disk when COMMIT returns
    connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT}")
    connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT}")
    connection.execute("PRAGMA secure_delete = ON")  # deleted data is overwritten with zeros
    return connection


def cache_little(connection: sqlite3.Connection) -> None:
    """Let a connection cache few pages: with SQLite's default of 2,000 KiB for each, memory grows for hours.

    It is no slower, as the kernel caches the file anyway.
    """
    connection.execute(f"PRAGMA cache_size = -{CACHE}")


def turn_to_write(path: Path) -> ProcessTurn:
    """The turn to write to the file at `path`.

    :raises StoreError: its lock file cannot be opened
    """
    try:
        return ProcessTurn(Path(f"{path}-turn"))
    except OSError as error:
        raise StoreError(f"{path}-turn: {error.strerror}") from error


def is_full(error: sqlite3.Error, path: Path) -> bool:
    """Whether `error` comes, or at least may come, from a full disk: that of `path`."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code not in {sqlite3.SQLITE_IOERR, sqlite3.SQLITE_CANTOPEN}:
        return code == sqlite3.SQLITE_FULL
    try:
        return shutil.disk_usage(path.parent).free < NEARLY_FULL
    except OSError:  # the disk itself is gone
        return False


@contextmanager
def explained(path: Path) -> Iterator[None]:
    """Raise what SQLite or the system says of the file at `path` as a StoreError."""
    try:
        yield
    except sqlite3.Error as error:
        raise as_store_error(error, path) from error
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror or error}") from error


def as_store_error(error: sqlite3.Error, path: Path) -> StoreError:
    """Say in a sentence what SQLite's `error` means and what to do."""
    code = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
    if code in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}:
        return StoreUnavailable(
            f"{path}: another process has been writing for {BUSY_TIMEOUT:.0f} s; try again later"
        )
    if is_full(error, path):
        return StoreError(f"{path}: the disk is full; make room and try again")
    if code in {sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB}:
        return StoreError(f"{path}: the file is damaged ({error}); put a backup in its place")
    if code == sqlite3.SQLITE_READONLY:
        return StoreError(f"{path}: the file or its folder may not be written to")
    return StoreError(f"{path}: {error}")


def refuse_foreign(path: Path, kind: Kind) -> None:
    """Check whose file it is before opening it normally, which might run recovery on a foreign database.

    `immutable` keeps SQLite from locking, recovering or writing anything. The schema is created before the file
    switches to WAL mode, so a file of ours can be recognized without its log. A journal beside it means that it
    is just being created, or was when the power failed: `schema` checks again once that is settled.

    :param path: absolute
    :raises StoreError: it is not ours, or was moved away without its log
    :raises sqlite3.DatabaseError: it is damaged, or no file
    """
    _refuse_log_alone(path)
    if not path.exists() or path.stat().st_size == 0 or Path(f"{path}-journal").exists():
        return
    try:
        with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as connection:
            (ours,) = connection.execute("PRAGMA application_id").fetchone()
    except sqlite3.DatabaseError as error:
        if error.sqlite_errorcode == sqlite3.SQLITE_NOTADB:
            raise StoreError(f"{path}: not a SQLite file; it was left as it is, name another") from error
        raise
    if ours != kind.application_id:
        raise schema.foreign(path, kind)


def _refuse_log_alone(path: Path) -> None:
    """Keep SQLite from deleting the newest records: it takes a log beside an empty file for one of no use.

    A file that is just being created is never empty while it has a log, if the log is looked at first.

    :raises StoreError: there is a log, but no file, or an empty one
    """
    log = Path(f"{path}-wal")
    if log.exists() and log.stat().st_size and not (path.exists() and path.stat().st_size):
        raise StoreError(
            f"{path}: the file is gone or empty, but not its log {log.name}, which may have its newest records; put "
            "the file back beside it, or remove the log, too"
        )


def _use_wal(connection: sqlite3.Connection) -> None:
    """Switch to write-ahead logging, so that readers and the writer do not wait for each other.

    Unlike other statements, this one needs the file to itself and does not wait for it.
    """
    deadline = time.monotonic() + BUSY_TIMEOUT
    while True:
        try:
            connection.execute("PRAGMA journal_mode = WAL").fetchone()
            return
        except sqlite3.OperationalError as error:
            if error.sqlite_errorcode != sqlite3.SQLITE_BUSY or time.monotonic() > deadline:
                raise
            time.sleep(0.01)
