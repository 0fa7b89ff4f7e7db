"""The HTTP API under /api/v1, and what orchestrators ask: /healthz and /readyz."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import UUID

import msgspec
from flask import Blueprint, Response, request, url_for

from digitpad.errors import DigitpadError, StoreError
from digitpad.records import Label, Record, timeuuid
from digitpad.render import to_png
from digitpad.web import drawings, visitors
from digitpad.web.predicting import predictor

blueprint = Blueprint("api", __name__)
V1: Final = "/api/v1"
DEFAULT_LIMIT: Final = 50
MAX_LIMIT: Final = 200


class BadParameter(DigitpadError, ValueError):
    """A query parameter that makes no sense."""

    code = "bad-parameter"


class NotFound(DigitpadError):
    """No such record, or not the caller's."""

    code = "not-found"


class LabelBody(msgspec.Struct, forbid_unknown_fields=True):
    """A person's correction."""

    label: Label


@blueprint.post(f"{V1}/predictions")
def predict() -> Response:
    """Read a drawing and record what was read."""
    wanted = drawings.from_request(request)
    here = predictor()
    prediction = here.recognizer.predict(wanted.drawing)
    record = here.record(wanted.drawing, prediction, visitors.current()) if wanted.record else None
    if record is not None:
        answer = as_answer(record)
    else:
        answer = {
            "id": None,
            "digit": prediction.digit,
            "confidence": prediction.confidence,
            "p_digit": prediction.p_digit,
            "probabilities": prediction.probabilities,
            "model": here.recognizer.card.version,
            "recorded_at": None,
            "recorded": False,
        }
    answer |= drawings.include_of(wanted, prediction.canonical)
    response = as_json(answer, 201 if record else 200)
    if record:
        response.headers["Location"] = url_for("api.one", record_id=record.id)
    return response


@blueprint.get(f"{V1}/predictions")
def listing() -> Response:
    """The caller's own predictions, newest first; all of them for the operator."""
    limit, before = _limit(), _before()
    visitor = None if visitors.is_operator() else visitors.current()
    records = predictor().store.newest(limit, before=before, visitor=visitor)
    following = str(records[-1].id) if len(records) == limit else None
    return as_json(
        {
            "predictions": [as_answer(record) for record in records],
            "next": following,
            "complete": records.complete,
        }
    )


@blueprint.get(f"{V1}/predictions/<uuid:record_id>")
def one(record_id: UUID) -> Response:
    """One prediction."""
    return as_json(as_answer(_own(record_id)))


@blueprint.delete(f"{V1}/predictions/<uuid:record_id>")
def remove(record_id: UUID) -> Response:
    """Remove one prediction with its drawing."""
    _own(record_id)
    predictor().store.remove(record_id)
    return Response(status=204)


@blueprint.get(f"{V1}/predictions/<uuid:record_id>/image.png")
def image(record_id: UUID) -> Response:
    """Show the drawing of one prediction."""
    record = _own(record_id)
    drawing = predictor().store.drawing(record_id)
    if drawing is None:
        raise NotFound(f"no drawing is kept for {record_id}")
    response = Response(to_png(record.source, drawing), mimetype="image/png")
    response.headers["Cache-Control"] = "private, max-age=86400, immutable"
    return response


@blueprint.put(f"{V1}/predictions/<uuid:record_id>/label")
def label(record_id: UUID) -> Response:
    """Keep a person's correction."""
    body = drawings.decode(drawings.body_of(request), LabelBody)
    at = _now_after(_own(record_id).labelled_at)
    predictor().store.label(record_id, body.label, at)
    return as_json(as_answer(_own(record_id)))


@blueprint.get(f"{V1}/model")
def model() -> Response:
    """The model card."""
    return as_json(predictor().recognizer.card.as_dict())


@blueprint.get("/healthz")
def healthz() -> Response:
    """Say that the process answers."""
    return as_json({"status": "ok"})


@blueprint.get("/readyz")
def readyz() -> Response:
    """Say whether predictions can be made and recorded, why not, and what else is not as it should be."""
    try:
        remarks = predictor().store.check()
    except StoreError as error:
        return as_json({"ready": False, "reasons": [str(error)]}, 503)
    return as_json({"ready": True, "reasons": remarks})


def as_answer(record: Record) -> dict[str, Any]:
    """A recorded prediction as every door shows it."""
    return {**record.to_json(), "recorded": True}


def as_json(value: object, status: int = 200) -> Response:
    """A response of JSON that no cache keeps."""
    response = Response(msgspec.json.encode(value), status, mimetype="application/json")
    response.headers["Cache-Control"] = "no-store"
    return response


def _own(record_id: UUID) -> Record:
    """The record, where it is the caller's; others are told the same as for one that never was."""
    record = predictor().store.get(record_id) if timeuuid.is_timeuuid(record_id) else None
    if record is None or not (record.visitor == visitors.current() or visitors.is_operator()):
        raise NotFound(f"there is no prediction {record_id} of yours")
    return record


def _now_after(earlier: datetime | None) -> datetime:
    """The present, or just after `earlier`: a clock that was set back must not let the older correction win."""
    now = datetime.now(UTC)
    return now if earlier is None else max(now, earlier + timedelta(milliseconds=1))


def _limit() -> int:
    text = request.args.get("limit", str(DEFAULT_LIMIT))
    if not (text.isascii() and text.isdigit() and len(text) < 5 and 1 <= int(text) <= MAX_LIMIT):
        raise BadParameter(f"“limit” must be a whole number from 1 to {MAX_LIMIT}")
    return int(text)


def _before() -> UUID | None:
    text = request.args.get("before")
    if text is None:
        return None
    try:
        before = UUID(text)
    except ValueError:
        before = None
    if before is None or not timeuuid.is_timeuuid(before):
        raise BadParameter("“before” must be the id of a prediction")
    return before
