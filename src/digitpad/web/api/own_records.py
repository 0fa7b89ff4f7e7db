"""A visitor's own records: exports or removes all, shows the strokes of one, and lets the next person start afresh."""

from __future__ import annotations

from uuid import UUID

from flask import Blueprint, Response

from digitpad.errors import StoreError
from digitpad.web.endpoints import V1, endpoint
from digitpad.web.exchange import exporting
from digitpad.web.exchange.requested import NotFound, own_record
from digitpad.web.guards import visitors
from digitpad.web.guards.security import ForeignOrigin
from digitpad.web.guards.visitors import NotTheOperator
from digitpad.web.recording.predicting import predictor

blueprint = Blueprint("own", __name__)


@blueprint.get(f"{V1}/predictions/export")
@endpoint("Take your predictions with you", gives={200: "application/x-ndjson"}, refuses=(StoreError,))
def export() -> Response:
    """All your own with their drawings and corrections, newest first, one JSON object a line.

    `digitpad records import` reads it.
    """
    return exporting.jsonl(exporting.all_of(predictor().store, visitors.current()), "digitpad")


@blueprint.delete(f"{V1}/predictions")
@endpoint(
    "Remove all your predictions with their drawings", gives={204: None}, refuses=(ForeignOrigin, StoreError)
)
def erase() -> Response:
    """Your own and nobody else's, for good; the operator uses `digitpad records erase`."""
    if visitors.is_known():
        for _ in predictor().store.erase(visitors.current()):
            pass
    return Response(status=204)


@blueprint.post(f"{V1}/visitor")
@endpoint("Become a new visitor", gives={204: None}, refuses=(ForeignOrigin,))
def anew() -> Response:
    """For whoever is next at a shared device: the answer brings another cookie.

    What was recorded before stays, and nobody reaches it without the old one.
    """
    visitors.begin_anew()
    return Response(status=204)


@blueprint.get(f"{V1}/predictions/<uuid:record_id>/ink.json")
@endpoint(
    "Show the strokes of one prediction",
    gives={200: "application/json"},
    refuses=(NotFound, NotTheOperator, StoreError),
    operator=True,
)
def ink(record_id: UUID) -> Response:
    """As they were sent; 404 where a picture was sent."""
    record = own_record(record_id)
    drawing = predictor().store.drawing(record_id) if record.source == "ink" else None
    if drawing is None:
        raise NotFound(f"no strokes are kept for {record_id}")
    response = Response(drawing, mimetype="application/json")
    response.headers["Cache-Control"] = "private, max-age=86400"
    return response
