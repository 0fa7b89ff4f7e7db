"""The fixture `cassandra`: one real node for the whole run, started when the first test asks for it."""

from __future__ import annotations

import os
from collections.abc import Iterator

import pytest

from tests.cassandra.nodes import Nodes, missing


def require_cassandra() -> None:
    """Skip where Java or Maven are missing; fail there on CI, where nothing real may be missing."""
    if lacking := missing():
        if os.environ.get("CI"):
            pytest.fail(lacking)
        pytest.skip(lacking)


@pytest.fixture(scope="session")
def cassandra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """A Cassandra of one node. Use a keyspace of your own: `cassandra.url("a_name")`."""
    require_cassandra()
    with Nodes(tmp_path_factory.mktemp("cassandra")) as nodes:
        yield nodes.start()
