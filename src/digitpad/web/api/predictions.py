"""Predictions, and the model that made them. For batches see `batch`."""

from __future__ import annotations

from typing import Final
from uuid import UUID

import msgspec
from flask import Blueprint, Response, request

from digitpad import answers
from digitpad.errors import BadDrawing, BadInk, BadPicture, PictureTooLarge, StoreError
from digitpad.model_card import ModelCard
from digitpad.records import Label, Record
from digitpad.web.endpoints import SEVEN, V1, endpoint, header, query
from digitpad.web.exchange import answering, bodies
from digitpad.web.exchange.answering import as_json
from digitpad.web.exchange.bodies import BadBody, UnsupportedMediaType
from digitpad.web.exchange.requested import (
    BadParameter,
    NotFound,
    id_of_request,
    limit_of_request,
    own_record,
)
from digitpad.web.guards import visitors
from digitpad.web.guards.security import ForeignOrigin
from digitpad.web.guards.visitors import NotTheOperator
from digitpad.web.recording import idempotency
from digitpad.web.recording.idempotency import BadIdempotencyKey, IdempotencyKeyReused
from digitpad.web.recording.predicting import predictor, source_of

blueprint = Blueprint("api", __name__)
DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200


class LabelBody(msgspec.Struct, forbid_unknown_fields=True):
    """A person's correction."""

    label: Label


@blueprint.post(f"{V1}/predictions")
@endpoint(
    "Read a drawing and record what was read",
    takes={
        "application/json": bodies.OneDrawing,
        **dict.fromkeys(bodies.PICTURE_TYPES, bytes),
    },
    gives={201: answers.Prediction, 200: answers.Prediction},
    refuses=(
        BadBody,
        BadDrawing,
        BadInk,
        BadPicture,
        PictureTooLarge,
        UnsupportedMediaType,
        ForeignOrigin,
        NotFound,
        BadIdempotencyKey,
        IdempotencyKeyReused,
        StoreError,
    ),
    parameters=(idempotency.PARAMETER,),
    example=SEVEN,
)
def predict() -> Response:
    """Answer 201 where the prediction was recorded, 200 for a preview, or where it could not be recorded.

    A refused drawing is recorded too: 201 with `digit` null. 404 only where an Idempotency-Key is repeated and
    what it had recorded was removed since.
    """
    body = bodies.body_of(request)
    wanted = bodies.from_body(body, request.mimetype)
    here = predictor()
    (prediction,) = here.read([wanted.drawing])
    more = answering.included(wanted.include, here.recognizer, wanted.drawing, prediction)
    if wanted.record and (kept := here.keep_once(body, [wanted.drawing], [prediction], visitors.current())):
        return _recorded(kept[0], more)
    version = here.recognizer.card.version
    return as_json(answering.unrecorded(prediction, version, source_of(wanted.drawing), more))


def _recorded(record: Record | None, more: answering.Included) -> Response:
    if record is None:
        raise NotFound("what this Idempotency-Key recorded has been removed since")
    response = as_json(answering.of_record(record, more), 201)
    response.headers["Location"] = f"{request.script_root}{V1}/predictions/{record.id}"
    return response


@blueprint.get(f"{V1}/predictions")
@endpoint(
    "List your predictions, newest first",
    gives={200: answers.Listing},
    refuses=(BadParameter, NotTheOperator, StoreError),
    parameters=(
        query(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            "how many at most",
        ),
        query("before", {"type": "string", "format": "uuid"}, "only those older than this one: `next`"),
    ),
    operator=True,
)
def listing() -> Response:
    """The visitor's own; all of them with the operator's token."""
    limit, older_than = limit_of_request(DEFAULT_LIMIT, MAX_LIMIT), id_of_request("before")
    visitor = None if visitors.is_operator() else visitors.current()
    records = predictor().store.newest(limit, before=older_than, visitor=visitor)
    following = str(records[-1].id) if len(records) == limit else None
    return as_json(
        answers.Listing([answering.of_record(record) for record in records], following, records.complete)
    )


@blueprint.get(f"{V1}/predictions/<uuid:record_id>")
@endpoint(
    "Show one prediction",
    gives={200: answers.Prediction},
    refuses=(NotFound, NotTheOperator, StoreError),
    operator=True,
)
def one(record_id: UUID) -> Response:
    """Yours, or anybody's with the operator's token."""
    return as_json(answering.of_record(own_record(record_id)))


@blueprint.delete(f"{V1}/predictions/<uuid:record_id>")
@endpoint(
    "Remove one prediction with its drawing",
    gives={204: None},
    refuses=(NotFound, NotTheOperator, ForeignOrigin, StoreError),
    operator=True,
)
def remove(record_id: UUID) -> Response:
    """Gone for good: neither a repeated request nor an import brings it back."""
    own_record(record_id)
    predictor().store.remove(record_id)
    return Response(status=204)


@blueprint.get(f"{V1}/predictions/<uuid:record_id>/image.png")
@endpoint(
    "Show the drawing of one prediction",
    gives={200: "image/png", 304: None},
    refuses=(NotFound, NotTheOperator, StoreError),
    parameters=(
        header(
            "If-None-Match",
            {"type": "string"},
            "the `ETag` of the picture that you have: 304 where it still holds",
        ),
    ),
    operator=True,
)
def image(record_id: UUID) -> Response:
    """Ink is drawn black on white, 280×280; a picture is shown as it was kept."""
    return answering.picture_of(own_record(record_id))


@blueprint.put(f"{V1}/predictions/<uuid:record_id>/label")
@endpoint(
    "Correct one prediction",
    takes={"application/json": LabelBody},
    gives={200: answers.Prediction},
    refuses=(BadBody, NotFound, NotTheOperator, ForeignOrigin, StoreError),
    example={"label": 1},
    operator=True,
)
def label(record_id: UUID) -> Response:
    """Say what was drawn: a digit, or "not-a-digit". The newest correction counts."""
    body = bodies.decode(bodies.body_of(request), LabelBody)
    predictor().correct(own_record(record_id), body.label)
    return as_json(answering.of_record(own_record(record_id)))


@blueprint.get(f"{V1}/model")
@endpoint("Show the model card", gives={200: ModelCard})
def model() -> Response:
    """What the model is, how it was made, how well it reads and where it fails."""
    return as_json(predictor().recognizer.card)
