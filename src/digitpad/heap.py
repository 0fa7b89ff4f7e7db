"""Little memory held back for threads that wait: a worker has some hundred, nearly all of them idle.

Two allocators give each thread memory of its own, which suits programs whose threads all work at once: glibc's, for
Python and its libraries, and jemalloc, which is built into granian, for bodies and answers. Here the interpreter's lock
lets one thread work at a time anyhow. After 200 connections two workers take 40 MB less so (docs/performance.md).
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Final

JEMALLOC: Final = "_RJEM_MALLOC_CONF"
"""The variable that granian's jemalloc reads as it is loaded: its manual, “Tuning”; `_RJEM_` is its name in Rust."""
_ONE_FOR_ALL: Final = "narenas:1,tcache:false,dirty_decay_ms:1000,muzzy_decay_ms:0"
_ARENA_MAX: Final = -8  # M_ARENA_MAX in glibc's malloc.h


def share_granian() -> None:
    """Let the server's threads share one heap. Before granian is imported; its workers inherit it."""
    os.environ.setdefault(JEMALLOC, _ONE_FOR_ALL)


def share_python() -> None:
    """Let all threads of this process that are yet to come share one. Elsewhere than with glibc this changes nothing.

    glibc gives each thread that asks at a busy moment a heap of its own, up to eight a core, and each keeps the memory
    of the largest picture or batch that it once held.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(_ARENA_MAX, 1)
