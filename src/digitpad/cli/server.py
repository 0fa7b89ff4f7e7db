"""The server process: granian, which starts the workers and starts them again when they die."""

from __future__ import annotations

import os
import signal
from contextlib import suppress
from typing import Any

from granian.server import MPServer


class Server(MPServer):
    """Hands SIGHUP on to its workers, which swap their model (see `web.reloading`).

    Granian would replace the workers. That loses a request now and then: a connection that a worker has accepted
    and not yet read from is closed when it stops.
    """

    def signal_handler_reload(self, *_: Any) -> None:
        """Tell each worker."""
        for worker in self.wrks:
            with suppress(
                ProcessLookupError
            ):  # it has just died, and its successor loads the new model anyhow
                os.kill(worker.inner.pid, signal.SIGHUP)
