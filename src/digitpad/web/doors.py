"""What is said of a door beside its code: `@door(…)`. /openapi.json, /docs and the metrics are made from it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, Final, TypeVar

from digitpad.errors import DigitpadError

V1: Final = "/api/v1"
"""Where the API lies."""
SEVEN: Final = {"ink": {"strokes": [[[80, 70], [200, 66], [124, 232]]]}}
"""A drawing for examples."""
View = TypeVar("View", bound=Callable[..., Any])
Parameter = dict[str, Any]
_VARIABLE: Final = re.compile(r"<(?:\w+:)?(?:record_)?(\w+)>")  # of a rule


@dataclass(frozen=True, slots=True, kw_only=True)
class Door:
    """One way in: a method and a path."""

    summary: str
    takes: Mapping[str, Any] = field(default_factory=dict)
    """What the body may be, by media type: a type for JSON, `bytes` or `str` for anything else."""
    gives: Mapping[int, Any]
    """What is answered, by status: a type for JSON, a media type for anything else, None for nothing."""
    refuses: tuple[type[DigitpadError], ...] = ()
    """Which errors it knows besides those that every door knows."""
    parameters: tuple[Parameter, ...] = ()
    """Queries and headers, as OpenAPI writes them."""
    example: Any = None
    """A body that works, for the curl line; a text is put into the line as it is."""
    operator: bool = False
    """Whether the operator's token opens more."""


DOORS: Final[dict[Callable[..., Any], Door]] = {}
"""Every door by its view function."""


def door(summary: str, **said: Any) -> Callable[[View], View]:
    """Say of a view function what it takes, gives and refuses."""

    def keep(view: View) -> View:
        DOORS[view] = Door(summary=summary, **said)
        return view

    return keep


def query(name: str, schema: dict[str, Any], meaning: str) -> Parameter:
    """Describe a query parameter."""
    return {"name": name, "in": "query", "required": False, "schema": schema, "description": meaning}


def header(name: str, schema: dict[str, Any], meaning: str) -> Parameter:
    """Describe a request header."""
    return {"name": name, "in": "header", "required": False, "schema": schema, "description": meaning}


def path_of(rule: str) -> str:
    """The path of a rule as OpenAPI writes it."""
    return _VARIABLE.sub(r"{\1}", rule)
