"""Request bodies, limited in size and checked: from bytes to ink or a grey picture."""

from __future__ import annotations

from base64 import b64decode
from dataclasses import dataclass
from typing import Annotated, Final, TypeVar

import msgspec
from flask import Request
from msgspec import Meta
from werkzeug.exceptions import RequestEntityTooLarge

from digitpad import picture
from digitpad.answers import BatchInclude, Include
from digitpad.errors import NOT_JSON, BadDrawing, BadPicture, DigitpadError
from digitpad.ink import MAX_COORDINATE, MAX_POINTS, MAX_STROKES, Ink
from digitpad.picture import MAX_PIXELS, GreyArray

MAX_BODY: Final = 4 * 1024 * 1024  # bytes
MAX_BATCH: Final = 256  # drawings at once
PICTURE_TYPES: Final = ("image/png", "image/jpeg")
LIMITS: Final = {
    "body bytes": MAX_BODY,
    "picture pixels": MAX_PIXELS,
    "strokes": MAX_STROKES,
    "points": MAX_POINTS,
    "coordinate": MAX_COORDINATE,
    "batch drawings": MAX_BATCH,
}
"""As /openapi.json and /docs publish them."""
T = TypeVar("T")


class UnsupportedMediaType(DigitpadError):
    """A body of a type that holds no drawing."""

    code = "unsupported-media-type"


class BadBody(BadDrawing):
    """A body that is not JSON, or not of the shape that the endpoint takes."""

    code = "bad-request-body"


# These limits of ink only go into the schema: `Ink` checks them, with an error of its own.
_COORDINATE: Final = {"type": "number", "minimum": -MAX_COORDINATE, "maximum": MAX_COORDINATE}
_Point = Annotated[
    list[float],
    Meta(extra_json_schema={"prefixItems": [_COORDINATE, _COORDINATE], "minItems": 2, "maxItems": 3}),
]
_Stroke = Annotated[list[_Point], Meta(extra_json_schema={"maxItems": MAX_POINTS})]


class InkBody(msgspec.Struct, forbid_unknown_fields=True):
    """Strokes of points [x, y] or [x, y, milliseconds], x to the right, y downwards, in any unit."""

    strokes: Annotated[list[_Stroke], Meta(extra_json_schema={"maxItems": MAX_STROKES})]


_EITHER: Final = {"oneOf": [{"required": ["ink"]}, {"required": ["image"]}]}


class DrawingBody(msgspec.Struct, forbid_unknown_fields=True):
    """One drawing: `ink` or `image`, not both."""

    ink: InkBody | None = None
    image: Annotated[str | None, Meta(description="a PNG or JPEG as a data URL or in base64")] = None


class PredictionBody(DrawingBody, forbid_unknown_fields=True):
    """What `POST /api/v1/predictions` takes as JSON: `ink` or `image`, not both."""

    record: Annotated[bool, Meta(description="false for a preview that leaves no trace")] = True
    include: Annotated[list[Include], Meta(description="what else to answer")] = []


OneDrawing = Annotated[PredictionBody, Meta(extra_json_schema=_EITHER)]


class BatchBody(msgspec.Struct, forbid_unknown_fields=True):
    """Up to 256 drawings. Each is checked by itself, so that a wrong one spoils no other."""

    drawings: Annotated[
        list[
            Annotated[
                msgspec.Raw, Meta(extra_json_schema={"$ref": "#/components/schemas/DrawingBody", **_EITHER})
            ]
        ],
        Meta(min_length=1, max_length=MAX_BATCH),
    ]
    record: Annotated[bool, Meta(description="false for previews that leave no trace")] = True
    include: Annotated[list[BatchInclude], Meta(description="what else to answer")] = []


@dataclass(frozen=True, slots=True)
class Wanted:
    """One drawing, and what its sender wants done with it."""

    drawing: Ink | GreyArray
    record: bool = True
    include: tuple[Include, ...] = ()


def body_of(request: Request) -> bytes:
    """Return the whole body, which has already arrived and is cut off above the limit: see `overload`.

    :raises RequestEntityTooLarge: more than MAX_BODY
    """
    body: bytes = request.environ["wsgi.input"].read()
    if max(len(body), int(request.environ.get("CONTENT_LENGTH") or 0)) > MAX_BODY:
        raise RequestEntityTooLarge
    return body


def from_body(content: bytes, mimetype: str) -> Wanted:
    """Read the body of `POST /api/v1/predictions`.

    :raises UnsupportedMediaType: neither JSON nor a picture
    :raises BadDrawing: malformed
    """
    if mimetype in PICTURE_TYPES:
        return Wanted(picture.from_bytes(content))
    if mimetype != "application/json":
        raise UnsupportedMediaType(
            f"“{mimetype or 'no Content-Type'}” is not read here: "
            "send application/json, image/png or image/jpeg"
        )
    body = decode(content, PredictionBody)
    return Wanted(drawing_in(body), body.record, tuple(body.include))


def drawing_in(body: DrawingBody) -> Ink | GreyArray:
    """The drawing that a JSON body holds.

    :raises BadDrawing: malformed, none, or two
    """
    if (body.ink is None) == (body.image is None):
        raise BadBody("expected either “ink” or “image”, one of the two")
    if body.ink is not None:
        return Ink.from_strokes(body.ink.strokes)
    return from_base64(body.image or "")


def decode(body: bytes | msgspec.Raw, kind: type[T]) -> T:
    """Decode JSON and check its types.

    :raises BadBody: not JSON, or not of the shape of `kind`
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except NOT_JSON as error:
        raise BadBody(f"the body is not what is expected here: {error}") from error


def from_base64(text: str | bytes) -> GreyArray:
    """Decode the picture in a data URL, or in plain base64.

    :raises BadPicture: not base64, or not a picture
    """
    data = text.encode("ascii", "replace") if isinstance(text, str) else text
    head, comma, rest = data.strip().partition(b",")
    if comma:
        if not head.startswith(b"data:image/") or not head.endswith(b";base64"):
            raise BadPicture("expected a data URL such as data:image/png;base64,…")
        data = rest
    try:
        content = b64decode(data.strip(), validate=True)
    except ValueError as error:
        raise BadPicture(f"the picture is not in base64: {error}") from error
    return picture.from_bytes(content)
