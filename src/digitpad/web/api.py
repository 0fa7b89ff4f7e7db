"""The HTTP API under /api/v1: predictions and the model. A batch has its door in `batch`."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

import msgspec
from flask import Blueprint, Response, request

from digitpad import __version__
from digitpad import answers as shown
from digitpad.errors import BadDrawing, BadInk, BadPicture, DigitpadError, PictureTooLarge, StoreError
from digitpad.model_card import ModelCard
from digitpad.records import Label, Record, timeuuid
from digitpad.render import to_png
from digitpad.web import answers, drawings, idempotency, visitors
from digitpad.web.answers import as_json
from digitpad.web.doors import door, header, query
from digitpad.web.drawings import BadBody, UnsupportedMediaType
from digitpad.web.idempotency import BadIdempotencyKey, IdempotencyKeyReused
from digitpad.web.predicting import predictor, source_of
from digitpad.web.security import ForeignOrigin
from digitpad.web.visitors import NotTheOperator

blueprint = Blueprint("api", __name__)
V1: Final = "/api/v1"
DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200
SEVEN: Final = {"ink": {"strokes": [[[80, 70], [200, 66], [124, 232]]]}}


class BadParameter(DigitpadError, ValueError):
    """A query parameter that makes no sense."""

    code = "bad-parameter"


class NotFound(DigitpadError):
    """No such record or door, or not the caller's."""

    code = "not-found"


class LabelBody(msgspec.Struct, forbid_unknown_fields=True):
    """A person's correction."""

    label: Label


@blueprint.post(f"{V1}/predictions")
@door(
    "Read a drawing and record what was read",
    takes={
        "application/json": drawings.OneDrawing,
        **dict.fromkeys(drawings.PICTURE_TYPES, bytes),
    },
    gives={201: shown.Prediction, 200: shown.Prediction},
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
    body = drawings.body_of(request)
    wanted = drawings.from_body(body, request.mimetype)
    here = predictor()
    (prediction,) = here.read([wanted.drawing])
    more = answers.included(wanted.include, here.recognizer, wanted.drawing, prediction)
    if wanted.record and (kept := here.keep_once(body, [wanted.drawing], [prediction], visitors.current())):
        return _recorded(kept[0], more)
    version = here.recognizer.card.version
    return as_json(answers.unrecorded(prediction, version, source_of(wanted.drawing), more))


def _recorded(record: Record | None, more: answers.Included) -> Response:
    if record is None:
        raise NotFound("what this Idempotency-Key recorded has been removed since")
    response = as_json(answers.of_record(record, more), 201)
    response.headers["Location"] = f"{request.script_root}{V1}/predictions/{record.id}"
    return response


@blueprint.get(f"{V1}/predictions")
@door(
    "List your predictions, newest first",
    gives={200: shown.Listing},
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
        shown.Listing([answers.of_record(record) for record in records], following, records.complete)
    )


@blueprint.get(f"{V1}/predictions/<uuid:record_id>")
@door(
    "Show one prediction",
    gives={200: shown.Prediction},
    refuses=(NotFound, NotTheOperator, StoreError),
    operator=True,
)
def one(record_id: UUID) -> Response:
    """Yours, or anybody's with the operator's token."""
    return as_json(answers.of_record(own_record(record_id)))


@blueprint.delete(f"{V1}/predictions/<uuid:record_id>")
@door(
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
@door(
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
    return picture_of(own_record(record_id))


def picture_of(record: Record) -> Response:
    """The answer that shows a record's drawing, or says that the caller's still holds.

    :raises NotFound: none is kept
    """
    response = Response(mimetype="image/png")
    # A drawing never changes; how ink is drawn may, with the version.
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


@blueprint.put(f"{V1}/predictions/<uuid:record_id>/label")
@door(
    "Correct one prediction",
    takes={"application/json": LabelBody},
    gives={200: shown.Prediction},
    refuses=(BadBody, NotFound, NotTheOperator, ForeignOrigin, StoreError),
    example={"label": 1},
    operator=True,
)
def label(record_id: UUID) -> Response:
    """Say what was drawn: a digit, or "not-a-digit". The newest correction counts."""
    body = drawings.decode(drawings.body_of(request), LabelBody)
    keep_label(own_record(record_id), body.label)
    return as_json(answers.of_record(own_record(record_id)))


def keep_label(record: Record, label: Label) -> None:
    """Keep a person's correction as the newest."""
    predictor().store.label(record.id, label, _now_after(record.labelled_at))


@blueprint.get(f"{V1}/model")
@door("Show the model card", gives={200: ModelCard})
def model() -> Response:
    """What the model is, how it was made, how well it reads and where it fails."""
    return as_json(predictor().recognizer.card)


def own_record(record_id: UUID) -> Record:
    """The record, where it is the caller's; others are told the same as for one that never was."""
    operator = visitors.is_operator()
    record = predictor().store.get(record_id) if timeuuid.is_timeuuid(record_id) else None
    if record is None or not (operator or record.visitor == visitors.current()):
        raise NotFound(f"there is no prediction {record_id} of yours")
    return record


def _now_after(earlier: datetime | None) -> datetime:
    """The present, or just after `earlier`: a clock that was set back must not let the older correction win."""
    now = datetime.now(UTC)
    return now if earlier is None else max(now, earlier + timedelta(milliseconds=1))


def limit_of_request(default: int, most: int) -> int:
    """What the query `limit` says.

    :raises BadParameter: no whole number from 1 to `most`
    """
    text = request.args.get("limit", str(default))
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= most):
        raise BadParameter(f"“limit” must be a whole number from 1 to {most}")
    return int(text)


def id_of_request(name: str, of: str = "prediction") -> UUID | None:
    """The id of a record in the query's `name`; None where it has none.

    :raises BadParameter: it is none that a record could have
    """
    text = request.args.get(name)
    if text is None:
        return None
    try:
        found = UUID(text)
    except ValueError:
        found = None
    if found is None or not timeuuid.is_timeuuid(found):
        raise BadParameter(f"“{name}” must be the id of a {of}")
    return found
