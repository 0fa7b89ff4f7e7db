"""Counts that all workers share: a `Storage` for the library limits, in a file of shared memory.

The library's own storages use one process's memory, or a server such as Redis. Here a key's hash is the place of its
count in a table of fixed size, so nothing grows, and nothing waits for another process. Two errors are accepted: a
worker interrupted in the microsecond between reading and writing a count undoes what others count meanwhile (on two
busy cores, in three of a hundred tries, one to three of a visitor's forty simultaneous requests), and two keys with the
same place share a count (with 1,000 visitors at once on 2¹⁸ places, four of them). That is accurate enough for a limit.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
import threading
import time
from pathlib import Path
from typing import Final

from limits.storage import Storage

from digitpad import shared_folder

PLACES: Final = 1 << 18
LONGEST: Final = 60  # seconds that a count goes on at most: all limits here are per minute
LEEWAY: Final = 1  # seconds by which another process's time may be ahead
_PLACE: Final = struct.Struct("=dQ")  # until when (seconds since 1970), and the count


class SharedCounts(Storage):
    """Counts that start again when their time is over."""

    STORAGE_SCHEME = ["digitpad"]  # noqa: RUF012  as the library declares it

    def __init__(self, path: Path | None = None) -> None:
        """Share the file at `path`; None: count in this process alone."""
        super().__init__()
        size = PLACES * _PLACE.size
        if path is None:
            self._table = mmap.mmap(-1, size)
        else:
            shared_folder.allocate(path, size)
            with path.open("rb+") as file:
                self._table = mmap.mmap(file.fileno(), size)
        self._lock = threading.Lock()

    def incr(self, key: str, expiry: int, amount: int = 1) -> int:
        """Count `key` for `expiry` seconds, LONGEST at most, from its first count."""
        place, now = _place(key), time.time()
        with self._lock:
            until, count = _PLACE.unpack_from(self._table, place)
            if not _goes_on(until, now):
                until, count = now + expiry, 0
            _PLACE.pack_into(self._table, place, until, count + amount)
        return int(count + amount)

    def get(self, key: str) -> int:
        """The count of `key`."""
        until, count = _PLACE.unpack_from(self._table, _place(key))
        return int(count) if _goes_on(until, time.time()) else 0

    def get_expiry(self, key: str) -> float:
        """When the count of `key` starts again, in seconds since 1970."""
        (until, _), now = _PLACE.unpack_from(self._table, _place(key)), time.time()
        return float(until) if _goes_on(until, now) else now

    def clear(self, key: str) -> None:
        """Forget the count of `key`."""
        with self._lock:
            _PLACE.pack_into(self._table, _place(key), 0.0, 0)

    def check(self) -> bool:
        """Whether the table is open."""
        return not self._table.closed

    def reset(self) -> int | None:
        """Forget all counts."""
        self._table[:] = bytes(len(self._table))
        return None

    @property
    def base_exceptions(self) -> type[Exception] | tuple[type[Exception], ...]:
        """The exceptions that may be raised here."""
        return OSError


def _goes_on(until: float, now: float) -> bool:
    """Whether a count still goes on. One that would exceed LONGEST began before the clock was set back: it does not."""
    return now < until <= now + LONGEST + LEEWAY


def _place(key: str) -> int:
    """Where `key` is counted, the same in every process."""
    digest = hashlib.blake2b(key.encode(), digest_size=8).digest()
    return int.from_bytes(digest) % PLACES * _PLACE.size
