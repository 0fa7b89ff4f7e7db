"""Time-based UUIDs (RFC 9562, version 1) as Cassandra's type `timeuuid` sorts them."""

from __future__ import annotations

import os
import secrets
import threading
import time
from datetime import UTC, date, datetime, timedelta
from typing import Final
from uuid import UUID

GREGORIAN: Final = 0x01B21DD213814000  # 100 ns steps from 1582-10-15 to 1970-01-01 (RFC 9562, section 5.1)
TICKS_PER_MS: Final = 10_000
LAST_TICK: Final = (1 << 60) - 1
_EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SIGN_BITS: Final = 0x8080808080808080
_VARIANT: Final = 1 << 63  # RFC 9562, section 4.1
_MULTICAST: Final = 1 << 40


class _Clock:
    """Never gives the same tick twice; takes a new clock sequence if the time jumps back. The node is random."""

    def __init__(self) -> None:
        self.begin()

    def begin(self) -> None:
        """Start as a new clock, unlike any before."""
        self._lock = threading.Lock()
        self._last = 0
        self._sequence = secrets.randbits(14)
        self._node = secrets.randbits(48)

    def new(self) -> UUID:
        now = time.time_ns() // 100 + GREGORIAN
        with self._lock:
            if now <= self._last:
                if self._last - now > 10 * TICKS_PER_MS:
                    self._sequence = (self._sequence + 1) & 0x3FFF
                else:
                    now = self._last + 1
            self._last = now
            sequence = self._sequence
        return with_rest(now, sequence << 48 | self._node)


_clock = _Clock()
if hasattr(os, "register_at_fork"):  # forked worker processes must not share a clock
    os.register_at_fork(after_in_child=_clock.begin)
new = _clock.new
"""A new UUID for this moment, unlike any other from this or another process."""


def build(ticks: int, low: int) -> UUID:
    """A version 1 UUID from `ticks` (100 ns since 1582-10-15) and its low 64 bits (variant, sequence, node)."""
    high = (ticks & 0xFFFFFFFF) << 32 | (ticks >> 32 & 0xFFFF) << 16 | 0x1000 | ticks >> 48 & 0x0FFF
    return UUID(int=high << 64 | low)


def with_rest(ticks: int, rest: int) -> UUID:
    """A version 1 UUID from `ticks` and 62 bits of the caller's in place of clock sequence and node.

    The node's multicast bit is set (RFC 9562, section 6.10): a hardware address would identify the host.
    """
    return build(ticks, _VARIANT | _MULTICAST | rest)


def is_timeuuid(value: UUID) -> bool:
    """Whether `value` is of version 1, and so holds a date."""
    return value.version == 1


def require(value: UUID) -> UUID:
    """Return `value` if it holds a date.

    :raises ValueError: it is not of version 1
    """
    if not is_timeuuid(value):
        raise ValueError(f"{value} is not a time-based UUID (version 1)")
    return value


def microseconds(value: UUID) -> int:
    """The date in `value`, in microseconds since 1970: the unit of Cassandra's write timestamps."""
    return (value.time - GREGORIAN) // 10


def milliseconds(value: UUID) -> int:
    """The date in `value`, in milliseconds since 1970."""
    return (value.time - GREGORIAN) // TICKS_PER_MS


def moment(value: UUID) -> datetime:
    """The date in `value`, in UTC, to the millisecond."""
    return _EPOCH + timedelta(milliseconds=milliseconds(value))


def first_of(day: date) -> UUID:
    """The first possible UUID of a day (UTC) by `sort_key`: all older ones are of earlier days.

    UUIDs cover days from 1582 to 5236; a day before or after gives the first or last moment that there is.
    """
    since = (datetime(day.year, day.month, day.day, tzinfo=UTC) - _EPOCH) // timedelta(milliseconds=1)
    ticks = min(max(GREGORIAN + since * TICKS_PER_MS, 0), LAST_TICK)
    return build(ticks, _SIGN_BITS)


def sort_key(value: UUID) -> bytes:
    """Sixteen bytes that sort as Cassandra sorts timeuuids: by date, then by the rest as signed bytes."""
    return (value.time << 64 | (value.int & 0xFFFFFFFFFFFFFFFF) ^ _SIGN_BITS).to_bytes(16)


def from_sort_key(key: bytes) -> UUID:
    """The UUID whose `sort_key` is `key`."""
    both = int.from_bytes(key)
    return build(both >> 64, (both & 0xFFFFFFFFFFFFFFFF) ^ _SIGN_BITS)
