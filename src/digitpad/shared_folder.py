"""A folder that the workers of one running server share: counts of requests, and their metrics.

`digitpad serve` makes it before it starts them and removes it when it stops. What must outlive the server lies
elsewhere: see the setting `state`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client looks for it too


@contextmanager
def made() -> Iterator[Path]:
    """Make the folder for the time of the block, and tell processes that are started in it."""
    with tempfile.TemporaryDirectory(prefix="digitpad-", ignore_cleanup_errors=True) as folder:
        os.environ[VARIABLE] = folder
        yield Path(folder)


def path() -> Path | None:
    """The running server's folder; None where there is a single process."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None
