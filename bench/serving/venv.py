"""The peers' own virtual environment, made from peers.txt when it is missing or out of date."""

from __future__ import annotations

import hashlib
import subprocess
import sys
import venv
from pathlib import Path
from typing import Final

HERE: Final = Path(__file__).parent
FOLDER: Final = HERE / ".venv"
BIN: Final = FOLDER / "bin"
LOCKED: Final = HERE / "peers.txt"


def make() -> None:
    """Install the peers, about 400 MB, unless they are already installed.

    :raises subprocess.CalledProcessError: pip failed
    """
    stamp = FOLDER / "installed"
    wanted = hashlib.sha256(LOCKED.read_bytes()).hexdigest()
    if stamp.exists() and stamp.read_text() == wanted:
        return
    print(f"Installing the peers from {LOCKED.name} into {FOLDER.name} …", file=sys.stderr)
    venv.create(FOLDER, clear=True, with_pip=True)
    pip = [str(BIN / "python"), "-m", "pip", "--disable-pip-version-check", "install"]
    subprocess.run([*pip, "--quiet", "--require-hashes", "-r", str(LOCKED)], check=True)
    stamp.write_text(wanted)
