"""One line a request: what was asked, what was answered, how long it took, and its id."""

from __future__ import annotations

import logging
import re
import secrets
import time
from typing import Final

from flask import Flask, Response, g, request

from digitpad.logs import request_id

HEADER: Final = "X-Request-Id"
_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
log = logging.getLogger("digitpad.access")


def init_app(app: Flask) -> None:
    """Give every request an id, and log it when its answer is ready."""
    app.before_request(_start)
    app.after_request(_log)


def elapsed() -> float:
    """Seconds since the request arrived in this worker."""
    started: float = g.started
    return time.perf_counter() - started


def _start() -> None:
    g.started = time.perf_counter()
    given = request.headers.get(HEADER, "")
    # Another form could forge lines of the log, and fill it.
    request_id.set(given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(16))


def _log(response: Response) -> Response:
    response.headers[HEADER] = request_id.get()
    if log.isEnabledFor(logging.INFO):
        milliseconds = elapsed() * 1000
        # %r: a path can hold line breaks that would forge a line of their own.
        log.info(
            "%s %r %s %.1f ms",
            request.method,
            request.path,
            response.status_code,
            milliseconds,
            extra={
                "fields": {
                    "method": request.method,
                    "path": request.path,
                    "status": response.status_code,
                    "ms": round(milliseconds, 1),
                }
            },
        )
    return response
