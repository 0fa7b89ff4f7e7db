"""A bounded memory of what was done recently, so that it need not be done again at once."""

from __future__ import annotations

import threading
import time
from collections import OrderedDict
from collections.abc import Hashable


class Recent:
    """The last `size` keys, each remembered for `seconds`. Thread-safe."""

    def __init__(self, size: int, seconds: float) -> None:
        """Remember nothing yet."""
        self._size = size
        self._seconds = seconds
        self._until: OrderedDict[Hashable, float] = OrderedDict()
        self._lock = threading.Lock()

    def __contains__(self, key: Hashable) -> bool:
        with self._lock:
            return self._until.get(key, 0.0) > time.monotonic()

    def add(self, key: Hashable) -> None:
        """Remember `key` from now on, and forget the oldest keys if there are too many."""
        with self._lock:
            self._until[key] = time.monotonic() + self._seconds
            self._until.move_to_end(key)
            while len(self._until) > self._size:
                self._until.popitem(last=False)

    def clear(self) -> None:
        """Forget all keys."""
        with self._lock:
            self._until.clear()
