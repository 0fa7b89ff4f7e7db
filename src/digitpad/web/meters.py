"""The counters and histograms that `metrics` shows."""

from __future__ import annotations

import os
from collections.abc import Iterable
from functools import cache
from typing import Final

from prometheus_client import Counter, Histogram

from digitpad import shared_folder
from digitpad.recognizer import Prediction

ROOM: Final = 256 * 1024  # bytes of one file: every endpoint with every status takes 150 kB

if _folder := shared_folder.path():  # the files of prometheus_client, which itself would not allocate them
    for _kind in ("counter", "histogram"):
        shared_folder.allocate(_folder / f"{_kind}_{os.getpid()}.db", ROOM)

REQUESTS: Final = Counter("digitpad_requests", "Requests answered.", ["route", "method", "status"])
SECONDS: Final = Histogram(
    "digitpad_request_seconds",
    "From the request's arrival in a worker to its answer.",
    ["route", "method"],
    buckets=(0.001, 0.0025, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 10),
)
PREDICTIONS: Final = Counter("digitpad_predictions", "Drawings read, by digit or “refused”.", ["digit"])
CONFIDENCE: Final = Histogram(
    "digitpad_confidence",
    "Confidence in the digits read; refusals are not in it.",
    buckets=(0.3, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95, 0.98, 0.99, 0.999, 1),
)
RECORDINGS: Final = Counter("digitpad_recordings", "Records that were kept, or could not be.", ["outcome"])
RECORDINGS.labels("failed")  # 0 from the start: Prometheus sees no increase in a series that begins with 1
TURNED_AWAY: Final = Counter(
    "digitpad_turned_away", "Requests that were refused before or without being worked on.", ["code"]
)


def count_predictions(predictions: Iterable[Prediction]) -> None:
    """Count predictions, and observe the confidence of the digits."""
    for prediction in predictions:
        _of(prediction.digit).inc()
        if prediction.digit is not None:
            CONFIDENCE.observe(prediction.confidence)


@cache
def _of(digit: int | None) -> Counter:
    return PREDICTIONS.labels("refused" if digit is None else str(digit))
