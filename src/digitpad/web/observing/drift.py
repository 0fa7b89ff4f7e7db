"""Drift: whether what people draw today still looks like what the model was measured on.

There are two indicators, from the records of the last hours. Confidence is calibrated, so its mean should equal the
accuracy on the model card. Each digit should make up about a tenth, as in MNIST.
"""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Final

from prometheus_client.metrics_core import GaugeMetricFamily, Metric

from digitpad.errors import StoreError
from digitpad.model_card import ModelCard
from digitpad.records import Record, Store, timeuuid

HOURS: Final = 6
RECORDS: Final = 1_000  # at most, the newest: enough to know a share to within about 1.5 %
REMEMBERED: Final = 60.0  # seconds for which the figures are cached
REFERENCE: Final = "MNIST test set"  # the card's accuracy to compare confidence with


@dataclass(frozen=True, slots=True)
class LastHours:
    """What was read in the last hours."""

    records: int = 0
    digits: Counter[int] = field(default_factory=Counter)
    """How often each digit was read; refused drawings are left out."""
    confidence: float | None = None
    """The mean over the digits read; None if there are none."""

    @classmethod
    def of(cls, records: list[Record]) -> LastHours:
        """Sum up `records`."""
        read = [record for record in records if record.digit is not None]
        return cls(
            len(records),
            Counter(record.digit for record in read if record.digit is not None),
            sum(record.confidence for record in read) / len(read) if read else None,
        )

    @property
    def from_a_tenth_each(self) -> float | None:
        """The share that would have to be other digits for a tenth each: total variation distance, 0 to 0.9."""
        total = self.digits.total()
        return sum(abs(self.digits[d] / total - 0.1) for d in range(10)) / 2 if total else None


class Drift:
    """The figures, recomputed at most once a minute. Thread-safe."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._until = 0.0
        self._recent = LastHours()

    def families(self, store: Store, card: ModelCard) -> Iterator[Metric]:
        """The figures as Prometheus metrics; what is unknown at the moment is left out."""
        recent = self._look(store)
        yield GaugeMetricFamily(
            "digitpad_recent_predictions",
            f"Predictions recorded in the last {HOURS} hours, {RECORDS} at most: what the next figures rest on.",
            value=recent.records,
        )
        shares = GaugeMetricFamily(
            "digitpad_recent_share", "The share of each digit among those.", labels=["digit"]
        )
        for digit in range(10) if recent.digits else ():
            shares.add_metric([str(digit)], recent.digits[digit] / recent.digits.total())
        yield shares
        yield _gauge("digitpad_recent_confidence", "Their mean confidence.", recent.confidence)
        yield _gauge(
            "digitpad_expected_confidence",
            f"What it should be: the model card's accuracy on {REFERENCE}.",
            card.accuracy.get(REFERENCE),
        )
        yield _gauge(
            "digitpad_drift_of_digits",
            "Which share of the digits would have to be others for a tenth each.",
            recent.from_a_tenth_each,
        )

    def _look(self, store: Store) -> LastHours:
        with self._lock:
            if time.monotonic() >= self._until:
                since = datetime.now(UTC) - timedelta(hours=HOURS)
                try:
                    newest = store.newest(RECORDS, before=timeuuid.new())  # a clock may have been ahead
                except StoreError:
                    return LastHours()
                self._recent = LastHours.of([record for record in newest if record.recorded_at >= since])
                self._until = time.monotonic() + REMEMBERED
            return self._recent


def _gauge(name: str, meaning: str, value: float | None) -> GaugeMetricFamily:
    """One figure; without a sample if `value` is None."""
    return GaugeMetricFamily(name, meaning, value=value)
