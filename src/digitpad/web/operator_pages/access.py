"""The blueprint of the operator's pages, and who may enter: with an open session, or the token as programs send it."""

from __future__ import annotations

from typing import Final

from flask import Blueprint, Flask, Response, redirect, render_template, request, url_for
from flask.typing import ResponseReturnValue

from digitpad.errors import DigitpadError
from digitpad.web.exchange import problems
from digitpad.web.exchange.requested import wants_page
from digitpad.web.guards import security, visitors
from digitpad.web.guards.security import ForeignOrigin
from digitpad.web.guards.visitors import NotTheOperator
from digitpad.web.operator_pages import session, wording
from digitpad.web.operator_pages.day_counts import DayCounts
from digitpad.web.pages import words

blueprint = Blueprint("operator", __name__)
blueprint.context_processor(wording.for_templates)
OPEN: Final = {"operator.login", "operator.enter", "operator.leave"}
"""Endpoints that need no session: those that begin and end one."""


def init_app(app: Flask) -> None:
    """Register the operator's pages."""
    app.extensions["day_counts"] = DayCounts()
    app.register_blueprint(blueprint)


@blueprint.before_request
def _let_in() -> ResponseReturnValue | None:
    if request.method == "POST":
        _require_own_origin()
    if request.endpoint in OPEN or session.is_open() or visitors.is_operator():
        return None
    if wants_page():
        return redirect(url_for("operator.login", to=_asked_for()), 303)
    raise NotTheOperator("this is the operator's: log in, or send the token as a Bearer token")


def _asked_for() -> str | None:
    """The page to show after login, with a bookmark's filters; None for the one shown by default.

    Never the target of a form sent too late: its sender should look again before sending it again.
    """
    asked = request.full_path.rstrip("?")
    return None if request.method == "POST" or asked == "/operator" else asked


def _require_own_origin() -> None:
    """Refuse forms from other sites, even those that CORS lets use the API: a cookie authorizes these forms."""
    origin = request.headers.get("Origin")
    if origin is not None and not security.is_own(origin):
        raise ForeignOrigin("the operator's forms are taken from this site's own pages")


@blueprint.after_request
def _keep_nothing(response: Response) -> Response:
    response.headers.setdefault("Cache-Control", "no-store")
    return response


@blueprint.errorhandler(DigitpadError)
def _in_words(error: DigitpadError) -> ResponseReturnValue:
    """People get a page, programs problem details."""
    answer = problems.answer_to(error)
    if wants_page():
        code = error.code if f"operator.trouble.{error.code}" in words.language().said else "failed"
        page = render_template("operator_trouble.html", code=code, inside=session.is_open())
        answer.set_data(page)
        answer.mimetype = "text/html"
    return answer
