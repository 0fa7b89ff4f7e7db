"""The page's pure functions, tested by Node's own test runner."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path

import pytest

from tests.needs import missing

HERE = Path(__file__).parent


@pytest.mark.parametrize("tests", sorted(HERE.glob("*.test.js")), ids=lambda path: path.stem)
def test_pure_functions(tests: Path) -> None:
    node = shutil.which("node")
    if node is None:
        missing("no Node on this machine: install the package nodejs")
    run = subprocess.run([node, "--test", tests], capture_output=True, text=True, timeout=60, check=False)
    assert run.returncode == 0, run.stdout + run.stderr
