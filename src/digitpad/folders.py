"""Where this user's files belong: the places of the system's convention (XDG's on Linux), by platformdirs."""

from __future__ import annotations

import tempfile
from pathlib import Path

from platformdirs import PlatformDirs

from digitpad.errors import SettingError

_DIRS = PlatformDirs("digitpad", appauthor=False)


def data() -> Path:
    """Records and the outbox: what must not be lost. Raises SettingError as all of these do."""
    return _of_this_user("data")


def state() -> Path:
    """What is remembered between runs and could be lost without harm to records."""
    return _of_this_user("state")


def cache() -> Path:
    """What can be fetched again, such as MNIST."""
    return _of_this_user("cache")


def try_to_write(folder: Path) -> None:
    """Make `folder` where it is missing, and write a file that vanishes again.

    :raises OSError: it cannot be made, or written to
    """
    folder.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryFile(dir=folder):
        pass


def _of_this_user(kind: str) -> Path:
    """:raises SettingError: the user has no home, as in a container with a user id of its own."""
    try:
        return Path(getattr(_DIRS, f"user_{kind}_dir"))
    except RuntimeError as error:
        raise SettingError(
            f"where digitpad's {kind} files belong is not known, as this user has no home folder: set HOME to a folder "
            "that it may write to"
        ) from error
