"""One's own records as a whole, for whoever drew them: the data set, the strokes, and an end to it all."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from typing import Final
from uuid import UUID

from flask import Blueprint, Response

from digitpad.errors import StoreError
from digitpad.records import Record, Store
from digitpad.records.export import to_json
from digitpad.web import visitors
from digitpad.web.api import V1, NotFound, own_record
from digitpad.web.doors import door
from digitpad.web.predicting import predictor
from digitpad.web.security import ForeignOrigin
from digitpad.web.visitors import NotTheOperator

blueprint = Blueprint("own", __name__)
PAGE: Final = 200  # records read at a time, so that any number passes in bounded memory


@blueprint.get(f"{V1}/predictions/export")
@door("Take your predictions with you", gives={200: "application/x-ndjson"}, refuses=(StoreError,))
def export() -> Response:
    """All your own with their drawings and corrections, newest first, one JSON object a line.

    `digitpad records import` reads it.
    """
    store, visitor = predictor().store, visitors.current()
    first = list(
        store.newest(PAGE, visitor=visitor)
    )  # where the store is away, this says so before anything is sent
    response = Response(_lines(store, visitor, first), mimetype="application/x-ndjson")
    response.headers["Content-Disposition"] = 'attachment; filename="digitpad.jsonl"'
    response.headers["Cache-Control"] = "no-store"
    return response


def _lines(store: Store, visitor: UUID, records: list[Record]) -> Iterator[str]:
    while records:
        for record in records:
            whole = replace(record, drawing=store.drawing(record.id))
            yield json.dumps(to_json(whole), ensure_ascii=False) + "\n"
        records = list(store.newest(PAGE, before=records[-1].id, visitor=visitor))


@blueprint.delete(f"{V1}/predictions")
@door(
    "Remove all your predictions with their drawings", gives={204: None}, refuses=(ForeignOrigin, StoreError)
)
def erase() -> Response:
    """Your own and nobody else's, for good; the operator uses `digitpad records erase`."""
    if visitors.is_known():
        for _ in predictor().store.erase(visitors.current()):
            pass
    return Response(status=204)


@blueprint.get(f"{V1}/predictions/<uuid:record_id>/ink.json")
@door(
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
