"""Who is asking: a visitor by a random id in a cookie, or the operator by a token."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final
from uuid import UUID, uuid4

from flask import Flask, Response, g, request

from digitpad.errors import DigitpadError
from digitpad.web.guards import cookies, guesses

COOKIE: Final = "digitpad_visitor"


class NotTheOperator(DigitpadError):
    """A token that is not the operator's."""

    code = "not-the-operator"


def init_app(app: Flask, *, operator_token: str) -> None:
    """Give visitors their cookie, and know the operator by the hash `operator_token`; empty: there is none."""
    app.extensions["operator"] = operator_token
    app.after_request(_give_cookie)


@dataclass(slots=True)
class _Asking:
    """Who sent the request that is being answered; looked up once."""

    known: UUID | None
    """As the request says."""
    visitor: UUID | None
    """As the answer will say."""


def current() -> UUID:
    """The visitor's id: from the cookie, or a new one that the answer brings."""
    asking = _asking()
    if asking.visitor is None:
        asking.visitor = uuid4()
    return asking.visitor


def begin_anew() -> None:
    """Make whoever asks a new visitor, whose id the answer brings."""
    _asking().visitor = uuid4()


def is_known() -> bool:
    """Whether the request itself says who is asking."""
    return _asking().known is not None


def counted() -> str | None:
    """Whose requests are counted beside those of the address: the visitor's; None for somebody new, or the operator.

    :raises NotTheOperator, TooManyRequests: see `is_operator`
    """
    return str(current()) if is_known() and not is_operator() else None


def is_operator() -> bool:
    """Whether the request carries the operator's token.

    Ours comes as Bearer. What comes otherwise is somebody else's: a browser repeats to every door the password that a
    proxy with HTTP Basic has asked for, and the proxy passes it on.

    :raises NotTheOperator: it carries another one, which is counted
    :raises TooManyRequests: its address was wrong too often just now, whatever it carries this time
    """
    kind, _, token = request.headers.get("Authorization", "").partition(" ")
    if kind.lower() != "bearer":
        return False
    if guesses.is_token(token.strip()):
        return True
    raise NotTheOperator("this token is not the operator's: see DIGITPAD_OPERATOR_TOKEN")


def _asking() -> _Asking:
    found: _Asking | None = g.get("asking")
    if found is None:
        known = _from_cookie()
        g.asking = found = _Asking(known, known)
    return found


def _from_cookie() -> UUID | None:
    try:
        visitor = UUID(cookies.sent(COOKIE))
    except ValueError:
        return None
    return visitor if visitor.version == 4 else None


def _give_cookie(response: Response) -> Response:
    asking: _Asking | None = g.get("asking")
    if asking and asking.visitor != asking.known:
        cookies.give(response, COOKIE, str(asking.visitor))
    return response
