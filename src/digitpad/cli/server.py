"""The server process: granian, with what a reload needs that loses no request."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
from typing import Any

from granian._granian import ListenerSpec as SocketSpec
from granian.server import MPServer

log = logging.getLogger("_granian")


class Server(MPServer):
    """On SIGHUP it replaces its workers one after another, each with the model that lies in its folder by then."""

    def _init_shared_socket(self) -> None:
        """Listen on one socket for all workers.

        On Linux granian gives each worker a socket of its own (SO_REUSEPORT). Connections that wait at a worker's
        when it stops are reset (its issue 567); with one for all, another worker takes them.
        """
        listener: Any = SocketSpec(self.bind_addr, self.bind_port, self.backlog).build()
        self._ssp = None
        self._shd = listener
        self._sfd = listener.get_fd()
        self._sso = socket.socket(fileno=self._sfd)
        self._sso.set_inheritable(True)

    def signal_handler_reload(self, *args: Any, **kwargs: Any) -> None:
        """Look at the model before any worker goes: with a broken one, the workers stay as they are."""
        command = [sys.executable, "-m", "digitpad", "doctor", "--only", "model"]
        checked = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603  our own
        said = checked.stdout.strip() or checked.stderr.strip()
        if checked.returncode:
            log.error("not reloaded: %s", said)
            return
        log.warning("reloading: %s", said)
        super().signal_handler_reload(*args, **kwargs)  # type: ignore[no-untyped-call]
