"""Fixtures that tests in more than one folder use."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import hypothesis
import pytest
from playwright.sync_api import Playwright, expect, sync_playwright
from xdist.scheduler import LoadScopeScheduling

from digitpad import Recognizer
from tests.cassandra.fixtures import cassandra, own_node
from tests.figures import pytest_sessionfinish, pytest_terminal_summary, pytest_testnodedown
from tests.server import Server

hypothesis.settings.register_profile(  # a busy machine is not a failure
    "digitpad", deadline=None, suppress_health_check=[hypothesis.HealthCheck.too_slow]
)
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


FIRST = ("docker", "browser", "faults", "records")
"""Folders that take longest, by turns what waits and what computes, so that several processes end together."""


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the slowest tests first."""
    rank = {folder: number for number, folder in enumerate(FIRST)}
    items.sort(key=lambda item: rank.get(item.path.parent.name, len(FIRST)))


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> LoadScopeScheduling:
    """If several processes run the tests, give each of them whole files, in this order."""
    config.option.loadscopereorder = False
    scheduling = LoadScopeScheduling(config, log)
    scheduling._split_scope = shared  # not with xdist's own marks, which pytest 9.2 does not let it pass on
    return scheduling


def shared(nodeid: str) -> str:
    """What tests share that is slow to start: the containers, the faults' machine, a Cassandra, or a file's servers."""
    file = nodeid.partition("::")[0]
    found = re.search("docker|faults|records", file)
    return found[0] if found else file


def pytest_addoption(parser: pytest.Parser) -> None:
    parser.addoption("--seed", type=int, help="of a run in tests/faults that is to be run again")
    parser.addoption(
        "--cases", type=int, default=15, help="requests right, and as many wrong, for each endpoint"
    )


@pytest.fixture(autouse=True)
def data_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep a test's records, and an outbox that it forgets to name, out of the user's own folder."""
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path / "data"))


@pytest.fixture(scope="session")
def playwright() -> Iterator[Playwright]:
    """The browser driver; there can be only one."""
    expect.set_options(timeout=30_000)  # a busy machine is not a failure
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
