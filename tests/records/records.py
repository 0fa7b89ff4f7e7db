"""Plausible records for tests, of any moment."""

from __future__ import annotations

import random
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import numpy as np

from digitpad.records import Record, timeuuid
from digitpad.records.features import Features

VISITOR = uuid4()
NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)


def id_at(moment: datetime, low: int | None = None) -> UUID:
    """A time-based UUID of `moment`, with random low bits unless given."""
    micros = (moment - datetime(1970, 1, 1, tzinfo=UTC)) // timedelta(microseconds=1)
    low = random.getrandbits(62) if low is None else low
    return timeuuid.build(timeuuid.GREGORIAN + micros * 10, 0x8000 << 48 | low)


def features(*values: float, model: str = "2026.11") -> Features:
    """Features of a model that has eight; arbitrary ones unless given."""
    some = values or [random.gauss() for _ in range(8)]
    found = Features.of(np.array(some, np.float32), model)
    assert found is not None
    return found


def record(**changes: Any) -> Record:
    """A record of the present moment, with `changes`."""
    digit = changes.get("digit", random.randrange(10))
    fields: dict[str, Any] = {
        "id": timeuuid.new(),
        "digit": digit,
        "confidence": 0.987_654_321_012_345_6,
        "p_digit": 0.999,
        "probabilities": tuple(0.91 if n == digit else 0.01 for n in range(10)),
        "model": "2026.11",
        "visitor": VISITOR,
        "source": "ink",
        "drawing": b'{"strokes":[[[1,2],[3,4.5]]]}',
        "features": features(),
    }
    return Record(**fields | changes)


def listed(kept: Record) -> Record:
    """`kept` as a listing shows it: without its drawing and its features."""
    return replace(kept, drawing=None, features=None)
