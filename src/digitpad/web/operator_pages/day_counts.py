"""Counts by day, remembered for a while by each worker."""

from __future__ import annotations

import threading
import time
from datetime import date
from typing import Final

from digitpad.records import DayCount, Store

SHARE: Final = 0.05  # of a worker's time that may go into counting days


class DayCounts:
    """Counts by day, remembered for the longer the dearer they were: the present day is counted anew each time.

    For several threads; the second waits for the first and takes what that has counted.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since = date.max
        self._until = 0.0
        self._counts: list[DayCount] = []

    def since(self, store: Store, day: date) -> list[DayCount]:
        """What each day from `day` on has brought.

        :raises StoreError: it cannot be known just now
        """
        with self._lock:
            if day < self._since or time.monotonic() >= self._until:
                began = time.monotonic()
                self._counts, self._since = store.counts(since=day), day
                self._until = time.monotonic() + (time.monotonic() - began) / SHARE
            return self._counts
