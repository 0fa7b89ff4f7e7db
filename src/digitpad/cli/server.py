"""The server process: granian, which starts the workers and restarts them when they die."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from typing import Any, Final

from granian.server import MPServer

TOLD_AGAIN: Final = 0.25  # seconds until a worker that has not ended is told again to end
TOLD_FOR: Final = 3.0  # seconds; after that granian waits for it, and finally kills it


@contextmanager
def _sighup_waits() -> Iterator[None]:
    """Start workers with SIGHUP blocked. It stays pending until they have loaded the model and can take it."""
    signal.pthread_sigmask(signal.SIG_BLOCK, {signal.SIGHUP})
    try:
        yield
    finally:
        signal.pthread_sigmask(signal.SIG_UNBLOCK, {signal.SIGHUP})


class Server(MPServer):
    """Passes SIGHUP on to its workers, which swap their model (see `web.reloading`).

    Granian would replace the workers. That loses a request now and then: a connection that a worker has accepted
    but not yet read from is closed when the worker stops.
    """

    def _spawn_workers(self, *args: Any, **kwargs: Any) -> None:
        with _sighup_waits():
            super()._spawn_workers(*args, **kwargs)  # type: ignore[no-untyped-call]

    def _respawn_workers(self, *args: Any, **kwargs: Any) -> None:
        with _sighup_waits():
            super()._respawn_workers(*args, **kwargs)

    def _stop_workers(self) -> None:
        """Tell the workers to end until they do: one that has only just loaded misses the first signal."""
        workers: list[Any] = self.wrks
        deadline = time.monotonic() + TOLD_FOR
        while time.monotonic() < deadline and (alive := [each for each in workers if each.is_alive()]):
            for worker in alive:
                worker.terminate()
            for worker in alive:
                worker.join(TOLD_AGAIN)
        super()._stop_workers()  # type: ignore[no-untyped-call]

    def signal_handler_reload(self, *_: Any) -> None:
        """Send SIGHUP to each worker."""
        for worker in self.wrks:
            with suppress(ProcessLookupError):  # it has just died; its successor loads the new model anyway
                os.kill(worker.inner.pid, signal.SIGHUP)
