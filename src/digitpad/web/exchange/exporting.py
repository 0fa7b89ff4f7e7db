"""Exports of records, sent only once all are read.

The receiver may delete the records afterwards, so a partial export must not look complete: a server that has begun to
respond can no longer report an error. Until all is read, the export is compressed in a temporary file, or in memory if
it is small. Content-Length lets the receiver notice a transfer that was cut off.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import replace
from functools import partial
from gzip import GzipFile
from os import SEEK_END
from pathlib import Path
from typing import IO, Final
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from flask import Response

from digitpad.errors import StoreError, StoreUnavailable
from digitpad.recognizer import Recognizer
from digitpad.records import Record, Store
from digitpad.records import export as formats

PAGE: Final = 200  # records read at a time, so that memory stays bounded
IN_MEMORY: Final = 1024 * 1024  # bytes of a compressed export; a larger one goes to a file
BLOCK: Final = 64 * 1024  # bytes sent at a time
LEVEL: Final = 1
"""Of 9: /tmp may itself be memory, as in the deployments; compressed exports take a fifth of the room."""


def jsonl(records: Iterable[Record], name: str) -> Response:
    """One JSON object a line, with drawings and corrections; `digitpad records import` reads it.

    :raises StoreError: not all could be read; likewise in the other formats
    """
    return _text(formats.jsonl(records), "application/x-ndjson", f"{name}.jsonl")


def table(records: Iterable[Record], name: str) -> Response:
    """The same as CSV; lists and ink are JSON within their cell."""
    return _text(formats.csv_rows(records), "text/csv", f"{name}.csv")


def idx(records: Iterable[Record], name: str, recognizer: Recognizer) -> Response:
    """MNIST's format, two files in a zip: drawings as the network reads them, and the label or the digit read."""
    with _kept() as packed, tempfile.TemporaryDirectory(prefix="digitpad-export-") as folder:
        parts = [Path(folder) / f"{name}-{each}" for each in ("images-idx3-ubyte", "labels-idx1-ubyte")]
        with parts[0].open("wb") as images, parts[1].open("wb") as labels:
            formats.write_idx(records, images, labels, lambda: recognizer)
        with ZipFile(packed, "w", ZIP_DEFLATED) as archive:
            for part in parts:
                archive.write(part, part.name)
        size = packed.seek(0, SEEK_END)
        packed.seek(0)
        return _attached(packed, packed, size, "application/zip", f"{name}-idx.zip")


def _text(lines: Iterable[str], mimetype: str, name: str) -> Response:
    size = 0
    with _kept() as packed:
        with GzipFile(fileobj=packed, mode="wb", compresslevel=LEVEL) as whole:
            for line in lines:
                size += whole.write(line.encode())
        packed.seek(0)
        return _attached(packed, GzipFile(fileobj=packed, mode="rb"), size, mimetype, name)


@contextmanager
def _kept() -> Iterator[IO[bytes]]:
    """A file that the response closes once it is sent; if there is an error, it is closed at once.

    :raises StoreError: there is no room for it
    """
    file = tempfile.SpooledTemporaryFile(IN_MEMORY)  # noqa: SIM115  it outlives this block
    try:
        yield file
    except OSError as error:
        with suppress(OSError):  # it tries the failed write again
            file.close()
        folder = tempfile.gettempdir()
        raise StoreError(f"{folder}: {error.strerror}; an export lies there until it is sent") from error
    except BaseException:
        file.close()
        raise


def _attached(kept: IO[bytes], whole: IO[bytes] | GzipFile, size: int, mimetype: str, name: str) -> Response:
    response = Response(iter(partial(whole.read, BLOCK), b""), mimetype=mimetype)
    response.call_on_close(kept.close)
    response.content_length = size
    response.headers["Content-Disposition"] = f'attachment; filename="{name}"'
    response.headers["Cache-Control"] = "no-store"
    return response


def all_of(store: Store, visitor: UUID) -> Iterator[Record]:
    """All records of one visitor with their drawings, newest first.

    :raises StoreUnavailable: a part of the store is unreachable, so some would be missing
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
