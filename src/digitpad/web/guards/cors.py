"""Lets pages of other sites use the API (CORS). Off unless DIGITPAD_CORS_ORIGINS names them.

They send no cookies: these are SameSite, and `Access-Control-Allow-Credentials` is never sent. A page of another site
is a new visitor each time, unless it sends the operator's token.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from flask import Flask, Response, current_app, request

from digitpad.web.guards.headers import on_every_answer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

METHODS: Final = "GET, POST, PUT, DELETE"
TAKEN: Final = "Authorization, Class-Key, Content-Type, Idempotency-Key, If-None-Match, X-Request-Id"
SHOWN: Final = "ETag, Location, Retry-After, X-Request-Id"
PREFLIGHT_AGE: Final = 7200  # seconds: the longest that Chromium caches one


def init_app(app: Flask, *, origins: str) -> None:
    """Allow pages of `origins`, separated by commas, or of all with `*`. They can read responses after `let_read`."""
    app.extensions["cors"] = frozenset(filter(None, (origin.strip() for origin in origins.split(","))))
    app.before_request(_answer_preflight)


def let_read(app: Flask) -> None:
    """Let allowed pages read every response, including those of what wraps Flask by now, such as a 503."""
    allowed: frozenset[str] = app.extensions["cors"]

    def add(environ: WSGIEnvironment, headers: list[tuple[str, str]]) -> None:
        headers.append(("Vary", "Origin"))
        origin = environ.get("HTTP_ORIGIN", "")
        if _is_in(allowed, origin):
            headers += [("Access-Control-Allow-Origin", origin), ("Access-Control-Expose-Headers", SHOWN)]

    if allowed:
        on_every_answer(app, add)


def allows(origin: str) -> bool:
    """Whether pages of `origin` may use the API."""
    return _is_in(current_app.extensions["cors"], origin)


def _is_in(allowed: frozenset[str], origin: str) -> bool:
    return origin in allowed or ("*" in allowed and origin not in {"", "null"})


def _answer_preflight() -> Response | None:
    """Answer a browser that asks before it sends what a plain form could not send."""
    if request.method != "OPTIONS":
        return None
    asked = request.headers.get("Access-Control-Request-Method")
    if asked is None or not allows(request.headers.get("Origin", "")):
        return None
    response = Response(status=204)
    response.headers["Access-Control-Allow-Methods"] = METHODS
    response.headers["Access-Control-Allow-Headers"] = TAKEN
    response.headers["Access-Control-Max-Age"] = str(PREFLIGHT_AGE)
    return response
