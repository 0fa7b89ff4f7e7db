"""Group commit: many threads write, one transaction and one fsync serves all that wait."""

from __future__ import annotations

import sqlite3
import threading
from collections.abc import Callable
from concurrent.futures import Future
from queue import Empty, SimpleQueue
from typing import Any, Final, TypeVar

from digitpad.errors import StoreError, StoreUnavailable
from digitpad.records.turn import Turn

MAX_GROUP: Final = 1_000  # writes in one transaction

T = TypeVar("T")
Work = Callable[[sqlite3.Connection], T]


class GroupCommit:
    """One thread that writes. What arrives while it commits goes together into its next transaction."""

    def __init__(
        self,
        connection: sqlite3.Connection,
        turn: Turn,
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
        self._lock = threading.Lock()
        self._closed = False
        self._thread = threading.Thread(target=self._run, name="sqlite-writer", daemon=True)
        self._thread.start()

    def write(self, work: Work[T]) -> T:
        """Carry out `work` within a transaction, and return what it returns once that is on disk.

        `work` may be carried out twice: again, alone, where another of its group went wrong.

        :raises StoreError: it is not on disk and will not be
        """
        done: Future[T] = Future()
        with self._lock:
            if self._closed:
                raise StoreError("the record store has been closed")
            self._waiting.put((work, done))
        try:
            return done.result(timeout=self._patience)
        except TimeoutError as error:
            if done.cancel():
                raise StoreUnavailable(
                    f"other writes have taken more than {self._patience:.0f} s; try again later"
                ) from error
            return done.result()  # it is being written just now

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
            with self._turn.taken():
                group = [first, *self._rest()]
                open_for_more = None not in group
                self._commit([each for each in group if each and each[1].set_running_or_notify_cancel()])
        self._connection.close()
        self._turn.close()

    def _rest(self) -> list[tuple[Work[Any], Future[Any]] | None]:
        """What else waits by now."""
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
                for write in group:  # one of them is wrong in itself: the others must not suffer for it
                    self._commit([write])
                return
            for _, done in group:
                done.set_exception(self._explain(error) if isinstance(error, sqlite3.Error) else error)
        else:
            for (_, done), result in zip(group, results, strict=True):
                done.set_result(result)
