"""`/docs`: the API for people, rendered here from the same description that programs get.

The usual viewers (Swagger UI, Redoc) need inline styles and a megabyte of scripts; this page needs neither and
obeys the Content-Security-Policy.
"""

from __future__ import annotations

import json
from typing import Any

from flask import Blueprint, current_app, render_template, request

from digitpad.web.api import openapi
from digitpad.web.api.openapi import Place
from digitpad.web.endpoints import endpoint
from digitpad.web.exchange import problems
from digitpad.web.exchange.bodies import LIMITS

blueprint = Blueprint("reference", __name__)
_JAR = "-b visitor.txt -c visitor.txt"  # where curl keeps the visitor's cookie
_WHO = {"/api/": _JAR, "/predict/": _JAR, "/operator": '-H "Authorization: Bearer $TOKEN"'}


@blueprint.get("/docs", strict_slashes=False)
@endpoint("Describe the API for people", gives={200: "text/html"})
def docs() -> tuple[str, dict[str, str]]:
    """This page."""
    base = request.url_root.rstrip("/")
    described = openapi.described()
    page = render_template(
        "docs.html",
        places=[
            {
                "place": place,
                "curl": curl(place, base),
                "codes": sorted(problems.codes_of(place.endpoint, place.path).items()),
            }
            for place in openapi.places(current_app)
        ],
        schemas={name: as_text(schema) for name, schema in described["components"]["schemas"].items()},
        limits=LIMITS,
        version=described["info"]["version"],
    )
    return page, {"Content-Language": "en"}


def curl(place: Place, base: str) -> str:
    """The shell command that calls an endpoint, where $ID is a prediction's, $CODE and $KEY a class's."""
    url = base + place.path.replace("{id}", "$ID").replace("{code}", "$CODE")
    words = [
        "curl",
        next((each for start, each in _WHO.items() if place.path.startswith(start)), ""),
        f'"{url}"',
    ]
    if any(each["name"] == "Class-Key" for each in place.endpoint.parameters):
        words.insert(1, '-H "Class-Key: $KEY"')
    if place.method not in {"GET", "POST"} or (place.method == "POST" and not place.endpoint.takes):
        words.insert(1, f"-X {place.method}")
    if place.path.endswith((".png", ".zip")):
        words.append("-O")
    example = place.endpoint.example
    if isinstance(example, str):
        words.append(example)
    elif example is not None:
        words.append(f"--json '{json.dumps(example)}'")
    return " ".join(filter(None, words))


def as_text(schema: dict[str, Any]) -> str:
    """A schema as indented JSON, without its title, which stands above it, and its description."""
    shown = {name: part for name, part in schema.items() if name not in {"title", "description"}}
    return json.dumps(shown, indent=2, ensure_ascii=False)
