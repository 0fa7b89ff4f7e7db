"""From recorded drawings to their features by a model: for the one that is compared, and for all that lack them."""

from __future__ import annotations

from collections.abc import Iterable
from uuid import UUID

from digitpad.canonical import FloatArray
from digitpad.errors import BadDrawing
from digitpad.forms import to_form
from digitpad.ink import Ink
from digitpad.recognizer import Recognizer
from digitpad.records.features import Features
from digitpad.records.record import Record


def describe(recognizer: Recognizer, records: Iterable[Record]) -> dict[UUID, Features]:
    """The features of `records`, which have their drawings; what has none, or one that cannot be read, is left out."""
    forms = {record.id: form for record in records if (form := form_of(record)) is not None}
    found = {}
    for record_id, prediction in zip(forms, recognizer.predict_forms(list(forms.values())), strict=True):
        if features := Features.of(prediction.features, recognizer.card.version):
            found[record_id] = features
    return found


def form_of(record: Record) -> FloatArray | None:
    """What the network sees of a record's drawing; None where there is none, or none that can be read."""
    if record.drawing is None:
        return None
    try:
        return to_form(Ink.from_json(record.drawing) if record.source == "ink" else record.drawing)
    except BadDrawing:
        return None
