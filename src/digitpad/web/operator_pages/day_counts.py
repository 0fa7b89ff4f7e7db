"""Counts by day, cached for a while by each worker."""

from __future__ import annotations

import threading
import time
from datetime import date
from typing import Final

from digitpad.records import DayCount, Store

SHARE: Final = 0.05  # of a worker's time that counting days may take


class DayCounts:
    """Counts by day, cached the longer the more time they took, since the store counts the present day anew each time.

    Thread-safe: a second thread waits for the first and uses its counts.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._since = date.max
        self._until = 0.0
        self._counts: list[DayCount] = []

    def since(self, store: Store, day: date) -> list[DayCount]:
        """The counts of each day from `day` on.

        :raises StoreError: they cannot be known at the moment
        """
        with self._lock:
            if day < self._since or time.monotonic() >= self._until:
                began = time.monotonic()
                self._counts, self._since = store.counts(since=day), day
                self._until = time.monotonic() + (time.monotonic() - began) / SHARE
            return self._counts
