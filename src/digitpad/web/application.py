"""Flask, but for what it does anew for every request and this application has no use for."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Any

from flask import Flask, Response

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIEnvironment


class Application(Flask):
    """The application. None of its functions is a coroutine."""

    def ensure_sync(self, func: Callable[..., Any]) -> Callable[..., Any]:
        """Leave `func` as it is. To ask whether it is a coroutine takes Python 3 µs, a dozen times a request."""
        return func


class Whole(Response):
    """An answer whose body and headers are all there: nothing has to be worked out, and nothing comes in parts.

    A list goes from the server to its network at once; what werkzeug makes of a response is asked for its parts.
    """

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> list[bytes]:
        """Answer."""
        start_response(self.status, self.headers.to_wsgi_list())
        return [] if environ["REQUEST_METHOD"] == "HEAD" else [self.get_data()]
