"""The pages of a class: where it draws what is asked for, and where the teacher sees the drawings arrive."""

from __future__ import annotations

from flask import Blueprint, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from digitpad.web.endpoints import endpoint, query
from digitpad.web.guards import class_codes, visitors
from digitpad.web.guards.class_codes import NoSuchClass

blueprint = Blueprint("collecting", __name__)


@blueprint.get("/collect", strict_slashes=False)
@endpoint(
    "Show the page that leads to a class, or begins one",
    gives={200: "text/html", 302: None, 404: "text/html"},
    parameters=(query("class", {"type": "string"}, "a code: leads to its class"),),
)
def start() -> AnyResponse | str:
    """Asks for the code, which is on the wall; a teacher gets a new one here."""
    typed = request.args.get("class", "")
    if not typed:
        return render_template("classes.html", typed="")
    return redirect(url_for("collecting.collect", code=class_codes.named(typed).code))


@blueprint.get("/collect/<code>", strict_slashes=False)
@endpoint("Show the page on which a class draws", gives={200: "text/html", 404: "text/html"})
def collect(code: str) -> str:
    """It asks for one digit after the other."""
    of = class_codes.named(code)
    visitors.current()  # so that a drawing may be sent again safely
    return render_template("collect.html", code=of.code)


@blueprint.get("/collect/<code>/wall", strict_slashes=False)
@endpoint("Show the wall of a class, for a projector", gives={200: "text/html", 404: "text/html"})
def wall(code: str) -> str:
    """The key comes behind the # of the teacher's link, which browsers keep to themselves."""
    of = class_codes.named(code)
    place = f"{request.host}{url_for('collecting.start')}/"
    return render_template("wall.html", code=of.code, place=place)


@blueprint.errorhandler(NoSuchClass)
def _ask_again(_: NoSuchClass) -> tuple[str, int]:
    """Show the page that asks for a code, with what was typed."""
    typed = (request.view_args or {}).get("code") or request.args.get("class")
    return render_template("classes.html", typed=typed), 404
