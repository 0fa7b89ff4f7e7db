"""Where files belong is asked of the system; a user without a home is told what to do."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from digitpad import folders
from digitpad.errors import SettingError
from digitpad.settings import Settings

XDG = ("XDG_DATA_HOME", "XDG_STATE_HOME", "XDG_CACHE_HOME")


def test_the_systems_convention_decides(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in XDG:
        monkeypatch.setenv(name, str(tmp_path / name))
    assert [folders.data(), folders.state(), folders.cache()] == [
        tmp_path / name / "digitpad" for name in XDG
    ]


def test_without_a_home_only_settings_that_need_one_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("HOME", *XDG):
        monkeypatch.delenv(name, raising=False)
    # As for a user id that the system does not know, such as one given to `docker run --user`.
    monkeypatch.setattr(os.path, "expanduser", lambda path: path)
    with pytest.raises(SettingError, match="set HOME to a folder"):
        Settings.load(environ={})
    given = {"DIGITPAD_STORE": "sqlite:////d/r.db", "DIGITPAD_OUTBOX": "/d/o.db", "DIGITPAD_STATE": "/d"}
    assert Settings.load(environ=given).state == "/d"
