"""How the tests log in as the operator, and forge sessions."""

from __future__ import annotations

import hashlib
import itertools
import time

from itsdangerous import TimestampSigner

from digitpad import operator_token
from digitpad.web.operator_pages import session
from tests.server import Answer, Server

TOKEN = "open sesame"
KEPT = operator_token.hashed(TOKEN)
PAGE = {"Accept": "text/html,application/xhtml+xml"}
FORM = {"Content-Type": "application/x-www-form-urlencoded"}


_ADDRESSES = itertools.count(1)


def guess(token: str = "Bearer wrong") -> dict[str, str]:
    """The headers of a wrong token, from an address without wrong tokens so far, if one proxy is trusted."""
    number = next(_ADDRESSES)
    return {"Authorization": token, "X-Forwarded-For": f"198.18.{number // 250}.{number % 250 + 1}"}


def log_in(server: Server, token: str = TOKEN, **headers: str) -> Answer:
    """Send the form."""
    return server.unfollowed("POST", "/operator/login", f"token={token}".encode(), {**FORM, **headers})


def cookie_of(answer: Answer) -> str:
    """The session as a browser sends it back."""
    return str(answer.headers["Set-Cookie"]).partition(";")[0]


def parts(answer: Answer) -> set[str]:
    """The attributes of the cookie that an answer sets."""
    return set(answer.headers["Set-Cookie"].split("; ")[1:])


def signed(kept: str, *, seconds_ago: float = 0) -> str:
    """A session signed as by the server, with the hash `kept`."""

    class Earlier(TimestampSigner):
        def get_timestamp(self) -> int:
            return int(time.time() - seconds_ago)

    signer = Earlier(
        kept, salt=b"digitpad: the operator's session", key_derivation="hmac", digest_method=hashlib.sha256
    )
    return f"{session.COOKIE}={signer.sign('abc').decode()}"
