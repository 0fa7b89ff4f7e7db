"""Standard input, which the parent process may have closed."""

from __future__ import annotations

import errno
import sys
from typing import TextIO


def standard_input() -> TextIO:
    """Standard input as text; its `buffer` has the bytes.

    :raises OSError: it is closed
    """
    if sys.stdin is None:
        raise OSError(errno.EBADF, "standard input is closed")
    return sys.stdin
