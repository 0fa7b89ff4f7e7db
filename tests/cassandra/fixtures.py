"""The fixtures `cassandra`, one real node for the whole run, and `own_node`, one for a single test."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import needs
from tests.cassandra.nodes import Nodes, missing


def require_cassandra() -> None:
    """Skip where Java or Maven is missing; on CI, where nothing real may be missing, fail."""
    if lacking := missing():
        needs.missing(lacking)


@pytest.fixture(scope="session")
def cassandra(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Nodes]:
    """A single-node Cassandra. Use a keyspace of your own: `cassandra.url("a_name")`."""
    require_cassandra()
    with Nodes(tmp_path_factory.mktemp("cassandra")) as nodes:
        yield nodes.start()


@pytest.fixture
def own_node(tmp_path: Path) -> Iterator[Nodes]:
    """A node for tests that start, kill and pause it. It acknowledges a write once it is on disk."""
    require_cassandra()
    with Nodes(tmp_path / "node", heap="384m", sync="batch") as nodes:
        yield nodes
