"""Responses: from records and predictions to the answers that `digitpad.answers` describes."""

from __future__ import annotations

import base64
from collections.abc import Callable, Sequence
from functools import cache
from typing import TypedDict, cast

import msgspec
import numpy as np
from flask import Response, request
from PIL import Image

from digitpad import __version__, canonical, picture, recognizer
from digitpad.answers import Found, Include, Neighbour, Prediction
from digitpad.canonical import FloatArray
from digitpad.ink import Ink
from digitpad.paper import ink_of
from digitpad.picture import GreyArray
from digitpad.recognizer import Recognizer
from digitpad.records import Record, Source, neighbours
from digitpad.records.record import iso
from digitpad.render import CANVAS_SIDE, to_png
from digitpad.web.application import Whole
from digitpad.web.exchange.requested import NotFound
from digitpad.web.recording.predicting import predictor


class Included(TypedDict, total=False):
    """The extra fields that a request asked to include."""

    canonical: list[list[float]]
    saliency: list[list[float]]
    found: Found | None
    maps: list[list[list[float]]]
    second_maps: list[list[list[float]]]
    features: list[float]


def included(
    names: Sequence[Include], read: Recognizer, drawing: Ink | GreyArray, prediction: recognizer.Prediction
) -> Included:
    """Compute the fields in `names`, and nothing else, from a drawing and its prediction."""
    if not names:
        return {}
    form = prediction.canonical
    layers = cache(lambda: read.maps(form))
    how: dict[Include, Callable[[], object]] = {
        "canonical": lambda: _rows(form),
        "saliency": lambda: _rows(read.saliency(form)),
        "found": lambda: None if isinstance(drawing, Ink) else found(drawing, form),
        "maps": lambda: [_rows(each) for maps in layers()[:1] for each in maps],
        "second_maps": lambda: [_rows(each) for maps in layers()[1:] for each in maps],
        "features": lambda: _rows(prediction.features),
    }
    return cast(Included, {name: how[name]() for name in names})


def _rows(numbers: FloatArray) -> object:
    return numbers.round(3).tolist()


def found(grey: GreyArray, form: FloatArray) -> Found | None:
    """The ink that was found in a picture and became `form`."""
    seen = ink_of(grey, "auto")
    if seen.is_photograph and (canonical.from_found(seen) != form).any():
        seen = ink_of(grey, "auto", as_clean=True)
    ink, box, _ = seen
    if box is None:
        return None
    height, width = ink.shape
    left, top, right, bottom = box
    shown = Image.fromarray(ink)
    shown.thumbnail((CANVAS_SIDE, CANVAS_SIDE))
    png = base64.b64encode(picture.to_png(np.asarray(shown))).decode()
    return Found(f"data:image/png;base64,{png}", (left / width, top / height, right / width, bottom / height))


def of_record(record: Record, more: Included | None = None) -> Prediction:
    """A recorded prediction as every endpoint shows it."""
    return Prediction(
        id=str(record.id),
        digit=record.digit,
        confidence=record.confidence,
        p_digit=record.p_digit,
        probabilities=record.probabilities,
        model=record.model,
        recorded_at=iso(record.recorded_at),
        recorded=True,
        source=record.source,
        label=record.label,
        labelled_at=iso(record.labelled_at) if record.labelled_at else None,
        **(more or {}),
    )


def of_neighbour(found: neighbours.Neighbour) -> Neighbour:
    """The same, with its similarity to another drawing."""
    prediction = msgspec.structs.asdict(of_record(found.record))
    return Neighbour(**prediction, similarity=round(found.similarity, 4))


def unrecorded(
    prediction: recognizer.Prediction, model: str, source: Source, more: Included | None = None
) -> Prediction:
    """The same if nothing was kept: for a preview, or because the store failed."""
    return Prediction(
        id=None,
        digit=prediction.digit,
        confidence=prediction.confidence,
        p_digit=prediction.p_digit,
        probabilities=prediction.probabilities,
        model=model,
        recorded_at=None,
        recorded=False,
        source=source,
        **(more or {}),
    )


def as_json(value: object, status: int = 200) -> Response:
    """A JSON response that no cache stores."""
    return Whole(
        msgspec.json.encode(value), status, {"Cache-Control": "no-store"}, content_type="application/json"
    )


def picture_of(record: Record) -> Response:
    """The response with a record's drawing, or 304 if the caller's copy is still valid.

    :raises NotFound: no drawing is kept
    """
    response = Response(mimetype="image/png")
    # A drawing never changes, but the way ink is rendered may change with the version.
    response.set_etag(f"{record.id}-{__version__}")
    response.headers["Cache-Control"] = "private, max-age=86400"
    if request.if_none_match.contains_weak(response.get_etag()[0] or ""):
        response.status_code = 304
        return response
    drawing = predictor().store.drawing(record.id)
    if drawing is None:
        raise NotFound(f"no drawing is kept for {record.id}")
    response.set_data(to_png(record.source, drawing))
    return response
