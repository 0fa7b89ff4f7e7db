"""Behind a proxy: whose headers are trusted, and below which path the page is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import Flask
from werkzeug.middleware.proxy_fix import ProxyFix

if TYPE_CHECKING:
    from collections.abc import Iterable

    from _typeshed.wsgi import StartResponse, WSGIApplication, WSGIEnvironment


def init_app(app: Flask, *, proxies: int, prefix: str) -> None:
    """Trust what `proxies` proxies say of address, scheme, host and prefix, and no more, since clients can say it too.

    :param proxies: how many are in front, each of which sets or extends X-Forwarded-…; 0 trusts nobody
    :param prefix: a path such as /digits below which a proxy serves the page without saying so in a header
    """
    if prefix:
        app.wsgi_app = _Prefix(app.wsgi_app, prefix)  # type: ignore[method-assign]
    if proxies:
        app.wsgi_app = ProxyFix(  # type: ignore[method-assign]
            app.wsgi_app, x_for=proxies, x_proto=proxies, x_host=proxies, x_prefix=proxies
        )


class _Prefix:
    """Moves the prefix from the path to SCRIPT_NAME, which links begin with; a path without it works too."""

    def __init__(self, app: WSGIApplication, prefix: str) -> None:
        self._app = app
        self._prefix = prefix

    def __call__(self, environ: WSGIEnvironment, start_response: StartResponse) -> Iterable[bytes]:
        path = environ.get("PATH_INFO", "")
        if path == self._prefix or path.startswith(f"{self._prefix}/"):
            environ["PATH_INFO"] = path.removeprefix(self._prefix) or "/"
        environ["SCRIPT_NAME"] = self._prefix
        return self._app(environ, start_response)
