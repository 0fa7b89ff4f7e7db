"""An open SQLite file: one connection that writes, others that read at the same time, errors in words."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from queue import Empty, LifoQueue
from typing import Any, Final

from digitpad.errors import StoreError
from digitpad.records.record import iso
from digitpad.records.sqlite import file
from digitpad.records.sqlite.group_commit import GroupCommit, T, Work
from digitpad.records.sqlite.schema import Kind

WIPING_PATIENCE: Final = 200  # milliseconds that wiping the log waits for others, who wait for it meanwhile


class Database:
    """For the threads of one process; create it after a fork. A write returns once it is on disk."""

    def __init__(self, path: Path, kind: Kind) -> None:
        """Open the file, creating it if it is missing.

        :raises StoreError: something else is in its place, or it cannot be created
        """
        self.path = path.absolute()
        file.prepare(self.path, kind)
        self._inode = self.path.stat().st_ino
        self._writer = GroupCommit(
            self._connect(),
            file.turn_to_write(self.path),
            patience=file.BUSY_TIMEOUT + 1,
            explain=self._explain,
        )
        self._idle: LifoQueue[sqlite3.Connection] = LifoQueue()

    def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction shared with others, and return its result once that is on disk.

        :raises StoreError: it is not on disk and will not be
        """
        self._require_in_place()
        return self._writer.write(work)

    def read(self, query: str, parameters: tuple[object, ...] = ()) -> list[Any]:
        """The rows that `query` returns."""
        with self.reading() as connection:
            return connection.execute(query, parameters).fetchall()

    @contextmanager
    def reading(self) -> Iterator[sqlite3.Connection]:
        """Lend a connection that no other thread uses meanwhile."""
        self._require_in_place()
        try:
            connection = self._idle.get_nowait()
        except Empty:
            connection = self._connect()
            file.cache_little(connection)
        try:
            yield connection
        except sqlite3.Error as error:
            raise self._explain(error) from error
        finally:
            self._idle.put(connection)

    def wipe_log(self) -> None:
        """Checkpoint and truncate the write-ahead log, so that removed records are gone from it, too.

        If others read for long, as a backup does, it stays until it is overwritten: nobody should wait for that.
        """
        with closing(self._connect()) as connection:  # its own, as readers have another busy_timeout
            try:
                connection.execute(f"PRAGMA busy_timeout = {WIPING_PATIENCE}")
                connection.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()
            except sqlite3.Error as error:
                raise self._explain(error) from error

    def check(self) -> None:
        """Write a little, the only way to know that the disk accepts writes; both schemas have a table for it.

        :raises StoreError: it does not
        """
        now = iso(datetime.now(UTC))
        self.write(
            lambda connection: connection.execute("INSERT OR REPLACE INTO checked VALUES (1, ?)", (now,))
        )

    def close(self) -> None:
        """Finish what is under way and close the file."""
        self._writer.close()
        while True:
            try:
                self._idle.get_nowait().close()
            except Empty:
                return

    def _require_in_place(self) -> None:
        """Refuse to go on with a file that nobody can open any more, or to open another with the log of this one.

        :raises StoreError: the file was removed, replaced or emptied
        """
        try:
            there = os.stat(self.path)  # noqa: PTH116  a third of Path.stat's time
            in_place = there.st_ino == self._inode and there.st_size > 0
        except FileNotFoundError:
            in_place = False
        except OSError as error:
            raise StoreError(f"{self.path}: {error.strerror}") from error
        if not in_place:
            raise StoreError(
                f"{self.path}: the file was removed or replaced, or is empty; put it back, or stop digitpad, remove "
                f"the log {self.path.name}-wal, too, and start again"
            )

    def _connect(self) -> sqlite3.Connection:
        try:
            return file.connect(self.path)
        except sqlite3.Error as error:
            raise self._explain(error) from error

    def _explain(self, error: sqlite3.Error) -> StoreError:
        return file.as_store_error(error, self.path)
