"""The pages of a class: where it draws what is asked for, and where the teacher sees the drawings arrive."""

from __future__ import annotations

from flask import Blueprint, Response, redirect, render_template, request, url_for
from werkzeug.wrappers import Response as AnyResponse

from digitpad.web.doors import door, query
from digitpad.web.guards import class_codes, visitors
from digitpad.web.guards.class_codes import NoSuchClass

blueprint = Blueprint("collecting", __name__)


@blueprint.get("/collect", strict_slashes=False)
@door(
    "Show the page that leads to a class, or begins one",
    gives={200: "text/html", 302: None, 404: "text/html"},
    parameters=(query("class", {"type": "string"}, "a code: leads to its class"),),
)
def start() -> AnyResponse | tuple[str, int] | str:
    """Asks for the code, which is on the wall; a teacher gets a new one here."""
    typed = request.args.get("class", "")
    if not typed:
        return render_template("classes.html", typed="")
    try:
        return redirect(url_for("collecting.collect", code=class_codes.named(typed).code))
    except NoSuchClass:
        return render_template("classes.html", typed=typed), 404


@blueprint.get("/collect/<code>", strict_slashes=False)
@door("Show the page on which a class draws", gives={200: "text/html", 404: "text/html"})
def collect(code: str) -> tuple[str, int]:
    """It asks for one digit after the other."""
    try:
        of = class_codes.named(code)
    except NoSuchClass:
        return render_template("classes.html", typed=code), 404
    visitors.current()  # so that a drawing may be sent again safely
    return render_template("collect.html", code=of.code), 200


@blueprint.get("/collect/<code>/wall", strict_slashes=False)
@door("Show the wall of a class, for a projector", gives={200: "text/html", 404: "text/html"})
def wall(code: str) -> Response | tuple[str, int]:
    """The key comes behind the # of the teacher's link, which browsers keep to themselves."""
    try:
        of = class_codes.named(code)
    except NoSuchClass:
        return render_template("classes.html", typed=code), 404
    place = f"{request.host}{url_for('collecting.start')}/"
    return render_template("wall.html", code=of.code, place=place), 200
