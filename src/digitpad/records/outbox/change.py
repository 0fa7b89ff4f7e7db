"""A change that has to reach the far store: the state of one record after all its changes so far.

Changes to one record do not queue up but merge, because each of them has its own date and a removal is final.
The current state is sent, as often as necessary.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Literal

from digitpad.records.record import Record

Kind = Literal["add", "label", "remove"]


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """One record and which part of it has to be sent."""

    record: Record
    """With its drawing only if it is read to be sent."""
    kind: Kind
    """`add`: all of it; `label`: its correction, as the record is already there; `remove`: its removal."""
    removed_at: int = 0
    """In microseconds since 1970."""
    number: int = 0
    """The number of its last change: if another number was sent, the record has changed meanwhile."""
    waits: bool = True
    """Whether it has yet to be sent; otherwise it was sent a moment ago."""


def with_newer_correction(one: Record, other: Record) -> Record:
    """`one` with the newer of two corrections; in the same millisecond the greater wins, as in both stores."""

    def age(record: Record) -> tuple[float, str]:
        return (record.labelled_at.timestamp() if record.labelled_at else float("-inf"), str(record.label))

    return max(replace(other, drawing=one.drawing), one, key=age)
