"""Headers on every answer, and who may write from where."""

from __future__ import annotations

from typing import Final
from urllib.parse import urlsplit

from flask import Flask, Response, request

from digitpad.errors import DigitpadError
from digitpad.web import cors

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
    """A write that another site's page has sent."""

    code = "foreign-origin"


def init_app(app: Flask) -> None:
    """Check where writes come from and set the headers."""
    app.before_request(_check_origin)
    app.after_request(_set_headers)


def _check_origin() -> None:
    """Writes that say which page sent them must come from our own; programs send no Origin and pass."""
    origin = request.headers.get("Origin")
    if request.method in {"GET", "HEAD", "OPTIONS"} or origin is None:
        return
    if not is_own(origin) and not cors.allows(origin):
        raise ForeignOrigin("writes are taken from this site's own pages, not from another site's")


def is_own(origin: str) -> bool:
    """Whether `origin` is this site's own."""
    try:
        return urlsplit(origin).netloc == request.host
    except ValueError:  # no address at all, such as http://[::1
        return False


def _set_headers(response: Response) -> Response:
    there = {name.lower() for name, _ in response.headers}
    # At once: one after the other, each looks through all that are there.
    response.headers.extend([(name, value) for name, value in HEADERS.items() if name.lower() not in there])
    if request.is_secure:
        response.headers["Strict-Transport-Security"] = STRICT_TRANSPORT
    return response
