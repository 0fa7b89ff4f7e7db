"""Exports: the records that the filters select, or all, oldest first, in bounded memory."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import Final

from flask import Response, request

from digitpad.errors import StoreError
from digitpad.records import Record
from digitpad.web.endpoints import endpoint
from digitpad.web.exchange import exporting
from digitpad.web.exchange.requested import BadParameter
from digitpad.web.guards.visitors import NotTheOperator
from digitpad.web.operator_pages.access import blueprint
from digitpad.web.operator_pages.filters import PARAMETERS, Filters
from digitpad.web.recording.predicting import predictor

REFUSES: Final = (NotTheOperator, BadParameter, StoreError)


@blueprint.get("/operator/export.jsonl")
@endpoint(
    "Take predictions along as JSON lines",
    gives={200: "application/x-ndjson", 303: None},
    refuses=REFUSES,
    parameters=PARAMETERS,
)
def jsonl() -> Response:
    """One JSON object a line, with drawings and corrections; `digitpad records import` reads it."""
    return exporting.jsonl(_wanted(), "digitpad")


@blueprint.get("/operator/export.csv")
@endpoint(
    "Take predictions along as a table",
    gives={200: "text/csv", 303: None},
    refuses=REFUSES,
    parameters=PARAMETERS,
)
def table() -> Response:
    """The same as CSV; lists and ink are JSON within their cell."""
    return exporting.table(_wanted(), "digitpad")


@blueprint.get("/operator/export.zip")
@endpoint(
    "Take predictions along in MNIST's format",
    gives={200: "application/zip", 303: None},
    refuses=REFUSES,
    parameters=PARAMETERS,
)
def idx() -> Response:
    """Two idx files in a zip: drawings as the network reads them, and a person's correction or the digit read."""
    return exporting.idx(_wanted(), "digitpad", predictor().recognizer)


def _wanted() -> Iterator[Record]:
    """The records that the filters select, with their drawings."""
    filters = Filters.of(request.args)
    return filter(
        filters.match,
        itertools.takewhile(
            lambda record: filters.until is None or record.recorded_at.date() <= filters.until,
            predictor().store.scan(after=filters.after),
        ),
    )
