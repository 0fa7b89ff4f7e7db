"""Predict, and record before the answer goes out."""

from __future__ import annotations

import logging
from uuid import UUID

from flask import current_app

from digitpad import picture
from digitpad.errors import StoreError
from digitpad.ink import Ink
from digitpad.picture import GreyArray
from digitpad.recognizer import Prediction, Recognizer
from digitpad.records import Record, Store, timeuuid

log = logging.getLogger(__name__)


class Predictor:
    """A recognizer and the store in which its answers are kept."""

    def __init__(self, recognizer: Recognizer, store: Store) -> None:
        self.recognizer = recognizer
        self.store = store

    def record(self, drawing: Ink | GreyArray, prediction: Prediction, visitor: UUID) -> Record | None:
        """Keep `prediction` for good; None where it could not be kept, which the log explains."""
        record = Record(
            id=timeuuid.new(),
            digit=prediction.digit,
            confidence=prediction.confidence,
            p_digit=prediction.p_digit,
            probabilities=prediction.probabilities,
            model=self.recognizer.card.version,
            visitor=visitor,
            source="ink" if isinstance(drawing, Ink) else "picture",
            drawing=drawing.to_json() if isinstance(drawing, Ink) else picture.to_png(drawing),
        )
        try:
            self.store.add([record])
        except StoreError as error:
            log.error("a prediction was not recorded: %s", error)
            return None
        return record


def predictor() -> Predictor:
    """The running application's predictor."""
    result: Predictor = current_app.extensions["predictor"]
    return result
