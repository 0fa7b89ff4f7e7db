"""Computing a model's features of recorded drawings: of one to compare, and of all that lack them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from digitpad.errors import BadDrawing
from digitpad.forms import Sight, to_sight
from digitpad.ink import Ink
from digitpad.recognizer import Recognizer
from digitpad.records.features import Features
from digitpad.records.record import Record


def describe(recognizer: Recognizer, records: Iterable[Record]) -> dict[UUID, Features]:
    """The features of `records` by id; records without a drawing, or with an unreadable one, are left out."""
    sights = {record.id: sight for record in records if (sight := sight_of(record)) is not None}
    found = {}
    for record_id, prediction in zip(sights, recognizer.predict_sights(list(sights.values())), strict=True):
        if features := Features.of(prediction.features, recognizer.card.version):
            found[record_id] = features
    return found


def sight_of(record: Record) -> Sight | None:
    """What the network sees of a record's drawing; None if there is none or it cannot be read."""
    if record.drawing is None:
        return None
    try:
        return to_sight(Ink.from_json(record.drawing) if record.source == "ink" else record.drawing)
    except BadDrawing:
        return None
