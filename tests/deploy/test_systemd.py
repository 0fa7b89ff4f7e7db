"""The unit for systemd, as systemd itself reads it."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path

import pytest

from tests.needs import missing

UNIT = Path(__file__).parents[2] / "deploy" / "digitpad.service"


@pytest.fixture
def unit(tmp_path: Path) -> Path:
    """The unit with a command that exists, as systemd checks for it."""
    if shutil.which("systemd-analyze") is None:
        missing("no systemd-analyze on this machine: install the package systemd")
    path = tmp_path / UNIT.name
    path.write_text(UNIT.read_text().replace("/opt/digitpad/bin/digitpad", "/bin/true"))
    return path


def test_systemd_finds_nothing_wrong(unit: Path) -> None:
    found = subprocess.run(["systemd-analyze", "verify", unit], capture_output=True, text=True, check=False)
    assert (found.returncode, found.stderr) == (0, "")


def test_little_is_exposed(unit: Path) -> None:
    found = subprocess.run(
        ["systemd-analyze", "security", "--offline=true", unit], capture_output=True, text=True, check=True
    )
    level = re.search(r"Overall exposure level for \S+: ([\d.]+)", found.stdout)
    assert level is not None
    assert float(level[1]) < 2  # of 10; a unit that says nothing has 9.6
