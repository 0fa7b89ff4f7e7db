"""Changes from the outbox as statements: one unlogged batch for each partition that they touch.

A logged batch, which is atomic, costs Cassandra twice as much. Changes from the outbox need not be atomic: the
outbox repeats them until all of them are acknowledged.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any

from digitpad.records.cassandra.layout import corrected, removal, values, where
from digitpad.records.cassandra.statements import Statement
from digitpad.records.outbox.change import Change
from digitpad.records.record import Record


def rows_to_note(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """The rows whose days and months have to be noted before the rows are written."""
    return [values(record) for record in new(changes)]


def new(changes: Sequence[Change]) -> list[Record]:
    """The records to add."""
    return [change.record for change in changes if change.kind == "add"]


def gone(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """The values to write for the removals."""
    return [_removal(change) for change in changes if change.kind == "remove"]


def drawings(changes: Sequence[Change]) -> list[Statement]:
    """The statements that go first, so that every visible record is complete; each drawing is its own partition."""
    return [
        ("add_drawing", values(change.record))
        for change in changes
        if change.kind == "add" and change.record.drawing is not None
    ] + [("remove_drawing", row) for row in gone(changes)]


def partitions(changes: Sequence[Change]) -> list[list[Statement]]:
    """The other statements, grouped by the partitions of both listings."""
    batches: dict[tuple[object, ...], list[Statement]] = defaultdict(list)
    for change in changes:
        for listing, of_visitor, row in _statements(change):
            batches["day", row["day"], row["shard"]].append((listing, row))
            batches["month", row["visitor"], row["month"]].append((of_visitor, row))
    return list(batches.values())


def _statements(change: Change) -> Iterable[tuple[str, str, dict[str, Any]]]:
    """For each write, the names of its statements in the two listings, and the values to bind to both."""
    record = change.record
    if change.kind == "remove":
        yield "remove", "remove_from_visitor", _removal(change)
        return
    if change.kind == "add":
        yield "add", "add_to_visitor", values(record)
    if row := corrected(record):
        yield "label", "label_of_visitor", row


def _removal(change: Change) -> dict[str, Any]:
    record = change.record
    return {**where(record.id), "visitor": record.visitor, **removal(record, change.removed_at)}
