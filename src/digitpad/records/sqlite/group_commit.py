"""Group commit: many threads write, and one transaction with one fsync serves all that wait.

A thread that finds nobody writing commits by itself. Handing over to another thread and waking up again would cost a
seventh of what recording costs, and gains nothing if nobody else waits.
"""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from digitpad.errors import StoreError, StoreUnavailable
from digitpad.records.process_turn import ProcessTurn

MAX_GROUP: Final = 1_000  # writes in one transaction

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class GroupCommit:
    """One thread that writes for many. Writes that arrive during a commit go together into the next transaction."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        turn: ProcessTurn,
        *,
        patience: float,
        explain: Callable[[sqlite3.Error], StoreError],
    ) -> None:
        """Take over `connection` and `turn`.

        :param patience: seconds that a write waits for other processes
        :param explain: puts SQLite's errors into words
        """
        self._connection = connection
        self._turn = turn
        self._patience = patience
        self._explain = explain
        self._waiting: SimpleQueue[tuple[Work[Any], Future[Any]] | None] = SimpleQueue()
        self._writing = threading.Lock()
        """Its holder may use the connection and the turn."""
        self._lock = threading.Lock()
        """Guards the next two attributes."""
        self._queued = 0
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def write(self, work: Work[T]) -> T:
        """Run `work` in a transaction, and return its result once that is on disk.

        `work` may run twice: a second time, alone, if another of its group failed.

        :raises StoreError: it is not on disk and will not be
        """
        done: Future[T] = Future()
        if self._commit_alone(work, done):
            return done.result()
        with self._lock:
            if self._closed:
                raise StoreError("the record store has been closed")
            self._waiting.put((work, done))
            self._queued += 1
        try:
            return done.result(timeout=self._patience)
        except TimeoutError as error:
            if done.cancel():
                raise StoreUnavailable(
                    f"other writes have taken more than {self._patience:.0f} s; try again later"
                ) from error
            return done.result()  # it is being written just now

    def _commit_alone(self, work: Work[T], done: Future[T]) -> bool:
        """Write at once if nobody else, in this process or another, writes or waits to; return whether it did."""
        if self._queued or not self._writing.acquire(blocking=False):
            return False
        try:
            if self._closed:
                return False
            with self._turn.tried() as ours:
                if ours:
                    self._commit([(work, done)])
                return ours
        finally:
            self._writing.release()

    def close(self) -> None:
        """Finish what waits, then close the connection."""
        with self._lock:
            if self._closed:
                return
            self._closed = True
            self._waiting.put(None)
        self._thread.join(timeout=2 * self._patience)

    def _run(self) -> None:
        open_for_more = True
        while open_for_more:
            first = self._waiting.get()
            with self._writing, self._turn.taken():
                group = [first, *self._rest()]
                open_for_more = None not in group
                writes = [each for each in group if each is not None]
                self._commit([each for each in writes if each[1].set_running_or_notify_cancel()])
            with self._lock:
                self._queued -= len(writes)
        with self._writing:
            self._connection.close()
            self._turn.close()

    def _rest(self) -> list[tuple[Work[Any], Future[Any]] | None]:
        """The other writes that wait now."""
        rest: list[tuple[Work[Any], Future[Any]] | None] = []
        try:
            while len(rest) < MAX_GROUP:
                rest.append(self._waiting.get_nowait())
        except Empty:
            pass
        return rest

    def _commit(self, group: list[tuple[Work[Any], Future[Any]]]) -> None:
        if not group:
            return
        try:
            self._connection.execute("BEGIN IMMEDIATE")
            results = [work(self._connection) for work, _ in group]
            self._connection.execute("COMMIT")
        except Exception as error:
            if self._connection.in_transaction:
                self._connection.execute("ROLLBACK")
            if len(group) > 1 and not isinstance(error, sqlite3.OperationalError):
                for write in group:  # one of them is faulty: the others must not fail with it
                    self._commit([write])
                return
            for _, done in group:
                done.set_exception(self._explain(error) if isinstance(error, sqlite3.Error) else error)
        else:
            for (_, done), result in zip(group, results, strict=True):
                done.set_result(result)
