"""What clients asked for and were told: the history that the checker compares with the store."""

from __future__ import annotations

import hashlib
import threading
from dataclasses import dataclass, field
from enum import Enum
from typing import Literal
from uuid import UUID

from digitpad.records import Label

Kind = Literal["predict", "correct", "remove", "look"]


class Outcome(Enum):
    """What a client may conclude from an answer, or from its absence."""

    DONE = "acknowledged"
    REFUSED = "refused"
    """“recorded”: false. Nothing must have come of it."""
    UNREACHED = "not sent"
    """There was nobody to connect to. Nothing can have come of it."""
    UNKNOWN = "unknown"
    """The connection broke, nothing came in time, or a 5xx did: it may have been done, or may yet be."""
    MISSING = "no such record"
    ODD = "odd"
    """An answer that no fault excuses."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Operation:
    """One request of a visitor, who sends one at a time."""

    kind: Kind
    outcome: Outcome
    visitor: UUID
    record: UUID | None = None
    """None for a prediction whose answer never came."""
    drawing: bytes = b""
    """The fingerprint of what was drawn, no two alike."""
    label: Label | None = None
    """The correction that was sent."""
    seen: Label | None = None
    """The correction that the answer shows."""
    note: str = ""
    started: float = 0.0
    """Seconds by the monotonic clock, as `ended`."""
    ended: float = 0.0


@dataclass
class History:
    """All operations, each visitor's in the order of the requests. Several threads fill it."""

    operations: list[Operation] = field(default_factory=list)
    _lock: threading.Lock = field(default_factory=threading.Lock, repr=False)

    def note(self, operation: Operation) -> None:
        with self._lock:
            self.operations.append(operation)

    def so_far(self) -> list[Operation]:
        with self._lock:
            return list(self.operations)


def acknowledged(operations: list[Operation]) -> set[UUID]:
    """The records that must be there: predicted, and nobody has tried to remove them."""
    kept = {each.record for each in operations if each.kind == "predict" and each.outcome is Outcome.DONE}
    gone = {each.record for each in operations if each.kind == "remove"}
    return {record for record in kept - gone if record}


def fingerprint(drawing: bytes | None) -> bytes:
    """Hash a drawing to 16 bytes, as an hour's drawings would not fit into memory."""
    return hashlib.blake2b(drawing or b"", digest_size=16).digest()
