"""Security headers on every response, and where writes may come from."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final
from urllib.parse import urlsplit

from flask import Flask, request

from digitpad.errors import DigitpadError
from digitpad.web.guards import cors
from digitpad.web.guards.headers import on_every_answer

if TYPE_CHECKING:
    from _typeshed.wsgi import WSGIEnvironment

CONTENT_SECURITY_POLICY: Final = "; ".join(
    (
        "default-src 'none'",
        "script-src 'self'",
        "style-src 'self'",
        "img-src 'self' data: blob:",
        "connect-src 'self'",
        "manifest-src 'self'",
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
    )
)
HEADERS: Final = {
    "Content-Security-Policy": CONTENT_SECURITY_POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",  # with no-referrer, a form of our own would send “Origin: null”
    "Permissions-Policy": "camera=(), display-capture=(), geolocation=(), microphone=(), payment=(), usb=()",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Embedder-Policy": "require-corp",
    "Cross-Origin-Resource-Policy": "same-origin",
}
STRICT_TRANSPORT: Final = "max-age=31536000"  # a year; subdomains are not ours to decide


class ForeignOrigin(DigitpadError):
    """A write sent by another site's page."""

    code = "foreign-origin"


def init_app(app: Flask) -> None:
    """Check where writes come from, and set the headers on every response, also outside Flask."""
    app.before_request(_check_origin)
    on_every_answer(app, _add_headers)


def _check_origin() -> None:
    """Accept writes from our own and allowed pages only; programs send no Origin and pass."""
    origin = request.headers.get("Origin")
    if request.method in {"GET", "HEAD", "OPTIONS"} or origin is None:
        return
    if not is_own(origin) and not cors.allows(origin):
        raise ForeignOrigin("writes are taken from this site's own pages, not from another site's")


def is_own(origin: str) -> bool:
    """Whether `origin` is this site's own."""
    try:
        return urlsplit(origin).netloc == request.host
    except ValueError:  # not a valid address, such as http://[::1
        return False


def _add_headers(environ: WSGIEnvironment, headers: list[tuple[str, str]]) -> None:
    there = {name.lower() for name, _ in headers}
    headers += [(name, value) for name, value in HEADERS.items() if name.lower() not in there]
    if environ["wsgi.url_scheme"] == "https":
        headers.append(("Strict-Transport-Security", STRICT_TRANSPORT))
