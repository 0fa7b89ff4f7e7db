"""`/openapi.json`: the API as OpenAPI 3.1, built from the endpoints' declarations and the types they take and give.

msgspec makes the schemas (JSON Schema 2020-12, which OpenAPI 3.1 uses) from the very types that check bodies and form
answers. Libraries with schemas of their own (apispec, flask-smorest, both with marshmallow) would duplicate everything.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated, Any, Final, get_origin

import msgspec
from flask import Blueprint, Flask, Response, current_app, request

from digitpad import __version__, answers
from digitpad.web.endpoints import ENDPOINTS, Endpoint, endpoint, path_of
from digitpad.web.exchange import answering, problems
from digitpad.web.exchange.bodies import LIMITS, DrawingBody
from digitpad.web.guards import class_codes, visitors

blueprint = Blueprint("openapi", __name__)
_REF: Final = "#/components/schemas/{name}"
_ID: Final = {"name": "id", "in": "path", "required": True, "schema": {"type": "string", "format": "uuid"}}
_CODE: Final = {
    "name": "code",
    "in": "path",
    "required": True,
    "schema": {"type": "string", "pattern": class_codes.PATTERN},
    "description": "A class's, such as K7P-M2X-QD4.",
}
_SECURITY: Final = {
    "visitor": {
        "type": "apiKey",
        "in": "cookie",
        "name": visitors.COOKIE,
        "description": "A random UUID (version 4). Who sends none gets one with the answer.",
    },
    "operator": {
        "type": "http",
        "scheme": "bearer",
        "description": "DIGITPAD_OPERATOR_TOKEN: sees all records.",
    },
}


@dataclass(frozen=True, slots=True)
class Place:
    """An endpoint and where it is."""

    method: str
    path: str
    """Such as /api/v1/predictions/{id}."""
    view: str
    """The name of its view function."""
    text: str
    """Its docstring, in one line."""
    endpoint: Endpoint


@blueprint.get("/openapi.json")
@endpoint("Describe the API as OpenAPI 3.1", gives={200: "application/json"})
def openapi() -> Response:
    """What you read here, for programs."""
    return answering.as_json({**described(), "servers": [{"url": request.script_root or "/"}]})


def places(app: Flask) -> Iterator[Place]:
    """All endpoints of the application, in the order in which its modules declare them."""
    for rule in app.url_map.iter_rules():
        view = app.view_functions[rule.endpoint]
        if found := ENDPOINTS.get(view):
            (method,) = (rule.methods or set()) - {"HEAD", "OPTIONS"}
            text = " ".join((view.__doc__ or "").split())
            yield Place(method, path_of(rule.rule), rule.endpoint.replace(".", "-"), text, found)


def init_app(app: Flask) -> None:
    """Describe all endpoints that `app` has so far."""
    app.extensions["openapi"] = document(app)


def described() -> dict[str, Any]:
    """The running application's description."""
    result: dict[str, Any] = current_app.extensions["openapi"]
    return result


def document(app: Flask) -> dict[str, Any]:
    """The whole description."""
    found = list(places(app))
    paths: dict[str, dict[str, Any]] = {}
    schemas, components = _schemas(found)
    for place in found:
        paths.setdefault(place.path, {})[place.method.lower()] = _operation(place, schemas)
    limits = "\n".join(f"- {name}: {limit:,.0f}" for name, limit in LIMITS.items())
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "digitpad",
            "version": __version__,
            "summary": "Reads a drawn digit and keeps a record of it.",
            "description": f"Limits, each at most:\n\n{limits}",
            "x-limits": LIMITS,
        },
        "paths": paths,
        "components": {"schemas": components, "securitySchemes": _SECURITY},
    }


def _schemas(found: list[Place]) -> tuple[dict[Any, Any], dict[str, Any]]:
    """The schema of each type that an endpoint takes or gives, and the components they refer to."""
    types = {
        kind: None
        for place in found
        for kind in [*place.endpoint.takes.values(), *place.endpoint.gives.values()]
        if get_origin(kind) is Annotated or (isinstance(kind, type) and issubclass(kind, msgspec.Struct))
    }
    named = [*types, answers.Problem, answers.Failed, DrawingBody]
    schemas, components = msgspec.json.schema_components(named, ref_template=_REF)
    return dict(zip(named, schemas, strict=True)), components


def _operation(place: Place, schemas: dict[Any, Any]) -> dict[str, Any]:
    said = place.endpoint
    operation: dict[str, Any] = {
        "operationId": place.view,
        "summary": said.summary,
        "description": place.text,
        "responses": {**_answers(said, schemas), **_refusals(place, schemas)},
    }
    in_path = [each for each in (_CODE, _ID) if f"{{{each['name']}}}" in place.path]
    parameters = [*in_path, *said.parameters]
    if parameters:
        operation["parameters"] = parameters
    if said.takes:
        operation["requestBody"] = {
            "required": True,
            "content": {media: _content(kind, schemas, said) for media, kind in said.takes.items()},
        }
    if place.path.startswith("/api/"):
        operation["security"] = [{}, {"visitor": []}, *([{"operator": []}] if said.operator else [])]
    return operation


def _content(kind: Any, schemas: dict[Any, Any], said: Endpoint) -> dict[str, Any]:
    if kind is bytes:
        return {}  # in OpenAPI 3.1 a body of raw bytes has no schema
    if kind is str:
        return {"schema": {"type": "string"}}  # the example is for a shell
    return {"schema": schemas[kind], "example": said.example}


def _answers(said: Endpoint, schemas: dict[Any, Any]) -> dict[str, Any]:
    responses: dict[str, Any] = {}
    for status, kind in said.gives.items():
        response: dict[str, Any] = {"description": HTTPStatus(status).phrase}
        if isinstance(kind, str):
            response["content"] = {kind: {}}
        elif kind is not None:
            response["content"] = {"application/json": {"schema": schemas[kind]}}
        responses[str(status)] = response
    return responses


def _refusals(place: Place, schemas: dict[Any, Any]) -> dict[str, Any]:
    """Errors by status, each with the codes that it may carry."""
    return {
        str(status): {
            "description": f"{HTTPStatus(status).phrase}: {', '.join(f'`{code}`' for code in codes)}",
            "content": {problems.PROBLEM: {"schema": schemas[answers.Problem]}},
        }
        for status, codes in sorted(problems.codes_of(place.endpoint, place.path).items())
        if status not in place.endpoint.gives
    }
