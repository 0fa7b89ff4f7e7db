"""Counts that all workers share, each for a minute, in a file of shared memory.

A name's hash is the place of its count in a table of fixed size, so that nothing grows, and nothing waits for another
process. Two workers that count in the same microsecond may lose one, and two names that meet in one place share it:
where 1,000 visitors are there at once, at 2¹⁸ places that happens to four of them. For a limit that is right enough.

No library: what there is keeps counts in one process's memory or in a server such as Redis, and takes 0.1 s to load.
"""

from __future__ import annotations

import hashlib
import mmap
import struct
import threading
import time
from pathlib import Path
from typing import Final

MINUTE: Final = 60.0  # seconds
PLACES: Final = 1 << 18
_PLACE: Final = struct.Struct("=dQ")  # until when (seconds since 1970), and the count


class Counters:
    """Counts by name that begin anew when their minute is over. For several threads."""

    def __init__(self, path: Path | None = None) -> None:
        """Share the file at `path`; None: nobody shares it."""
        size = PLACES * _PLACE.size
        if path is None:
            self._table = mmap.mmap(-1, size)
        else:
            with path.open("ab+") as file:
                file.truncate(size)  # sparse: what is not counted in takes no room
                self._table = mmap.mmap(file.fileno(), size)
        self._lock = threading.Lock()

    def count(self, name: str) -> tuple[int, float]:
        """Count one more of `name`, and say how many it has been within the minute that the first of them began.

        :returns: the count, and when it begins anew, in seconds since 1970
        """
        place, now = _place(name), time.time()
        with self._lock:
            until, count = _PLACE.unpack_from(self._table, place)
            if until <= now:
                until, count = now + MINUTE, 0
            _PLACE.pack_into(self._table, place, until, count + 1)
        return count + 1, until

    def look(self, name: str) -> tuple[int, float]:
        """The same without counting."""
        until, count = _PLACE.unpack_from(self._table, _place(name))
        now = time.time()
        return (count, until) if until > now else (0, now)


def _place(name: str) -> int:
    """Where `name` is counted, the same in every process."""
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return int.from_bytes(digest) % PLACES * _PLACE.size
