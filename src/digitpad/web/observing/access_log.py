"""One log line per request: what was asked, what was answered, how long it took, and its id."""

from __future__ import annotations

import logging
import re
import secrets
import time
from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, Final

from flask import Flask, request

from digitpad.logs import request_id

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

HEADER: Final = "X-Request-Id"
STARTED: Final = "digitpad.started"  # in a request's WSGI environment
_WELL_FORMED: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
log = logging.getLogger("digitpad.access")


def init_app(app: Flask) -> None:
    """Give every request an id, and log it when its answer is ready. Call this last: it wraps everything else."""
    app.wsgi_app = _AccessLog(app.wsgi_app)  # type: ignore[method-assign]


def elapsed() -> float:
    """Seconds since the request arrived in this worker."""
    started: float = request.environ[STARTED]
    return time.perf_counter() - started


class _AccessLog:
    def __init__(self, app: WSGIApplication) -> None:
        self._app = app

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        environ[STARTED] = started = time.perf_counter()
        given = environ.get("HTTP_X_REQUEST_ID", "")
        # Other forms could forge log lines, and flood the log.
        name = given if _WELL_FORMED.fullmatch(given) else secrets.token_hex(16)
        request_id.set(name)

        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            headers.append((HEADER, name))
            _log(environ, int(status[:3]), (time.perf_counter() - started) * 1000)
            return start_response(status, headers, *more)

        return self._app(environ, start)


def _log(environ: WSGIEnvironment, status: int, milliseconds: float) -> None:
    if log.isEnabledFor(logging.INFO):
        method = environ["REQUEST_METHOD"]
        path = environ["PATH_INFO"].encode("latin-1").decode(errors="replace")  # WSGI text is always Latin-1
        fields = {"method": method, "path": path, "status": status, "ms": round(milliseconds, 1)}
        # %r: line breaks in a path could forge a log line.
        log.info("%s %r %s %.1f ms", method, path, status, milliseconds, extra={"fields": fields})
