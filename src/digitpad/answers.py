"""The API's answers as types: what the server sends, /openapi.json describes and `client` gives back."""

from __future__ import annotations

from typing import Annotated, Any, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType

from digitpad.records.record import Label, Source

Digit = Annotated[int, Meta(ge=0, le=9)]
Share = Annotated[float, Meta(ge=0, le=1)]
Id = Annotated[str, Meta(extra_json_schema={"format": "uuid"})]
Moment = Annotated[str, Meta(extra_json_schema={"format": "date-time"})]
Row = Annotated[list[Share], Meta(min_length=28, max_length=28)]
Form = Annotated[list[Row], Meta(min_length=28, max_length=28)]
Map = list[list[Share]]
Include = Literal["canonical", "saliency", "found", "maps", "second_maps", "features"]
BatchInclude = Literal["canonical"]
"""What takes no further run of the network."""


def _ref(name: str) -> dict[str, str]:
    return {"$ref": f"#/components/schemas/{name}"}


class Found(msgspec.Struct):
    """The ink in a picture, parted from its paper."""

    image: Annotated[
        str, Meta(description="a PNG as a data URL, white ink on black, at most 280 pixels long")
    ]
    box: Annotated[
        tuple[Share, Share, Share, Share],
        Meta(
            description="left, top, right and bottom of the ink, in shares of the picture's width and height"
        ),
    ]


class Prediction(msgspec.Struct, kw_only=True):
    """What was read in one drawing."""

    id: Annotated[Id | None, Meta(description="null where nothing was recorded")]
    digit: Annotated[Digit | None, Meta(description="null where the drawing is not a digit")]
    confidence: Annotated[float, Meta(ge=0, le=1, description="calibrated chance that `digit` is right")]
    p_digit: Annotated[float, Meta(ge=0, le=1, description="how likely the drawing is a digit at all")]
    probabilities: Annotated[
        tuple[Share, ...], Meta(min_length=10, max_length=10, description="which digit, given that it is one")
    ]
    model: Annotated[str, Meta(description="the version of the model that read it")]
    recorded_at: Moment | None
    recorded: bool
    source: Source
    label: Annotated[Label | None, Meta(description="a person's correction")] = None
    labelled_at: Moment | None = None
    canonical: Annotated[
        Form | UnsetType, Meta(description="what the network saw: 28 rows of 28, 0 paper to 1 ink")
    ] = UNSET
    saliency: Annotated[
        Form | UnsetType,
        Meta(description="which ink mattered for the best guess: 28 rows of 28, 0 none to 1 most"),
    ] = UNSET
    found: Annotated[
        Found | UnsetType | None,
        Meta(description="the ink that was found in a picture; null for strokes, or for none"),
    ] = UNSET
    maps: Annotated[
        list[Map] | UnsetType, Meta(description="what the network's first layer made of it: pictures, 0 to 1")
    ] = UNSET
    second_maps: Annotated[
        list[Map] | UnsetType,
        Meta(description="what its second layer made of those; empty where the model lacks it"),
    ] = UNSET
    features: Annotated[
        list[float] | UnsetType,
        Meta(description="the numbers from which it told the digit: near for drawings alike"),
    ] = UNSET


class Problem(msgspec.Struct, kw_only=True):
    """An error as problem details (RFC 9457)."""

    type: str = "about:blank"
    title: str
    status: int
    detail: str
    code: Annotated[str, Meta(description="stable: programs may rely on it")]


class Failed(msgspec.Struct):
    """An item of a batch that could not be read."""

    error: Problem


class Batch(msgspec.Struct):
    """The answers to a batch, in the order of its drawings."""

    predictions: list[Annotated[Any, Meta(extra_json_schema={"anyOf": [_ref("Prediction"), _ref("Failed")]})]]


class Listing(msgspec.Struct):
    """A page of predictions, newest first."""

    predictions: list[Prediction]
    next: Annotated[Id | None, Meta(description="send it as `before` for the next page; null: there is none")]
    complete: Annotated[
        bool, Meta(description="false while the database is away: these are the records on this host")
    ] = True


class Neighbour(Prediction, kw_only=True):
    """A prediction whose drawing is like another."""

    similarity: Annotated[
        float,
        Meta(
            ge=-1, le=1, description="how like the network finds the two drawings: 1 where it sees the same"
        ),
    ]


class Similar(msgspec.Struct):
    """The predictions whose drawings are most like another, the nearest first."""

    predictions: list[Neighbour]
    model: Annotated[str, Meta(description="the version of the model that compares")]
    complete: Annotated[
        bool,
        Meta(description="false where not all were compared: there are very many, or the database is away"),
    ] = True


class ClassBegun(msgspec.Struct):
    """A class that has just begun."""

    code: Annotated[str, Meta(description="for those who draw")]
    key: Annotated[str, Meta(description="the teacher's secret: send it as `Class-Key`; it is kept nowhere")]


class ClassDrawing(msgspec.Struct):
    """A drawing of a class, as its wall shows it."""

    id: Id
    asked: Annotated[Digit | None, Meta(description="what somebody was asked to draw")]
    digit: Annotated[Digit | None, Meta(description="what was read; null where it is not a digit")]
    ink: Annotated[dict[str, Any], Meta(description="`strokes`, as they were sent")]


class Wall(msgspec.Struct):
    """The latest of a class's drawings, newest first."""

    drawings: Annotated[list[ClassDrawing], Meta(description="those that are newer than `after`")]
    ids: Annotated[list[Id], Meta(description="all that the wall shows, those before `after` too")]
    complete: Annotated[bool, Meta(description="false while the database is away")] = True


class Health(msgspec.Struct):
    """The process answers."""

    status: Literal["ok"] = "ok"


class Readiness(msgspec.Struct):
    """Whether predictions can be made and recorded."""

    ready: bool
    reasons: Annotated[list[str], Meta(description="what is in the way, or else amiss, for people")]
