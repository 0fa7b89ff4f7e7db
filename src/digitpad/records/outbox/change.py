"""A change that has to reach the other store: a record as it is after all that was done to it so far.

Changes to one record do not queue up behind each other: they merge, because each of them carries a date of
its own and a removal is for good. What is sent is the present state, as often as need be.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from digitpad.records.record import Record

Kind = Literal["add", "label", "remove"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One record and what has to be sent of it."""

    record: Record
    """With its drawing where it is read to be sent."""
    kind: Kind
    """`add`: all of it; `label`: the correction, of a record that is there already; `remove`: that it is gone."""
    removed_at: int = 0
    """In microseconds since 1970."""
    number: int = 0
    """Of its last change: what was sent under another number has changed meanwhile."""
    waits: bool = True
    """Whether it has yet to be sent, or was sent a moment ago."""


def with_newer_correction(one: Record, other: Record) -> Record:
    """`one` with the newer of two corrections; of two in one millisecond the greater, as both stores keep it."""

    def age(record: Record) -> tuple[float, str]:
        return (record.labelled_at.timestamp() if record.labelled_at else float("-inf"), str(record.label))

    return max(replace(other, drawing=one.drawing), one, key=age)
