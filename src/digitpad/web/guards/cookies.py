"""Cookies as this site gives them: not for scripts, not with other sites' forms, over TLS only where there is TLS."""

from __future__ import annotations

import re
from functools import cache
from typing import Final, Literal

from flask import Response, request

LONGEST: Final = 400 * 24 * 3600  # seconds that browsers keep one at most (RFC 6265bis, section 5.5)


def sent(name: str) -> str:
    """The value of the cookie `name` in the request, empty where it has none; ours need no quotes.

    All of `request.cookies`, with the places where they are kept, costs 25 times as much.
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
    """Let `response` bring the cookie `name`.

    :param lasts: seconds
    :param path: default: all of the application, which may itself be below a path
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
