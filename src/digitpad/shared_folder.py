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
    """Create the folder for the duration of the block; processes started in the block learn of it.

    It is locked meanwhile: systemd-tmpfiles sweeps away what has lain in /tmp for long, but nothing that is locked.
    """
    import fcntl  # noqa: PLC0415  Windows has none, nor this server

    with tempfile.TemporaryDirectory(prefix="digitpad-", ignore_cleanup_errors=True) as folder:
        os.environ[VARIABLE] = folder
        lock = os.open(folder, os.O_RDONLY)
        try:
            fcntl.flock(lock, fcntl.LOCK_SH)
            yield Path(folder)
        finally:
            os.close(lock)


def path() -> Path | None:
    """The running server's folder; None where there is a single process."""
    named = os.environ.get(VARIABLE)
    return Path(named) if named else None


def allocate(path: Path, size: int) -> None:
    """Make the file at `path` at least that long, with room on the disk for all of it.

    A process that writes to mapped memory for which the disk has no room is killed (SIGBUS).

    :raises OSError: there is no room
    """
    with path.open("ab") as file:
        try:
            if hasattr(os, "posix_fallocate"):
                os.posix_fallocate(file.fileno(), 0, size)
            else:  # macOS
                file.truncate(size)
        except OSError as error:
            raise OSError(error.errno, error.strerror, str(path)) from error
