"""Changes from the outbox as statements: one unlogged batch for each partition that they touch.

A logged batch, which takes effect as a whole, costs Cassandra twice as much. What comes from the outbox need not
be whole at once: the outbox repeats it until all of it is acknowledged.
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
    """The rows whose days and months have to be noted before they are written."""
    return [values(record) for record in new(changes)]


def new(changes: Sequence[Change]) -> list[Record]:
    """The records that are written."""
    return [change.record for change in changes if change.kind == "add"]


def gone(changes: Sequence[Change]) -> list[dict[str, Any]]:
    """What is written of the removals, by id."""
    return [_removal(change) for change in changes if change.kind == "remove"]


def drawings(changes: Sequence[Change]) -> list[Statement]:
    """What goes first, so that a record that can be seen is whole: each a partition of its own."""
    return [
        ("add_drawing", values(change.record))
        for change in changes
        if change.kind == "add" and change.record.drawing is not None
    ] + [("remove_drawing", row) for row in gone(changes)]


def partitions(changes: Sequence[Change]) -> list[list[Statement]]:
    """The rest, by the partitions of both listings."""
    batches: dict[tuple[object, ...], list[Statement]] = defaultdict(list)
    for change in changes:
        for listing, of_visitor, row in _statements(change):
            batches["day", row["day"], row["shard"]].append((listing, row))
            batches["month", row["visitor"], row["month"]].append((of_visitor, row))
    return list(batches.values())


def _statements(change: Change) -> Iterable[tuple[str, str, dict[str, Any]]]:
    """The names of a statement for each listing, and what is bound to both."""
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
