"""A record as a row of SQLite: the columns of `record_data` in `schema.sql`, and of `change` in `outbox.sql`."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

import msgspec

from digitpad.errors import StoreError
from digitpad.records import timeuuid
from digitpad.records.record import LABELS, Record, iso, to_millisecond

LISTED: Final = "id, digit, confidence, p_digit, probabilities, model, visitor, source, label, labelled_at"
"""The columns that `from_row` takes, in its order."""


def to_row(record: Record) -> tuple[object, ...]:
    """All columns of a record, in the tables' order: its key, its id, its date, and the rest."""
    return (
        timeuuid.sort_key(timeuuid.require(record.id)),
        str(record.id),
        iso(record.recorded_at),
        record.digit,
        record.confidence,
        record.p_digit,
        msgspec.json.encode(record.probabilities).decode(),
        record.model,
        str(record.visitor),
        record.source,
        None if record.label is None else str(record.label),
        None if record.labelled_at is None else iso(to_millisecond(record.labelled_at)),
    )


def narrowed(before: UUID | None, visitor: UUID | None) -> tuple[list[str], tuple[object, ...]]:
    """The conditions for `Store.newest` and `Store.similar`, and the values to bind.

    :raises ValueError: `before` is not time-based
    """
    conditions = {
        "key < ?": None if before is None else timeuuid.sort_key(timeuuid.require(before)),
        "visitor = ?": None if visitor is None else str(visitor),
    }
    given = {condition: value for condition, value in conditions.items() if value is not None}
    return [*given], tuple(given.values())


def from_row(row: Sequence[Any], drawing: bytes | None = None) -> Record:
    """The record in a row with the columns `LISTED`.

    :raises StoreError: a column is damaged, which SQLite does not notice
    """
    record_id, digit, confidence, p_digit, probabilities, model, visitor, source, label, labelled_at = row
    try:
        return Record(
            id=UUID(record_id),
            digit=digit,
            confidence=confidence,
            p_digit=p_digit,
            probabilities=msgspec.json.decode(probabilities, type=tuple[float, ...]),
            model=model,
            visitor=UUID(visitor),
            source=source,
            drawing=drawing,
            label=None if label is None else LABELS[label],
            labelled_at=None if labelled_at is None else datetime.fromisoformat(labelled_at),
        )
    except (ValueError, KeyError, msgspec.DecodeError) as error:
        raise StoreError(f"the record {record_id} is damaged: {error}") from error
