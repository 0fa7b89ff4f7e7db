"""What comes in: bodies of requests, bounded and checked, → ink or a grey picture."""

from __future__ import annotations

import binascii
from base64 import b64decode
from dataclasses import dataclass
from typing import Any, Final, Literal, TypeVar

import msgspec
from flask import Request
from werkzeug.exceptions import RequestEntityTooLarge

from digitpad import picture
from digitpad.errors import BadDrawing, BadPicture, DigitpadError
from digitpad.ink import Ink
from digitpad.picture import GreyArray

MAX_BODY: Final = 4 * 1024 * 1024  # bytes
PICTURE_TYPES: Final = ("image/png", "image/jpeg")
Include = Literal["canonical"]
T = TypeVar("T")


class UnsupportedMediaType(DigitpadError):
    """A body of a type that holds no drawing."""

    code = "unsupported-media-type"


class BadBody(BadDrawing):
    """A body that is not JSON, or not of the shape that its door takes."""

    code = "bad-request-body"


class InkBody(msgspec.Struct, forbid_unknown_fields=True):
    """Strokes of points [x, y] or [x, y, milliseconds], x to the right, y downwards, in any unit."""

    strokes: list[list[list[float]]]


class PredictionBody(msgspec.Struct, forbid_unknown_fields=True):
    """What `POST /api/v1/predictions` takes as JSON: `ink` or `image`, not both."""

    ink: InkBody | None = None
    image: str | None = None
    """A PNG or JPEG as a data URL or in base64."""
    record: bool = True
    """False for a preview that leaves no trace."""
    include: list[Include] = []


@dataclass(frozen=True, slots=True)
class Wanted:
    """One drawing, and what its sender wants of it."""

    drawing: Ink | GreyArray
    record: bool = True
    include: tuple[Include, ...] = ()


def body_of(request: Request) -> bytes:
    """Take in the whole body.

    :raises RequestEntityTooLarge: more than MAX_BODY
    """
    body = request.get_data(cache=False)
    # One byte more is let in than may come: a chunked body, which says no length, is cut off there in silence.
    if len(body) > MAX_BODY:
        raise RequestEntityTooLarge
    return body


def from_request(request: Request) -> Wanted:
    """Read the body of `POST /api/v1/predictions`.

    :raises UnsupportedMediaType: neither JSON nor a picture
    :raises BadDrawing: malformed
    """
    if request.mimetype in PICTURE_TYPES:
        return Wanted(picture.from_bytes(body_of(request)))
    if request.mimetype != "application/json":
        raise UnsupportedMediaType(
            f"“{request.mimetype or 'no Content-Type'}” is not read here: "
            "send application/json, image/png or image/jpeg"
        )
    body = decode(body_of(request), PredictionBody)
    if (body.ink is None) == (body.image is None):
        raise BadBody("expected either “ink” or “image”, one of the two")
    if body.ink is not None:
        drawing: Ink | GreyArray = Ink.from_strokes(body.ink.strokes)
    else:
        drawing = from_base64(body.image or "")
    return Wanted(drawing, body.record, tuple(body.include))


def decode(body: bytes, kind: type[T]) -> T:
    """Decode JSON and check its types.

    :raises BadBody: not JSON, or not of the shape of `kind`
    """
    try:
        return msgspec.json.decode(body, type=kind)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
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
    except (binascii.Error, ValueError) as error:
        raise BadPicture(f"the picture is not in base64: {error}") from error
    return picture.from_bytes(content)


def include_of(wanted: Wanted, form: Any) -> dict[str, Any]:
    """What was asked for beyond the answer itself: `canonical`, 28 rows of 28 numbers, 0 to 1."""
    return {"canonical": form.round(3).tolist()} if "canonical" in wanted.include else {}
