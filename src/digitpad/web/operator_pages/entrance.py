"""How the operator logs in, with the token, and out."""

from __future__ import annotations

import re
from typing import Final

from flask import Response, current_app, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from digitpad.web.endpoints import endpoint, query
from digitpad.web.guards import guesses
from digitpad.web.guards.rate_limit import TooManyRequests
from digitpad.web.guards.security import ForeignOrigin
from digitpad.web.operator_pages import session
from digitpad.web.operator_pages.access import blueprint

HOW_TO: Final = "$ digitpad token\ntoken    …\nsetting  DIGITPAD_OPERATOR_TOKEN=sha256:…"
VIEW: Final = re.compile(r"/operator(/[A-Za-z0-9./-]*)?(\?[!-~]*)?")
"""Where the form may lead: only to the operator's pages. A link to the form could name any address."""
LONGEST: Final = 500  # characters of a token: a longer text is none, and need not be hashed


@blueprint.get("/operator/login", strict_slashes=False)
@endpoint(
    "Show the form that takes the operator's token",
    gives={200: "text/html"},
    parameters=(
        query("to", {"type": "string"}, "which of the operator's pages to show then, with its query"),
    ),
)
def login() -> str:
    """Where there is no token yet, the page says how to make one."""
    return _form()


@blueprint.post("/operator/login")
@endpoint(
    "Begin an operator's session",
    takes={"application/x-www-form-urlencoded": bytes},
    gives={303: None, 401: "text/html", 429: "text/html"},
    refuses=(ForeignOrigin, TooManyRequests),
    example='--data-urlencode "token=$TOKEN"',
)
def enter() -> ResponseReturnValue:
    """The field `token` is the operator's, `to` as above; the answer brings a cookie that lasts 12 hours."""
    token = request.form.get("token", "").strip()[: LONGEST + 1]
    if not current_app.extensions["operator"]:
        return _form(), 401
    try:
        right = guesses.is_token(token)
    except TooManyRequests as error:
        return _form(wait=error.retry_after), 429, {"Retry-After": str(error.retry_after)}
    if not right:
        return _form(wrong=True), 401
    to = _to()
    return session.begin(_see_other(f"{request.script_root}{to}" if to else url_for("operator.overview")))


@blueprint.post("/operator/logout")
@endpoint("End an operator's session", gives={303: None}, refuses=(ForeignOrigin,), example="--data ''")
def leave() -> Response:
    """The browser forgets the session. Another token ends all sessions everywhere."""
    return session.end(_see_other(url_for("operator.login")))


def _form(*, wrong: bool = False, wait: int = 0) -> str:
    ready = bool(current_app.extensions["operator"])
    return render_template(
        "operator_login.html",
        ready=ready,
        to=_to(),
        how_to=HOW_TO,
        wrong=wrong,
        wait=wait,
        longest=LONGEST,
        inside=False,
    )


def _to() -> str:
    """Where the request wants to go next, if that is one of the operator's pages; else empty."""
    to = request.values.get("to", "")
    return to if VIEW.fullmatch(to) else ""


def _see_other(address: str) -> Response:
    response = redirect(address, 303)
    assert isinstance(response, Response)  # noqa: S101  Flask's own class, for the type checker
    return response
