"""This site's cookies: hidden from scripts, not sent with other sites' forms, only over TLS if the site uses TLS."""

from __future__ import annotations

import re
from functools import cache
from typing import Final, Literal

from flask import Response, request

LONGEST: Final = 400 * 24 * 3600  # seconds: browsers keep one no longer (RFC 6265bis, section 5.5)


def sent(name: str) -> str:
    """The value of the cookie `name` in the request, or an empty string; ours need no quotes.

    Parsing all cookies, as `request.cookies` does, costs 25 times as much.
    """
    found = _cookie(name).search(request.environ.get("HTTP_COOKIE", ""))
    return found[1] if found else ""


@cache
def _cookie(name: str) -> re.Pattern[str]:
    return re.compile(rf'(?:^|;)\s*{re.escape(name)}\s*=\s*"?([^\s;"]*)')


def give(
    response: Response,
    name: str,
    value: str,
    *,
    lasts: int = LONGEST,
    path: str = "",
    samesite: Literal["Lax", "Strict"] = "Lax",
) -> None:
    """Set the cookie `name` on `response`.

    :param lasts: seconds
    :param path: default: the whole application, which may itself be below a path
    """
    response.set_cookie(
        name,
        value,
        max_age=lasts,
        path=path or request.script_root or "/",
        httponly=True,
        samesite=samesite,
        secure=request.is_secure,
    )
