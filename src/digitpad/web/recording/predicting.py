"""Predicts, records before the answer is sent, and keeps later corrections."""

from __future__ import annotations

import logging
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from uuid import UUID

from flask import current_app

from digitpad import picture
from digitpad.errors import StoreError, StoreUnavailable
from digitpad.ink import Ink
from digitpad.picture import GreyArray
from digitpad.recognizer import Prediction, Recognizer
from digitpad.records import Label, Record, Source, Store, timeuuid
from digitpad.records.features import Features
from digitpad.web import meters
from digitpad.web.recording import idempotency
from digitpad.web.recording.idempotency import Claim

log = logging.getLogger(__name__)


class Predictor:
    """A recognizer and the store in which its answers are kept."""

    def __init__(self, recognizer: Recognizer, store: Store) -> None:
        self.recognizer = recognizer
        self.store = store

    def read(self, drawings: Sequence[Ink | GreyArray]) -> list[Prediction]:
        """Read drawings together; the answers come in their order."""
        predictions = self.recognizer.predict_many(drawings)
        meters.count_predictions(predictions)
        return predictions

    def records(
        self,
        drawings: Sequence[Ink | GreyArray],
        predictions: Sequence[Prediction],
        visitor: UUID,
        claim: Claim | None = None,
    ) -> list[Record]:
        """Make the records of predictions, without keeping them. Their ids are new, or those of the claim."""
        ids = claim.ids(len(drawings)) if claim else [timeuuid.new() for _ in drawings]
        return [
            Record(
                id=record_id,
                digit=prediction.digit,
                confidence=prediction.confidence,
                p_digit=prediction.p_digit,
                probabilities=prediction.probabilities,
                model=self.recognizer.card.version,
                visitor=visitor,
                source=source_of(drawing),
                drawing=drawing.to_json() if isinstance(drawing, Ink) else picture.to_png(drawing),
                features=Features.of(prediction.features, self.recognizer.card.version),
            )
            for record_id, drawing, prediction in zip(ids, drawings, predictions, strict=True)
        ]

    def keep_once(
        self,
        body: bytes,
        drawings: Sequence[Ink | GreyArray],
        predictions: Sequence[Prediction],
        visitor: UUID,
    ) -> list[Record | None] | None:
        """Keep the predictions of the request with this `body`, only once if it has an Idempotency-Key.

        :returns: as `keep` does. If the key cannot be stored, nothing is recorded: it could be recorded twice
        :raises BadIdempotencyKey, IdempotencyKeyReused: see `idempotency.claim_of`
        :raises StoreUnavailable: others are writing; trying again will help
        """
        try:
            claim = idempotency.claim_of(body)
        except StoreUnavailable:
            raise
        except StoreError as error:
            _not_kept(len(predictions), error)
            return None
        return self.keep(self.records(drawings, predictions, visitor, claim), claim)

    def keep(self, records: Sequence[Record], claim: Claim | None = None) -> list[Record | None] | None:
        """Keep `records` for good, in one write.

        :returns: the records as kept; for a repeated claim, as they were kept the first time, with None for each
            that was removed since. None instead of a list if the store fails; the log says why
        """
        try:
            if claim is None or not claim.repeated:
                self.store.add(records)
                kept: list[Record | None] = list(records)
            else:
                kept = self._keep_again(records)
        except StoreError as error:
            _not_kept(len(records), error)
            return None
        meters.RECORDINGS.labels("kept").inc(len(records))
        return kept

    def check(self) -> list[str]:
        """Return if what is drawn on the page can be recorded now, else raise StoreError; see `Store.check`."""
        remarks = self.store.check()
        idempotency.check()
        return remarks

    def correct(self, record: Record, label: Label) -> None:
        """Keep a person's correction as the newest."""
        self.store.label(record.id, label, _now_after(record.labelled_at))

    def _keep_again(self, records: Sequence[Record]) -> list[Record | None]:
        """Keep what is missing: the first request may have been cut short before it recorded."""
        kept = [self.store.get(record.id) for record in records]
        self.store.add([record for record, there in zip(records, kept, strict=True) if there is None])
        return [there or self.store.get(record.id) for record, there in zip(records, kept, strict=True)]


def _now_after(earlier: datetime | None) -> datetime:
    """The current time, or just after `earlier`: even if the clock was set back, the newest correction must win."""
    now = datetime.now(UTC)
    return now if earlier is None else max(now, earlier + timedelta(milliseconds=1))


def _not_kept(number: int, error: StoreError) -> None:
    meters.RECORDINGS.labels("failed").inc(number)
    log.error("%d predictions were not recorded: %s", number, error)


def source_of(drawing: Ink | GreyArray) -> Source:
    """Whether a drawing came as ink or as a picture."""
    return "ink" if isinstance(drawing, Ink) else "picture"


def predictor() -> Predictor:
    """The running application's predictor."""
    result: Predictor = current_app.extensions["predictor"]
    return result
