"""Ends a worker whose server was killed: nobody would restart it or pass a reload on, and its port would stay taken."""

from __future__ import annotations

import multiprocessing
import os
import signal
import threading
import time
from typing import Final

AGAIN: Final = 0.25  # seconds until the next signal: a worker that has only just loaded misses the first


def with_server() -> None:
    """From now on, end this worker as on SIGTERM once its server has ended without telling it to."""
    if server := multiprocessing.parent_process():
        threading.Thread(target=_end_after, args=(server,), name="server-watch", daemon=True).start()


def _end_after(server: multiprocessing.process.BaseProcess) -> None:
    server.join()
    while True:
        os.kill(os.getpid(), signal.SIGTERM)
        time.sleep(AGAIN)
