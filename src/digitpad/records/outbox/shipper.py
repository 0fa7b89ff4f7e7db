"""Sends what waits to the far store: each process has a thread for it, and one sends at a time."""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final, Protocol

from digitpad.errors import StoreError, StoreUnavailable
from digitpad.records.outbox.change import Change
from digitpad.records.outbox.waiting import Waiting
from digitpad.records.process_turn import ProcessTurn
from digitpad.records.store import Store

log = logging.getLogger(__name__)

POLL: Final = 1.0  # seconds between checks for changes from other processes
GATHER: Final = 0.05  # seconds to wait for more changes before sending: marking them as sent costs an fsync
SENT_FOR: Final = 30.0
"""Seconds to keep sent changes: Cassandra's commitlog_sync_period is 10, and a loss must be noticed meanwhile."""
TELL_EVERY: Final = 60.0  # seconds between log messages
PATIENCE: Final = 30.0  # seconds without progress


class FarStore(Store, Protocol):
    """The store behind the outbox. It may be unreachable."""

    def apply(self, changes: Sequence[Change]) -> None:
        """Apply changes to different records; repeating them is harmless."""
        ...

    @property
    def answers(self) -> bool:
        """Whether it has answered lately; known without asking it."""
        ...

    @property
    def why(self) -> str:
        """Why it does not answer."""
        ...

    @property
    def interruptions(self) -> int:
        """How often it did not answer. Writes acknowledged shortly before each time may be lost."""
        ...


class Shipper:
    """The sender of one process. Create it after a fork, not before."""

    def __init__(self, waiting: Waiting, far: FarStore) -> None:
        """Start sending.

        :raises StoreError: the file that says whose turn it is cannot be opened
        """
        self._waiting = waiting
        self._far = far
        try:
            self._turn = ProcessTurn(Path(f"{waiting.path}-shipper"))
        except OSError as error:
            raise StoreError(f"{waiting.path}-shipper: {error.strerror}") from error
        self._sending = threading.Lock()
        self._interruptions = -1  # their number when everything was last sent again
        self.problem = ""
        """Why nothing could be sent a moment ago, if it could not."""
        self._tell_after = 0.0
        self._woken, self._closing = threading.Event(), threading.Event()
        self._thread = threading.Thread(target=self._run, name="outbox-shipper", daemon=True)
        self._thread.start()

    def wake(self) -> None:
        """Wake the sender: something new waits."""
        self._woken.set()

    @property
    def doubts(self) -> bool:
        """Whether an interruption may have lost what was sent, and it does not wait again yet."""
        return self._far.interruptions != self._interruptions

    def settle(self) -> None:
        """Return when everything that waits now has been sent.

        :raises StoreError: it cannot be sent
        """
        self._send_again_after_interruptions()
        number = self._waiting.last_number()
        deadline = time.monotonic() + PATIENCE
        while self._waiting.waits_up_to(number):
            if not self._far.answers:
                raise StoreUnavailable(self._far.why)
            if time.monotonic() > deadline:
                raise StoreUnavailable(
                    f"{self._waiting.backlog().records:,} records still wait in the outbox"
                )
            if self._send_some():
                deadline = time.monotonic() + PATIENCE
            else:
                time.sleep(GATHER / 2)  # another process is sending

    def close(self) -> None:
        """Finish what is being sent, and stop."""
        self._closing.set()
        self._woken.set()
        self._thread.join(timeout=PATIENCE)
        self._turn.close()

    def _run(self) -> None:
        while not self._closing.is_set():
            try:
                more = self._round()
                self.problem = ""
            except Exception as error:  # any error: without this thread nothing would be sent
                more = False
                self._say(error)
                self._closing.wait(POLL)
            if not more:
                self._woken.wait(POLL)
                self._closing.wait(GATHER)
                self._woken.clear()

    def _round(self) -> bool:
        """Do what is due now; return whether there may be more."""
        self._tell()
        if not self._far.answers:
            return False
        self._send_again_after_interruptions()
        self._waiting.forget(SENT_FOR)
        return self._send_some()

    def _send_again_after_interruptions(self) -> None:
        interruptions = self._far.interruptions
        if self.doubts:
            self._waiting.send_again()
            self._interruptions = interruptions

    def _send_some(self) -> bool:
        """Send what comes next; False if there is nothing, or another process is sending."""
        with self._alone() as alone:
            changes = self._waiting.due() if alone else []
            if changes:
                self._send(changes)
            return bool(changes)

    def _send(self, changes: Sequence[Change]) -> None:
        try:
            self._far.apply(changes)
        except StoreUnavailable:
            raise
        except StoreError as error:
            self._send_singly(changes, error)
        else:
            self._waiting.sent(changes)

    def _send_singly(self, changes: Sequence[Change], error: StoreError) -> None:
        """Send the changes one by one, so that a refused one does not hold up the others.

        :raises StoreError: `error`, if all are refused
        """
        refused = []
        for change in changes:
            try:
                self._far.apply([change])
            except StoreUnavailable:
                raise
            except StoreError:
                refused.append(change)
            else:
                self._waiting.sent([change])
        if len(refused) == len(changes):
            raise error
        log.error("%d records are refused and stay in the outbox: %s", len(refused), error)
        self._waiting.put_last(refused)

    @contextmanager
    def _alone(self) -> Iterator[bool]:
        with self._sending, self._turn.tried() as alone:
            yield alone

    def _say(self, error: Exception) -> None:
        if str(error) != self.problem:
            trace = None if isinstance(error, StoreError) else error
            log.warning("the outbox cannot be sent just now: %s", error, exc_info=trace)
        self.problem = str(error)

    def _tell(self) -> None:
        records = self._waiting.backlog().records
        if records and not self._far.answers and time.monotonic() > self._tell_after:
            log.warning("%s; %s records wait in the outbox", self._far.why, f"{records:,}")
            self._tell_after = time.monotonic() + TELL_EVERY
        elif self._tell_after and not records:
            log.info("the outbox is empty again")
            self._tell_after = 0.0
