"""An export read back gives the same records, and an invalid line is named."""

from __future__ import annotations

import io
import json
from base64 import b64encode
from collections.abc import Callable, Iterable
from dataclasses import replace
from typing import IO
from uuid import UUID

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from digitpad.errors import DataError
from digitpad.records import Record, Store, export
from digitpad.records.read_export import MAX_BATCH, MAX_LINE, batches, read
from tests.records.any_record import records
from tests.records.records import record
from tests.test_recognizer import png

SHADES = np.arange(256, dtype=np.uint8).reshape(16, 16)
Write = Callable[[Iterable[Record], IO[str]], int]
formats = pytest.mark.parametrize("write", [export.write_jsonl, export.write_csv], ids=["jsonl", "csv"])


def exported(write: Write, *kept: Record) -> io.StringIO:
    file = io.StringIO(newline="")
    write(kept, file)
    file.seek(0)
    return file


@formats
@given(kept=some.lists(records(), max_size=5))
def test_what_was_exported_is_read_as_it_was(write: Write, kept: list[Record]) -> None:
    assert list(read(exported(write, *kept), "it")) == kept


@formats
@settings(max_examples=20, deadline=None, suppress_health_check=list(HealthCheck))
@given(kept=some.lists(records(), max_size=4, unique_by=lambda each: each.id))
def test_a_store_gives_and_takes_any_record(store: Store, write: Write, kept: list[Record]) -> None:
    store.add(kept)
    there = [found(store, each.id) for each in kept]
    assert there == kept
    store.add(list(read(exported(write, *there), "it")))  # changes nothing
    assert [found(store, each.id) for each in kept] == kept


def found(store: Store, record_id: UUID) -> Record:
    """A record with its drawing, found without scanning all days of earlier examples."""
    there = store.get(record_id)
    assert there is not None
    return replace(there, drawing=store.drawing(record_id))


@formats
def test_it_is_read_line_by_line(write: Write) -> None:
    file = exported(write, *(record() for _ in range(1_000)))
    end = file.seek(0, io.SEEK_END)
    file.seek(0)
    next(read(file, "it"))
    assert file.tell() < end / 10


@formats
def test_a_bad_line_is_named_after_those_before_it(write: Write) -> None:
    first, second = record(digit=1), record(digit=1, model="two\nlines")
    text = exported(write, first, second, record(digit=3)).getvalue()
    broken = text.rstrip()[: -len('"}')] if write is export.write_jsonl else text.replace(",3,", ",33,")
    found = read(io.StringIO(broken, newline=""), "mine")
    assert [next(found), next(found)] == [first, second]
    with pytest.raises(DataError, match=rf"^mine, line {3 if write is export.write_jsonl else 5}: "):
        next(found)


@pytest.mark.parametrize(
    ("changes", "says"),
    [
        ({"id": "0b5c2a3e-6f0d-4f0e-9b7a-2d7c1c0f4a11"}, "not a time-based UUID"),
        ({"id": 7}, r"\$\.id"),
        ({"digit": 10}, r"\$\.digit"),
        ({"confidence": 1.5}, r"\$\.confidence"),
        ({"probabilities": [1.0]}, r"\$\.probabilities"),
        ({"label": "eight", "labelled_at": "2026-03-14T12:00:00.000Z"}, r"\$\.label"),
        ({"label": 8}, "come together"),
        ({"source": "photo"}, r"\$\.source"),
        ({"drawing": {"strokes": 7}}, "ink"),
        ({"drawing": "!", "source": "picture"}, "base64|padding|characters"),
        ({"drawing": 7, "source": "picture"}, "bytes-like"),
        ({"drawing": b64encode(b"none").decode(), "source": "picture"}, "not a picture we read"),
        ({"drawing": b64encode(png(SHADES)[:-30]).decode(), "source": "picture"}, "damaged"),
        ({"visitor": None}, r"\$\.visitor"),
        ({"model": "\ud800"}, "`model` is no text"),
        ({"label": 8, "labelled_at": "0001-01-01T00:00:00+01:00"}, "`labelled_at` is out of range"),
        ({"label": 8, "labelled_at": "9999-12-31T23:59:59-01:00"}, "`labelled_at` is out of range"),
    ],
)
def test_what_is_no_record(changes: dict[str, object], says: str) -> None:
    line = json.dumps(export.to_json(record()) | changes)
    with pytest.raises(DataError, match=rf"^it, line 2: .*({says})"):
        list(read(io.StringIO(f"\n{line}\n"), "it"))


@formats
@pytest.mark.parametrize(
    ("drawing", "says"),
    [
        ("[" * 100_000, "nested too deeply|`drawing` holds"),
        ("[" * 500 + "]" * 500, "nested too deeply|ink"),
        ("7" * 5_000, "a number of too many digits|`drawing` holds"),
    ],
    ids=["no JSON for its depth", "deep", "a long number"],
)
def test_what_no_parser_reads_is_named_by_its_own_line(write: Write, drawing: str, says: str) -> None:
    good, bad = record(), record(drawing=b'"here"')
    text = exported(write, good, bad).getvalue()
    text = text.replace('"here"' if write is export.write_jsonl else "here", drawing)
    found = read(io.StringIO(text, newline=""), "it")
    assert next(found) == good
    with pytest.raises(DataError, match=rf"^it, line {2 if write is export.write_jsonl else 3}: .*({says})"):
        next(found)


@pytest.mark.parametrize("text", ["hello", "[1]", "7", "id,digit\n1,2\n", "{", 'id,"'])
def test_what_is_no_export(text: str) -> None:
    with pytest.raises(DataError, match=r"^it, line 1: "):
        list(read(io.StringIO(text), "it"))


def test_a_line_without_end_is_not_read_to_its_end() -> None:
    with pytest.raises(DataError, match="line 1: longer than"):
        list(read(io.StringIO("{" * (MAX_LINE + 1)), "it"))


@formats
def test_bytes_that_are_no_text_are_named_after_what_stands_before_them(write: Write) -> None:
    good, bad = record(), record(model="here")
    data = exported(write, good, bad).getvalue().encode().replace(b"here", b"\xff\xfe")
    text = io.TextIOWrapper(io.BytesIO(data), encoding="utf-8", errors="surrogateescape", newline="")
    found = read(text, "it")
    assert next(found) == good
    with pytest.raises(DataError, match=rf"^it, line {2 if write is export.write_jsonl else 3}: not UTF-8"):
        next(found)


def test_an_empty_export_holds_nothing() -> None:
    assert list(read(io.StringIO(""), "it")) == []
    assert list(read(exported(export.write_csv), "it")) == []


def test_batches_are_bounded_by_number_and_by_size() -> None:
    small = [record() for _ in range(MAX_BATCH + 1)]
    large = [record(drawing=bytes(3_000_000)) for _ in range(3)]
    assert [len(batch) for batch in batches(small)] == [MAX_BATCH, 1]
    assert [len(batch) for batch in batches(large)] == [1, 1, 1]
    assert list(batches([])) == []
