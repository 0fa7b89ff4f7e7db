"""What an endpoint declares beside its code: `@endpoint(…)`. /openapi.json and /docs are built from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from digitpad.errors import DigitpadError

V1: Final = "/api/v1"
"""The base path of the API."""
SEVEN: Final = {"ink": {"strokes": [[[80, 70], [200, 66], [124, 232]]]}}
"""An example drawing."""
View = TypeVar("View", bound=Callable[..., Any])
Parameter = dict[str, Any]
_VARIABLE: Final = re.compile(r"<(?:\w+:)?(?:record_)?(\w+)>")  # of a rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Endpoint:
    """What one endpoint, a method and a path, declares."""

    summary: str
    takes: Mapping[str, Any] = field(default_factory=dict)
    """The accepted bodies by media type: a type for JSON, `bytes` or `str` for anything else."""
    gives: Mapping[int, Any]
    """The responses by status: a type for JSON, a media type for anything else, None for no body."""
    refuses: tuple[type[DigitpadError], ...] = ()
    """The errors it can give besides those common to all endpoints."""
    parameters: tuple[Parameter, ...] = ()
    """Query parameters and headers, as OpenAPI writes them."""
    example: Any = None
    """A valid body for the curl command; a string is inserted as it is."""
    operator: bool = False
    """Whether the operator's token gives more access."""


ENDPOINTS: Final[dict[Callable[..., Any], Endpoint]] = {}
"""Every endpoint's declaration, by view function."""


def endpoint(summary: str, **said: Any) -> Callable[[View], View]:
    """Declare what a view function takes, gives and refuses."""

    def keep(view: View) -> View:
        ENDPOINTS[view] = Endpoint(summary=summary, **said)
        return view

    return keep


def query(name: str, schema: dict[str, Any], meaning: str) -> Parameter:
    """Describe a query parameter."""
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": meaning}


def header(name: str, schema: dict[str, Any], meaning: str) -> Parameter:
    """Describe a request header."""
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": meaning}


def path_of(rule: str) -> str:
    """The path of a URL rule as OpenAPI writes it."""
    return _VARIABLE.sub(r"{\1}", rule)
