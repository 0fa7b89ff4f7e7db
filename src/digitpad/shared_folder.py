"""A folder that the workers of one running server share, for request counts and metrics.

`digitpad serve` creates it before starting them and removes it when it stops. What must outlive the server is kept
elsewhere: see the setting `state`.
"""

from __future__ import annotations

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Final

VARIABLE: Final = "PROMETHEUS_MULTIPROC_DIR"  # prometheus_client reads it too


@contextmanager
def made() -> Iterator[Path]:
    """Create the folder for the duration of the block; processes started in the block learn of it."""
    with tempfile.TemporaryDirectory(prefix="digitpad-", ignore_cleanup_errors=True) as folder:
        os.environ[VARIABLE] = folder
        yield Path(folder)


def path() -> Path | None:
    """The running server's folder; None where there is a single process."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None
