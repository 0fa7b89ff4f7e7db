"""Who is asking: a visitor, known by a random id in a cookie, or the operator, known by a token."""

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
    """Give visitors their cookie, and recognize the operator by the token's hash; empty: there is no operator."""
    app.extensions["operator"] = operator_token
    app.after_request(_give_cookie)


@dataclass(slots=True)
class _Asking:
    """Who sent the request that is being answered; looked up once."""

    known: UUID | None
    """The id in the request's cookie."""
    visitor: UUID | None
    """The id after the response, which sets it if it is new."""


def current() -> UUID:
    """The visitor's id: from the cookie, or a new one that the response sets."""
    asking = _asking()
    if asking.visitor is None:
        asking.visitor = uuid4()
    return asking.visitor


def begin_anew() -> None:
    """Make the caller a new visitor, whose id the response sets."""
    _asking().visitor = uuid4()


def is_known() -> bool:
    """Whether the request itself carries a visitor's id."""
    return _asking().known is not None


def counted() -> str | None:
    """The visitor whose requests are counted besides the address's; None for a new one, or the operator.

    :raises NotTheOperator, TooManyRequests: see `is_operator`
    """
    return str(current()) if is_known() and not is_operator() else None


def is_operator() -> bool:
    """Whether the request carries the operator's token.

    Ours comes as Bearer. Other schemes are not for us: if a proxy asks for a password by HTTP Basic, the browser sends
    it with every request, and the proxy passes it on.

    :raises NotTheOperator: it carries a wrong one, which is counted
    :raises TooManyRequests: its address sent too many wrong ones just now, even if this one is right
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
