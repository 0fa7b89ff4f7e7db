"""Who asks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from tests.server import Server
from tests.web.asking import new_visitor

TOKEN = "open sesame"


@pytest.fixture
def visitor() -> dict[str, str]:
    """The headers of somebody who was never here before."""
    return new_visitor()


@pytest.fixture
def operator() -> dict[str, str]:
    """The headers of the operator of `guarded`."""
    return {"Authorization": f"Bearer {TOKEN}"}


@pytest.fixture(scope="session")
def guarded(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with an operator's token."""
    environment = {"DIGITPAD_OPERATOR_TOKEN": TOKEN}
    with Server(tmp_path_factory.mktemp("guarded"), environment=environment) as server:
        yield server
