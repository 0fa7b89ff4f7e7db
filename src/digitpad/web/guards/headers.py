"""Headers on every response, including those of what wraps Flask."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any

from flask import Flask

if TYPE_CHECKING:
    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment

Add = Callable[["WSGIEnvironment", list[tuple[str, str]]], None]
"""Adds to a response's headers what the request calls for."""


def on_every_answer(app: Flask, add: Add) -> None:
    """Let `add` extend the headers of every response of `app`, including those of what wraps it so far."""
    app.wsgi_app = _WithHeaders(app.wsgi_app, add)  # type: ignore[method-assign]


class _WithHeaders:
    def __init__(self, app: WSGIApplication, add: Add) -> None:
        self._app, self._add = app, add

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        def start(status: str, headers: list[tuple[str, str]], *more: Any) -> Any:
            self._add(environ, headers)
            return start_response(status, headers, *more)

        return self._app(environ, start)
