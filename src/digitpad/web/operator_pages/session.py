"""The operator's session: a cookie that says when its holder showed the token, signed so that nobody can forge it.

The server stores nothing. The signing key is derived from the token's hash, which every worker and every replica has:
each recognizes a session, even after a restart, and a new token ends all of them.
"""

from __future__ import annotations

import hashlib
import secrets
from typing import Final

from flask import Response, current_app, request, url_for
from itsdangerous import BadSignature, TimestampSigner  # what Flask signs its own sessions with

from digitpad.web.guards import cookies

COOKIE: Final = "digitpad_operator"
LASTS: Final = 12 * 3600  # seconds: a working day; after that the token is asked for again
_SALT: Final = b"digitpad: the operator's session"


def begin(response: Response) -> Response:
    """Set a new session's cookie on `response`. Browsers send it only to the operator's path, from this site."""
    session = _signer().sign(secrets.token_urlsafe(9)).decode()
    cookies.give(response, COOKIE, session, lasts=LASTS, path=_path(), samesite="Strict")
    return response


def end(response: Response) -> Response:
    """Delete the session's cookie by `response`."""
    response.delete_cookie(COOKIE, path=_path(), httponly=True, samesite="Strict", secure=request.is_secure)
    return response


def is_open() -> bool:
    """Whether the request carries a session that was begun here and has not expired."""
    if not current_app.extensions["operator"]:
        return False
    try:
        _signer().unsign(request.cookies.get(COOKIE, ""), max_age=LASTS)
    except BadSignature:  # also an expired one
        return False
    return True


def _signer() -> TimestampSigner:
    kept: str = current_app.extensions["operator"]
    return TimestampSigner(kept, salt=_SALT, key_derivation="hmac", digest_method=hashlib.sha256)


def _path() -> str:
    return url_for("operator.overview")
