"""Records as something to take along: sent as they are read, or, as a zip of idx files, once all are read."""

from __future__ import annotations

import itertools
import tempfile
from collections.abc import Callable, Iterable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from flask import Response, send_file

from digitpad.errors import StoreUnavailable
from digitpad.records import Record, Store
from digitpad.records import export as formats

PAGE: Final = 200  # records read at a time, so that any number passes in bounded memory


def jsonl(records: Iterable[Record], name: str) -> Response:
    """One JSON object a line, with drawings and corrections; `digitpad records import` reads it."""
    return _streamed(formats.jsonl, records, "application/x-ndjson", f"{name}.jsonl")


def table(records: Iterable[Record], name: str) -> Response:
    """The same as CSV; lists and ink are JSON within their cell."""
    return _streamed(formats.csv_rows, records, "text/csv", f"{name}.csv")


def idx(records: Iterable[Record], name: str) -> Response:
    """MNIST's format, two files in a zip: drawings as the network reads them, and the label or the digit read."""
    packed = tempfile.TemporaryFile()  # noqa: SIM115  the answer closes it when it is sent
    with tempfile.TemporaryDirectory(prefix="digitpad-export-") as folder:
        # The headers say how many follow, so the files have to be whole before the first byte goes out.
        parts = [Path(folder) / f"{name}-{each}" for each in ("images-idx3-ubyte", "labels-idx1-ubyte")]
        with parts[0].open("wb") as images, parts[1].open("wb") as labels:
            formats.write_idx(records, images, labels)
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            for part in parts:
                archive.write(part, part.name)
    packed.seek(0)
    response = send_file(packed, "application/zip", as_attachment=True, download_name=f"{name}-idx.zip")
    response.headers["Cache-Control"] = "no-store"
    return response


def _streamed(
    form: Callable[[Iterable[Record]], Iterator[str]], records: Iterable[Record], mimetype: str, name: str
) -> Response:
    response = Response(form(records), mimetype=mimetype)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def at_once(records: Iterator[Record]) -> Iterator[Record]:
    """The same, with the first one read: where the store is away, that is said before anything is sent."""
    return itertools.chain(list(itertools.islice(records, 1)), records)


def all_of(store: Store, visitor: UUID) -> Iterator[Record]:
    """All records of one visitor with their drawings, newest first.

    :raises StoreUnavailable: a part of the store is away, and these would not be all
    """
    before = None
    while True:
        page = store.newest(PAGE, before=before, visitor=visitor)
        if not page.complete:
            raise StoreUnavailable("the database is away: these would not be all")
        if not page:
            return
        yield from (replace(record, drawing=store.drawing(record.id)) for record in page)
        before = page[-1].id
