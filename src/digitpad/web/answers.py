"""What goes out: records and predictions → the answers that `digitpad.answers` describes."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Final, TypedDict, cast

import msgspec
from flask import Response

from digitpad import recognizer
from digitpad.answers import Include, Prediction
from digitpad.canonical import FloatArray
from digitpad.records import Record, Source
from digitpad.records.record import iso


class Included(TypedDict, total=False):
    """What was asked for beyond the answer itself."""

    canonical: list[list[float]]
    saliency: list[list[float]]
    maps: list[list[list[float]]]


_FORMS: Final[dict[Include, Callable[[recognizer.Recognizer, FloatArray], FloatArray]]] = {
    "canonical": lambda _, form: form,
    "saliency": recognizer.Recognizer.saliency,
    "maps": recognizer.Recognizer.maps,
}
"""How to come by what `include` names, from the recognizer and the canonical form."""


def included(names: Iterable[Include], read: recognizer.Recognizer, form: FloatArray) -> Included:
    """What `include` names, as rows of numbers."""
    found = {name: _FORMS[name](read, form).round(3).tolist() for name in dict.fromkeys(names)}
    return cast(Included, found)


def of_record(record: Record, more: Included | None = None) -> Prediction:
    """A recorded prediction as every door shows it."""
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


def unrecorded(
    prediction: recognizer.Prediction, model: str, source: Source, more: Included | None = None
) -> Prediction:
    """The same where nothing was kept: a preview, or the store was away."""
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
    """A response of JSON that no cache keeps."""
    response = Response(msgspec.json.encode(value), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response
