"""Our dependencies are locked, may be redistributed, and can be listed."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
from pathlib import Path

import click
import pytest

from tests.supply import __main__ as supply
from tests.supply.__main__ import LOCKS, known_holes, locked, of_licences, of_the_locks

ROOT = Path(__file__).parents[2]


def test_everything_is_locked_with_its_hashes_and_may_be_passed_on() -> None:
    assert len(locked("serve")) > 20
    assert of_the_locks() == []
    assert of_licences() == []


def test_a_lock_with_a_hole_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "requirements"
    folder.mkdir()
    whole = f"flask==3.1.0 \\\n    --hash=sha256:{'0' * 64}\n    # via digitpad\n"
    for lock in LOCKS:
        (folder / f"{lock}.txt").write_text(whole)
    monkeypatch.setattr(supply, "ROOT", tmp_path)
    assert of_the_locks() == []
    (folder / "serve.txt").write_text("--index-url https://example.org\nflask==3.1.0\n".partition("\n")[2])
    assert of_the_locks() == ["requirements/serve.txt: flask has no hash"]
    (folder / "serve.txt").write_text(whole.replace("3.1.0", "3.0.0"))
    assert of_the_locks() == ["requirements/serve.txt: flask 3.0.0, elsewhere 3.1.0"]
    (folder / "serve.txt").write_text("flask @ https://example.org/flask.whl\n")
    with pytest.raises(ValueError, match="pins nothing"):
        of_the_locks()


def test_where_the_advisories_are_out_of_reach_that_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("https_proxy", "HTTPS_PROXY"):
        monkeypatch.setenv(name, "http://127.0.0.1:9")  # where nobody listens
    faults, why = known_holes("serve")
    assert faults == []
    assert why


def test_what_is_no_lock_is_not_taken_for_one_without_holes() -> None:
    with pytest.raises(click.ClickException, match="pip-audit failed"):
        known_holes("nothing")


def test_the_bill_of_materials_is_whole(tmp_path: Path) -> None:
    """The command itself checks it against the format's schema."""
    command = [sys.executable, "-m", "tests.supply", "bill", "serve"]
    environment = {**os.environ, "PYTHONPATH": str(ROOT)}
    said = subprocess.run(command, cwd=ROOT, env=environment, capture_output=True, check=True).stdout
    bill = json.loads(said)
    assert bill["bomFormat"] == "CycloneDX"
    assert bill["metadata"]["component"]["name"] == "digitpad"
    held = locked("serve")
    assert {each["name"]: each["version"] for each in bill["components"]} == {
        name: version for name, (version, _) in held.items()
    }
    for each in bill["components"]:
        (reference,) = each["externalReferences"]
        assert len(reference["hashes"]) == held[each["name"]][1]
        assert each["purl"] == f"pkg:pypi/{each['name']}@{each['version']}"


def test_the_scripts_call_what_is_tested_here() -> None:
    assert "-m tests.supply audit" in (ROOT / "scripts" / "lint").read_text()
    assert re.search(r"-m tests\.supply bill", (ROOT / "scripts" / "sbom").read_text())
