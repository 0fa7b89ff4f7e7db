"""The stores that the contract is held to."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from digitpad.records import Store, open_store
from digitpad.settings import Settings
from tests.cassandra.nodes import Nodes

KEYSPACE = "contract"
TABLES = ("record_data", "record_by_visitor", "drawing_by_id", "recorded_day", "visitor_month")


@pytest.fixture(params=["sqlite", pytest.param("cassandra", marks=pytest.mark.cassandra)])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind."""
    if request.param == "sqlite":
        url = f"sqlite:///{tmp_path}/records.db"
    else:
        nodes: Nodes = request.getfixturevalue("cassandra")
        url = nodes.url(KEYSPACE)
        empty(nodes, KEYSPACE)
    with closing(open_store(Settings(store=url))) as store:
        store.wait(30)
        yield store


def empty(nodes: Nodes, keyspace: str) -> None:
    """Empty the keyspace's tables: far quicker than making them anew for each test."""
    with nodes.cluster() as cluster:
        session = cluster.connect()
        if keyspace in cluster.metadata.keyspaces:
            for table in TABLES:
                session.execute(f"TRUNCATE {keyspace}.{table}")
