"""`POST /api/v1/predictions/batch`: many drawings, read together and recorded in one write to the store."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Final

import msgspec
import numpy as np
from flask import Blueprint, Response, request

from digitpad import answers
from digitpad.errors import BadDrawing, PictureTooLarge, StoreError
from digitpad.ink import Ink
from digitpad.picture import MAX_PIXELS, GreyArray
from digitpad.recognizer import Prediction
from digitpad.records import Record
from digitpad.web.endpoints import SEVEN, V1, endpoint
from digitpad.web.exchange import answering, bodies, problems
from digitpad.web.exchange.answering import as_json
from digitpad.web.exchange.bodies import BadBody, BatchBody, DrawingBody
from digitpad.web.exchange.requested import NotFound
from digitpad.web.guards import visitors
from digitpad.web.guards.security import ForeignOrigin
from digitpad.web.recording import idempotency
from digitpad.web.recording.idempotency import BadIdempotencyKey, IdempotencyKeyReused
from digitpad.web.recording.predicting import Predictor, predictor, source_of

blueprint = Blueprint("batch", __name__)
Drawing = Ink | GreyArray

MAX_PIXELS_TOGETHER: Final = 4 * MAX_PIXELS


@blueprint.post(f"{V1}/predictions/batch")
@endpoint(
    "Read up to 256 drawings at once",
    takes={"application/json": BatchBody},
    gives={201: answers.Batch, 200: answers.Batch},
    refuses=(BadBody, ForeignOrigin, BadIdempotencyKey, IdempotencyKeyReused, StoreError),
    parameters=(idempotency.PARAMETER,),
    example={"drawings": [SEVEN]},
)
def predict() -> Response:
    """Answer in the order of the drawings. One that cannot be read carries its own `error` in its place.

    201 where anything was recorded, 200 for previews, or where nothing could be recorded.
    """
    raw = bodies.body_of(request)
    body = bodies.decode(raw, BatchBody)
    read = list(_read_all(body.drawings))
    good = [item for item in read if not isinstance(item, BadDrawing)]
    here = predictor()
    predictions = here.read(good)
    record = body.record and good
    kept = here.keep_once(raw, good, predictions, visitors.current()) if record else None
    answered = _answers(here, good, predictions, kept, body.include)
    return as_json(
        answers.Batch([_failed(item) if isinstance(item, BadDrawing) else next(answered) for item in read]),
        201 if kept else 200,
    )


def _read_all(items: list[msgspec.Raw]) -> Iterator[Drawing | BadDrawing]:
    """Decode all drawings. They share a limit, since a few kilobytes can hold millions of pixels."""
    pixels = 0
    for item in items:
        drawing = _read(item)
        size = drawing.size if isinstance(drawing, np.ndarray) else 0
        if pixels + size > MAX_PIXELS_TOGETHER:
            yield PictureTooLarge(
                f"the pictures of a batch are too large together: at most {MAX_PIXELS_TOGETHER:,} pixels"
            )
        else:
            pixels += size
            yield drawing


def _read(item: msgspec.Raw) -> Drawing | BadDrawing:
    try:
        return bodies.drawing_in(bodies.decode(item, DrawingBody))
    except BadDrawing as error:
        return error


def _answers(
    here: Predictor,
    good: list[Drawing],
    predictions: list[Prediction],
    kept: list[Record | None] | None,
    include: Sequence[answers.Include],
) -> Iterator[answers.Prediction | answers.Failed]:
    version = here.recognizer.card.version
    for at, (drawing, prediction) in enumerate(zip(good, predictions, strict=True)):
        more = answering.included(include, here.recognizer, drawing, prediction)
        if kept is None:
            yield answering.unrecorded(prediction, version, source_of(drawing), more)
        elif record := kept[at]:
            yield answering.of_record(record, more)
        else:
            yield _failed(NotFound("what this Idempotency-Key recorded has been removed since"))


def _failed(error: BadDrawing | NotFound) -> answers.Failed:
    return answers.Failed(problems.as_problem(error))
