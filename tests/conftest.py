"""Fixtures that tests in more than one folder use."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import hypothesis
import pytest
from playwright.sync_api import Playwright, sync_playwright

from digitpad import Recognizer
from tests.cassandra.fixtures import cassandra, own_node
from tests.figures import pytest_sessionfinish, pytest_terminal_summary, pytest_testnodedown
from tests.server import Server

hypothesis.settings.register_profile("digitpad", deadline=None)  # a busy machine is not a failure
hypothesis.settings.load_profile("digitpad")

__all__ = [
    "cassandra",
    "own_node",
    "pytest_sessionfinish",
    "pytest_terminal_summary",
    "pytest_testnodedown",
    "recognizer",
    "server",
]


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, help="of a run in tests/faults that is to be run again")
    parser.addoption("--cases", type=int, default=30, help="requests right, and as many wrong, for each door")


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep what a test records, and an outbox that it forgets to name, out of the user's own folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """What drives a browser; there can be one only."""
    with sync_playwright() as playwright:
        yield playwright


@pytest.fixture(scope="session")
def recognizer() -> Recognizer:
    """The packaged model."""
    return Recognizer.load()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A real server with the packaged model and a SQLite store."""
    with Server(tmp_path_factory.mktemp("server")) as server:
        yield server
