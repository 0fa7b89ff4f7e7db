"""Reading an export back: JSON lines or CSV, record by record, so that even a million need only bounded memory."""

from __future__ import annotations

import csv
import itertools
import json
from base64 import b64decode
from collections.abc import Iterable, Iterator
from datetime import datetime
from typing import IO, Annotated, Any, Final
from uuid import UUID

import msgspec

from digitpad import picture
from digitpad.errors import BadDrawing, DataError, DigitpadError
from digitpad.ink import Ink
from digitpad.records import timeuuid
from digitpad.records.export import COLUMNS
from digitpad.records.record import Label, Record, Source, to_millisecond

MAX_LINE: Final = 16 * 1024 * 1024  # characters: a drawing has up to 4 MB, and JSON may write it longer
OPTIONAL: Final = ("digit", "label", "labelled_at", "drawing")
MAX_BATCH: Final = 200  # records written at a time
MAX_BATCH_BYTES: Final = 4 * 1024 * 1024  # of drawings written at a time; a single one may be larger
TOO_DEEP: Final = "nested too deeply for a record"

Chance = Annotated[float, msgspec.Meta(ge=0, le=1)]


class _Line(msgspec.Struct):
    """The fields of a line. `recorded_at` is not read: the id contains it."""

    id: UUID
    digit: Annotated[int, msgspec.Meta(ge=0, le=9)] | None
    confidence: Chance
    p_digit: Chance
    probabilities: Annotated[tuple[Chance, ...], msgspec.Meta(min_length=10, max_length=10)]
    model: str
    source: Source
    visitor: UUID
    label: Label | None = None
    labelled_at: Annotated[datetime, msgspec.Meta(tz=True)] | None = None
    drawing: Any = None

    def record(self) -> Record:
        """The record.

        :raises ValueError: an id without a date, a label without one or out of range, a model that is not text
        :raises BadDrawing: the drawing is not ink, or not a picture, as `source` says it is
        """
        if (self.label is None) != (self.labelled_at is None):
            raise ValueError("`label` and `labelled_at` come together")
        if not _is_text(self.model):
            raise ValueError("`model` is no text: it holds half of a surrogate pair")
        return Record(
            id=timeuuid.require(self.id),
            digit=self.digit,
            confidence=self.confidence,
            p_digit=self.p_digit,
            probabilities=self.probabilities,
            model=self.model,
            visitor=self.visitor,
            source=self.source,
            drawing=self._drawing(),
            label=self.label,
            labelled_at=self._labelled_at(),
        )

    def _labelled_at(self) -> datetime | None:
        try:
            return self.labelled_at and to_millisecond(self.labelled_at)
        except OverflowError as error:  # years run from 1 to 9999, also in UTC
            raise ValueError(f"`labelled_at` is out of range: {self.labelled_at}") from error

    def _drawing(self) -> bytes | None:
        if self.drawing is None:
            return None
        if self.source == "ink":
            drawing = msgspec.json.encode(self.drawing)  # exactly the bytes that Ink.to_json wrote
            Ink.from_json(drawing)
            return drawing
        drawing = b64decode(self.drawing, validate=True)
        picture.from_bytes(drawing)
        return drawing


def read(file: IO[str], name: str) -> Iterator[Record]:
    """The records of an export, in its order. Its first line shows which of the two formats it has.

    :param file: opened with `newline=""`, so that line breaks within CSV's cells stay as they are, and with
        `errors="surrogateescape"`, so that invalid bytes are found on their own line
    :param name: its name in error messages
    :raises DataError: a line is not a record; gives its number. All records before it have been yielded
    """
    number = 0
    try:
        first = file.readline(MAX_LINE)
        if not first:
            return
        lines = _text(itertools.chain([first], iter(lambda: file.readline(MAX_LINE), "")))
        rows = _csv_rows(lines) if first.startswith("id,") else _jsonl_rows(lines)
        for number, row in rows:  # noqa: B007
            yield msgspec.convert(row, _Line).record()
    except _BadLine as error:
        raise DataError(f"{name}, line {error.number}: {error}") from error
    except RecursionError as error:
        raise DataError(f"{name}, line {number}: {TOO_DEEP}") from error
    except (msgspec.ValidationError, BadDrawing, ValueError, TypeError) as error:
        raise DataError(f"{name}, line {number}: {error}") from error


def batches(records: Iterable[Record]) -> Iterator[list[Record]]:
    """Group `records` into batches to write: large enough to be fast, small enough for any memory.

    If reading them fails, what has been read is yielded first.
    """
    batch: list[Record] = []
    size = 0
    try:
        for record in records:
            size += len(record.drawing or b"")
            if batch and (len(batch) == MAX_BATCH or size > MAX_BATCH_BYTES):
                yield batch
                batch, size = [], len(record.drawing or b"")
            batch.append(record)
    except DigitpadError:
        if batch:
            yield batch
        raise
    if batch:
        yield batch


class _BadLine(Exception):
    """A line that violates the file's format."""

    def __init__(self, number: int, what: str) -> None:
        super().__init__(what)
        self.number = number


def _is_text(text: str) -> bool:
    """Whether `text` can be encoded: in JSON, half of a surrogate pair may stand alone."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return False
    return True


def _text(lines: Iterable[str]) -> Iterator[str]:
    """The same lines, checked to have been UTF-8."""
    for number, line in enumerate(lines, 1):
        if not _is_text(line):
            raise _BadLine(number, "not UTF-8 text")
        yield line


def _jsonl_rows(lines: Iterable[str]) -> Iterator[tuple[int, Any]]:
    for number, line in enumerate(lines, 1):
        if len(line) >= MAX_LINE:
            raise _BadLine(number, f"longer than {MAX_LINE:,} characters")
        if not line.strip():
            continue
        try:
            yield number, json.loads(line)
        except json.JSONDecodeError as error:
            raise _BadLine(
                number, f"neither a JSON object nor a table of digitpad's ({error.msg}, column {error.colno})"
            ) from error
        except RecursionError as error:
            raise _BadLine(number, TOO_DEEP) from error
        except ValueError as error:  # Python reads integers of up to 4,300 digits
            raise _BadLine(number, "a number of too many digits") from error


def _csv_rows(lines: Iterable[str]) -> Iterator[tuple[int, Any]]:
    """The number of the line on which each row ends, and the row with its cells typed as in JSON."""
    csv.field_size_limit(MAX_LINE)
    rows = csv.DictReader(lines, strict=True)
    try:
        lacking = set(COLUMNS) - {"recorded_at"} - set(rows.fieldnames or ())
        if lacking:
            raise _BadLine(1, f"no column {', '.join(sorted(lacking))}")
        for row in rows:
            yield rows.line_num, _cells(rows.line_num, row)
    except csv.Error as error:
        raise _BadLine(max(rows.line_num, 1), f"not CSV: {error}") from error


def _cells(number: int, row: dict[str, Any]) -> dict[str, Any]:
    cells = {key: None if value == "" and key in OPTIONAL else value for key, value in row.items()}
    for key in ("digit", "confidence", "p_digit", "probabilities", "label", "drawing"):
        cell = cells[key]
        if cell is None or cell == "not-a-digit" or (key == "drawing" and row["source"] == "picture"):
            continue
        try:
            cells[key] = json.loads(cell)
        except (ValueError, RecursionError) as error:  # RecursionError: too many brackets
            raise _BadLine(number, f"`{key}` holds “{cell:.40}”") from error
    return cells
