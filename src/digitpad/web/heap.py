"""One heap for all threads of a worker.

glibc gives each thread that asks at a busy moment a heap of its own, up to eight a core, and each keeps the memory of
the largest picture or batch that it once held. The interpreter's lock lets one thread ask at a time anyhow.
"""

from __future__ import annotations

import ctypes
import sys
from typing import Final

_ARENA_MAX: Final = -8  # M_ARENA_MAX in glibc's malloc.h


def share() -> None:
    """Let all threads that are yet to come share one. Elsewhere than with glibc this changes nothing."""
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(_ARENA_MAX, 1)
