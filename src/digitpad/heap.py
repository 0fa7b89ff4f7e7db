"""Saves the memory that allocators hold for idle threads: a worker has some hundred, nearly all of them idle.

Two allocators give each thread memory of its own: glibc's, for Python and its libraries, and jemalloc, built into
granian, for bodies and answers. That suits programs whose threads all work at once, but here the interpreter's lock
lets only one work at a time. With shared heaps two workers take 40 MB less after 200 connections (docs/performance.md).
"""

from __future__ import annotations

import ctypes
import os
import sys
from typing import Final

JEMALLOC: Final = "_RJEM_MALLOC_CONF"
"""The variable that granian's jemalloc reads when loaded (its manual, “Tuning”); `_RJEM_` is the prefix in Rust."""
_ONE_FOR_ALL: Final = "narenas:1,tcache:false,dirty_decay_ms:1000,muzzy_decay_ms:0"
_ARENA_MAX: Final = -8  # M_ARENA_MAX in glibc's malloc.h


def share_granian() -> None:
    """Let the server's threads share one heap. To be called before granian is imported; its workers inherit it."""
    os.environ.setdefault(JEMALLOC, _ONE_FOR_ALL)


def share_python() -> None:
    """Let all threads that this process starts from now on share one heap. Without glibc this changes nothing.

    glibc gives a thread that asks at a busy moment a heap of its own, up to eight per core, and each heap keeps the
    memory of the largest picture or batch that it ever held.
    """
    if sys.platform == "linux" and (mallopt := getattr(ctypes.CDLL(None), "mallopt", None)):
        mallopt(_ARENA_MAX, 1)
