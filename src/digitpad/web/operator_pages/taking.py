"""Taking records along: what the filters show, or all, oldest first, in bounded memory."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Final
from zipfile import ZIP_DEFLATED, ZipFile

from flask import Response, request, send_file

from digitpad.errors import StoreError
from digitpad.records import Record
from digitpad.records import export as formats
from digitpad.web.api import BadParameter
from digitpad.web.doors import door
from digitpad.web.operator_pages.doors import blueprint
from digitpad.web.operator_pages.filters import PARAMETERS, Filters
from digitpad.web.predicting import predictor
from digitpad.web.visitors import NotTheOperator

REFUSES: Final = (NotTheOperator, BadParameter, StoreError)


@blueprint.get("/operator/export.jsonl")
@door(
    "Take predictions along as JSON lines",
    gives={200: "application/x-ndjson", 303: None},
    refuses=REFUSES,
    parameters=PARAMETERS,
)
def jsonl() -> Response:
    """One JSON object a line, with drawings and corrections; `digitpad records import` reads it."""
    return _streamed(formats.jsonl, "application/x-ndjson", "digitpad.jsonl")


@blueprint.get("/operator/export.csv")
@door(
    "Take predictions along as a table",
    gives={200: "text/csv", 303: None},
    refuses=REFUSES,
    parameters=PARAMETERS,
)
def table() -> Response:
    """The same as CSV; lists and ink are JSON within their cell."""
    return _streamed(formats.csv_rows, "text/csv", "digitpad.csv")


@blueprint.get("/operator/export.zip")
@door(
    "Take predictions along in MNIST's format",
    gives={200: "application/zip", 303: None},
    refuses=REFUSES,
    parameters=PARAMETERS,
)
def idx() -> Response:
    """Two idx files in a zip: drawings as the network reads them, and a person's correction or the digit read."""
    wanted = _wanted()
    packed = tempfile.TemporaryFile()  # noqa: SIM115  the answer closes it when it is sent
    with tempfile.TemporaryDirectory(prefix="digitpad-export-") as folder:
        # The headers say how many follow, so the files have to be whole before the first byte goes out.
        names = [Path(folder) / f"digitpad-{each}" for each in ("images-idx3-ubyte", "labels-idx1-ubyte")]
        with names[0].open("wb") as images, names[1].open("wb") as labels:
            formats.write_idx(wanted, images, labels)
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            for name in names:
                archive.write(name, name.name)
    packed.seek(0)
    response = send_file(packed, "application/zip", as_attachment=True, download_name="digitpad-idx.zip")
    response.headers["Cache-Control"] = "no-store"
    return response


def _streamed(form: Callable[[Iterable[Record]], Iterator[str]], mimetype: str, name: str) -> Response:
    response = Response(form(_wanted()), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    return response


def _wanted() -> Iterator[Record]:
    """The records that the filters want, with their drawings.

    The first is read at once: where the store is away, that is said before anything is sent.
    """
    filters = Filters.of(request.args)
    scan = predictor().store.scan(after=filters.after)
    first = list(itertools.islice(scan, 1))
    in_time = itertools.takewhile(
        lambda record: filters.until is None or record.recorded_at.date() <= filters.until,
        itertools.chain(first, scan),
    )
    return filter(filters.match, in_time)
