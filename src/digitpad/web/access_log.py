"""One line a request: what was asked, what was answered, how long it took."""

from __future__ import annotations

import logging
import time

from flask import Flask, Response, g, request

log = logging.getLogger("digitpad.access")


def init_app(app: Flask) -> None:
    """Log every request when its answer is ready."""
    app.before_request(_start)
    app.after_request(_log)


def _start() -> None:
    g.started = time.perf_counter()


def _log(response: Response) -> Response:
    if log.isEnabledFor(logging.INFO):
        elapsed = (time.perf_counter() - g.get("started", time.perf_counter())) * 1000
        # %r: a path can hold line breaks that would forge a line of their own.
        log.info("%s %r %s %.1f ms", request.method, request.path, response.status_code, elapsed)
    return response
