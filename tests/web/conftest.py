"""The callers: visitors and the operator."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.figures import figures_of
from tests.server import Server
from tests.web.as_operator import TOKEN, cookie_of, log_in
from tests.web.asking import PREDICTIONS, SEVEN, new_visitor


@pytest.fixture(scope="session")
def sent(pytestconfig: pytest.Config) -> dict[str, str]:
    """How many requests were made from the API's description, by caller; printed at the end."""
    return figures_of(pytestconfig, "requests made from /openapi.json by schemathesis")


@pytest.fixture
def visitor() -> dict[str, str]:
    """The headers of a new visitor."""
    return new_visitor()


@pytest.fixture
def operator() -> dict[str, str]:
    """The headers of the operator of `guarded`."""
    return {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an operator's token that trusts one proxy, so that guesses can come from many addresses."""
    environment = {"DIGITPAD_OPERATOR_TOKEN": TOKEN, "DIGITPAD_PROXIES": "1"}
    with Server(tmp_path_factory.mktemp("guarded"), environment=environment) as server:
        yield server


@pytest.fixture
def guarded_alone(tmp_path: Path) -> Iterator[Server]:
    """A server with a token that trusts one proxy and has had no wrong guesses."""
    environment = {"DIGITPAD_OPERATOR_TOKEN": TOKEN, "DIGITPAD_PROXIES": "1"}
    with Server(tmp_path, environment=environment, options=("--workers", "2")) as server:
        yield server


@pytest.fixture(scope="session")
def session_cookie(guarded: Server) -> dict[str, str]:
    """The headers of a logged-in operator of `guarded`."""
    return {"Cookie": cookie_of(log_in(guarded))}


@pytest.fixture
def made(guarded: Server, visitor: dict[str, str]) -> str:
    """The id of a record that the visitor has made at `guarded`."""
    return str(guarded.request("POST", PREDICTIONS, SEVEN, visitor).json()["id"])
