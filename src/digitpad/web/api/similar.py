"""`GET /api/v1/predictions/{id}/similar`: the earlier drawings that the network finds most like one."""

from __future__ import annotations

from dataclasses import replace
from typing import Final
from uuid import UUID

from flask import Blueprint, Response

from digitpad import answers
from digitpad.errors import NoVectors, StoreError
from digitpad.records.describing import describe
from digitpad.records.neighbours import Neighbours
from digitpad.web.endpoints import V1, endpoint, query
from digitpad.web.exchange import answering
from digitpad.web.exchange.answering import as_json
from digitpad.web.exchange.requested import BadParameter, NotFound, limit_of_request, own_record
from digitpad.web.guards import visitors
from digitpad.web.guards.visitors import NotTheOperator
from digitpad.web.recording.predicting import predictor

blueprint = Blueprint("similar", __name__)
DEFAULT_LIMIT: Final = 5
MAX_LIMIT: Final = 50


@blueprint.get(f"{V1}/predictions/<uuid:record_id>/similar")
@endpoint(
    "Show the earlier drawings most like one",
    gives={200: answers.Similar},
    refuses=(BadParameter, NotFound, NotTheOperator, NoVectors, StoreError),
    parameters=(
        query(
            "limit",
            {"type": "integer", "minimum": 1, "maximum": MAX_LIMIT, "default": DEFAULT_LIMIT},
            "how many at most",
        ),
    ),
    operator=True,
)
def similar(record_id: UUID) -> Response:
    """Among your own, among all of them with the operator's token: those that the present model has described."""
    limit = limit_of_request(DEFAULT_LIMIT, MAX_LIMIT)
    record = own_record(record_id)
    here = predictor()
    drawing = here.store.drawing(record_id)
    if drawing is None:
        raise NotFound(f"no drawing is kept for {record_id}")
    # Computed anew: that is cheaper than loading the stored features, and works for a drawing an older model has read.
    described = describe(here.recognizer, [replace(record, drawing=drawing)]).get(record_id)
    visitor = None if visitors.is_operator() else visitors.current()
    found = Neighbours()
    if described:
        found = here.store.similar(described, limit, before=record_id, visitor=visitor)
    return as_json(
        answers.Similar(
            [answering.of_neighbour(each) for each in found], here.recognizer.card.version, found.complete
        )
    )
