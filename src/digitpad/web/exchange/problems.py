"""Every error as problem details (RFC 9457), in one place. `code` is stable; programs may rely on it.

Somebody who mistyped an address in a browser gets a page instead.
"""

from __future__ import annotations

import logging
from http import HTTPStatus
from typing import Final

import msgspec
from flask import Flask, Response, render_template, request
from werkzeug.exceptions import HTTPException, MethodNotAllowed

from digitpad.answers import Problem
from digitpad.errors import (
    BadDrawing,
    BodyTooSlow,
    Busy,
    DigitpadError,
    NoVectors,
    PictureTooLarge,
    StoreError,
    StoreUnavailable,
)
from digitpad.web.endpoints import Endpoint
from digitpad.web.exchange.bodies import MAX_BODY, UnsupportedMediaType
from digitpad.web.exchange.requested import BadParameter, NotFound
from digitpad.web.guards.class_codes import NoSuchClass, NotTheTeacher
from digitpad.web.guards.rate_limit import LIMITED, TooManyRequests
from digitpad.web.guards.security import ForeignOrigin
from digitpad.web.guards.visitors import NotTheOperator
from digitpad.web.recording.idempotency import BadIdempotencyKey, IdempotencyKeyReused

log = logging.getLogger(__name__)

STATUS: Final[dict[type[DigitpadError], int]] = {
    PictureTooLarge: 413,
    BadDrawing: 422,
    BadIdempotencyKey: 400,
    IdempotencyKeyReused: 422,
    BadParameter: 400,
    BodyTooSlow: 408,
    Busy: 503,
    ForeignOrigin: 403,
    NoSuchClass: 404,
    NotFound: 404,
    NotTheOperator: 401,
    NotTheTeacher: 403,
    UnsupportedMediaType: 415,
    NoVectors: 501,
    StoreError: 503,
    TooManyRequests: 429,
}
"""The status of each error; if a class and its base are both listed, the first one counts."""

PROBLEM: Final = "application/problem+json"
CODES: Final = {400: "bad-request", 404: "not-found", 405: "method-not-allowed", 413: "body-too-large"}
DETAILS: Final = {413: f"the body is too large: at most {MAX_BODY:,} bytes"}


def init_app(app: Flask) -> None:
    """Answer every error with problem details."""
    app.register_error_handler(DigitpadError, answer_to)
    app.register_error_handler(HTTPException, _http)
    app.register_error_handler(Exception, _unforeseen)


def status_of(error: type[DigitpadError]) -> int:
    """The HTTP status of one of our errors."""
    return next((status for kind, status in STATUS.items() if issubclass(error, kind)), 500)


def codes_of(said: Endpoint, path: str) -> dict[int, list[str]]:
    """The codes that the endpoint at `path` may refuse with, by status."""
    codes: dict[int, list[str]] = {400: ["bad-request"], 500: ["failed"], 503: [Busy.code]}
    if path.startswith(LIMITED) or NotTheOperator in said.refuses:
        codes[429] = [TooManyRequests.code]
        codes[401] = [NotTheOperator.code]
    if said.takes:
        codes[413] = ["body-too-large"]
        codes[408] = [BodyTooSlow.code]
    for error in said.refuses:
        if error.code not in codes.setdefault(status_of(error), []):
            codes[status_of(error)].append(error.code)
        if error is StoreError:
            codes[503].append(StoreUnavailable.code)
    return codes


def as_problem(error: DigitpadError) -> Problem:
    """One of our errors as problem details."""
    return _problem(status_of(type(error)), error.code, str(error))


def _problem(status: int, code: str, detail: str) -> Problem:
    return Problem(title=HTTPStatus(status).phrase, status=status, detail=detail, code=code)


def _response(problem: Problem) -> Response:
    response = Response(msgspec.json.encode(problem), problem.status, mimetype=PROBLEM)
    response.headers["Cache-Control"] = "no-store"
    return response


def answer_to(error: DigitpadError) -> Response:
    """The answer to one of our errors."""
    response = _response(as_problem(error))
    if response.status_code == 401:
        response.headers["WWW-Authenticate"] = "Bearer"
    if isinstance(error, TooManyRequests | Busy):
        response.headers["Retry-After"] = str(error.retry_after)
    return response


def _http(error: HTTPException) -> Response:
    status = error.code or 500
    if status < 400:  # a redirect to the path with a slash
        return error.get_response()  # type: ignore[return-value]  # werkzeug's own response class
    # 405 as well: an address that only a form sends to, as /upload, asked for again by itself
    if status in {404, 405} and request.accept_mimetypes.best_match([PROBLEM, "text/html"]) == "text/html":
        response = Response(render_template("nothing.html"), status)
    else:
        response = _response(
            _problem(
                status,
                CODES.get(status, "bad-request" if status < 500 else "failed"),
                DETAILS.get(status, error.description or HTTPStatus(status).phrase),
            )
        )
    if isinstance(error, MethodNotAllowed) and error.valid_methods:
        response.headers["Allow"] = ", ".join(error.valid_methods)
    return response


def _unforeseen(error: Exception) -> Response:
    log.exception("an error that nobody foresaw", exc_info=error)
    return _response(_problem(500, "failed", "something went wrong here; the server's log says what"))
