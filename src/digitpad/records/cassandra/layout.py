"""How records are stored in the tables of `schema.cql`: partitions, columns, write timestamps, and every statement.

Writes to records have explicit timestamps, so repeating them is harmless in whatever order they arrive:

- a record has the date in its id: writing it again changes nothing;
- a correction has its own date: the newest wins;
- a removal has the current time, or one just after the record's date if a clock was ahead: it wins over the
  record and its corrections even if they are written again later.

A correction that coincides with a removal can leave a row with nothing but a label. A row without `model` is
therefore not a record.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from typing import Any, Final
from uuid import UUID
from zlib import crc32

from cassandra.query import UNSET_VALUE

from digitpad.records import timeuuid
from digitpad.records.record import LABELS, Record, to_millisecond

SHARDS: Final = 8
END_OF_TIME: Final = 253_402_300_799_999  # ms since 1970: the end of the year 9999

_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)

_FIELDS = "confidence, digit, label, labelled_at, model, p_digit, probabilities, source"
_LISTED = f"id, visitor, {_FIELDS}"
_IN_DAY = "day = :day AND shard = :shard"
_IN_MONTH = "visitor = :visitor AND month = :month"
_ONE = "recorded_at = :recorded_at AND id = :id"
_BEFORE = "(recorded_at, id) < (:recorded_at, :id)"
_INSERTED = "recorded_at, id, confidence, digit, model, p_digit, probabilities, source"
_VALUES = ":recorded_at, :id, :confidence, :digit, :model, :p_digit, :probabilities, :source"
_CORRECTION = "USING TIMESTAMP :timestamp SET label = :label, labelled_at = :labelled_at"
_REMOVAL = "USING TIMESTAMP :timestamp"

STATEMENTS: Final = {
    "add": f"INSERT INTO record_data (day, shard, visitor, {_INSERTED}) "
    f"VALUES (:day, :shard, :visitor, {_VALUES}) USING TIMESTAMP :timestamp",
    "add_to_visitor": f"INSERT INTO record_by_visitor (visitor, month, {_INSERTED}) "
    f"VALUES (:visitor, :month, {_VALUES}) USING TIMESTAMP :timestamp",
    "add_drawing": "INSERT INTO drawing_by_id (id, drawing) VALUES (:id, :drawing) USING TIMESTAMP :timestamp",
    "add_day": "INSERT INTO recorded_day (scope, day) VALUES ('all', :day)",
    "add_month": "INSERT INTO visitor_month (visitor, month) VALUES (:visitor, :month)",
    "label": f"UPDATE record_data {_CORRECTION} WHERE {_IN_DAY} AND {_ONE}",
    "label_of_visitor": f"UPDATE record_by_visitor {_CORRECTION} WHERE {_IN_MONTH} AND {_ONE}",
    "remove": f"DELETE FROM record_data {_REMOVAL} WHERE {_IN_DAY} AND {_ONE}",
    "remove_from_visitor": f"DELETE FROM record_by_visitor {_REMOVAL} WHERE {_IN_MONTH} AND {_ONE}",
    "remove_drawing": f"DELETE FROM drawing_by_id {_REMOVAL} WHERE id = :id",
    "remove_day": f"DELETE FROM record_data {_REMOVAL} WHERE {_IN_DAY}",
    "remove_from_visitor_before": f"DELETE FROM record_by_visitor {_REMOVAL} "
    f"WHERE {_IN_MONTH} AND recorded_at < :recorded_at",
    "unnote_day": f"DELETE FROM recorded_day {_REMOVAL} WHERE scope = 'all' AND day = :day",
    "unnote_month": f"DELETE FROM visitor_month {_REMOVAL} WHERE {_IN_MONTH}",
    "get": f"SELECT {_LISTED} FROM record_data WHERE {_IN_DAY} AND {_ONE}",
    "life": f"SELECT model, visitor, TTL(model) AS expires FROM record_data WHERE {_IN_DAY} AND {_ONE}",
    "drawing": "SELECT drawing FROM drawing_by_id WHERE id = :id",
    "drawings": "SELECT id, drawing FROM drawing_by_id WHERE id IN :ids",
    "days": "SELECT day FROM recorded_day WHERE scope = 'all' AND day <= :day",
    "days_oldest_first": "SELECT day FROM recorded_day WHERE scope = 'all' ORDER BY day ASC",
    "months": "SELECT month FROM visitor_month WHERE visitor = :visitor AND month <= :month",
    "newest": f"SELECT {_LISTED} FROM record_data WHERE {_IN_DAY} AND {_BEFORE}",
    "newest_of_visitor": f"SELECT {_LISTED} FROM record_by_visitor WHERE {_IN_MONTH} AND {_BEFORE}",
    "oldest": f"SELECT {_LISTED} FROM record_data WHERE {_IN_DAY} ORDER BY recorded_at ASC, id ASC",
    "visitors": f"SELECT id, model, visitor FROM record_data WHERE {_IN_DAY}",
    "any_of_visitor": f"SELECT id FROM record_by_visitor WHERE {_IN_MONTH} LIMIT 1",
    "digits": f"SELECT digit, model, TTL(model) AS expires FROM record_data WHERE {_IN_DAY}",
    "counted": "SELECT day, counted FROM recorded_day WHERE scope = 'all'",
    "remember": "UPDATE recorded_day USING TIMESTAMP :timestamp AND TTL :ttl SET counted = :counted "
    "WHERE scope = 'all' AND day = :day",
    "forget": "DELETE counted FROM recorded_day USING TIMESTAMP :timestamp WHERE scope = 'all' AND day = :day",
    "check": "SELECT version FROM schema_version WHERE component = 'records'",
}
"""Every statement by name, prepared once per connection. The tables themselves are sorted newest first."""


def day_of(record_id: UUID) -> date:
    """The day (UTC) whose partitions hold a record."""
    return timeuuid.moment(record_id).date()


def month_of(record_id: UUID) -> str:
    """The month (UTC) whose partition holds a record of its visitor, such as 2026-11."""
    return timeuuid.moment(record_id).strftime("%Y-%m")


def shard_of(record_id: UUID) -> int:
    """Which of the day's partitions holds a record. Uses the whole id: a process's ids differ in only a few bits."""
    return crc32(record_id.bytes) % SHARDS


def where(record_id: UUID) -> dict[str, Any]:
    """The keys of a record in `record_data` and `drawing_by_id`, and its month."""
    return {
        "day": day_of(record_id),
        "shard": shard_of(record_id),
        "month": month_of(record_id),
        "recorded_at": timeuuid.milliseconds(record_id),
        "id": record_id,
    }


def values(record: Record) -> dict[str, Any]:
    """The values to write for a record and its drawing; for its correction, see `corrected`."""
    return {
        **where(timeuuid.require(record.id)),
        # A null would be stored as a tombstone for a value that never existed.
        "digit": UNSET_VALUE if record.digit is None else record.digit,
        "confidence": record.confidence,
        "p_digit": record.p_digit,
        "probabilities": list(record.probabilities),
        "model": record.model,
        "visitor": record.visitor,
        "source": record.source,
        "drawing": record.drawing,
        "timestamp": timeuuid.microseconds(record.id),
    }


def correction(label: object, at: datetime) -> dict[str, Any]:
    """The values to write for a person's correction."""
    at = to_millisecond(at)
    return {"label": str(label), "labelled_at": at, "timestamp": (at - _EPOCH) // timedelta(microseconds=1)}


def corrected(record: Record) -> dict[str, Any]:
    """The keys and values to write for a record's correction; empty if it has none."""
    if record.label is None or record.labelled_at is None:
        return {}
    return {**where(record.id), "visitor": record.visitor, **correction(record.label, record.labelled_at)}


def removal(record: Record, now: int) -> dict[str, Any]:
    """The values to write for a removal at `now`, in microseconds since 1970."""
    newest = timeuuid.microseconds(record.id)
    if record.label is not None and record.labelled_at is not None:
        newest = max(newest, correction(record.label, record.labelled_at)["timestamp"])
    return {"timestamp": max(now, newest + 1)}


def from_row(row: Any) -> Record | None:
    """The record in a listing's row, or None if the row is only a leftover of a correction."""
    if row.model is None:
        return None
    return Record(
        id=row.id,
        digit=row.digit,
        confidence=row.confidence,
        p_digit=row.p_digit,
        probabilities=tuple(row.probabilities),
        model=row.model,
        visitor=row.visitor,
        source=row.source,
        drawing=None,
        label=None if row.label is None else LABELS[row.label],
        labelled_at=row.labelled_at and row.labelled_at.replace(tzinfo=UTC),
    )
