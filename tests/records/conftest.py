"""The stores that must keep the contract."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from digitpad.records import Store, open_store
from digitpad.records.cassandra import schema as cassandra_schema
from digitpad.settings import Settings
from tests.cassandra.nodes import Nodes
from tests.cassandra.stores import cassandra_store
from tests.server import free_port

KEYSPACE = "contract"
TABLES = ("record_data", "record_by_visitor", "drawing_by_id", "recorded_day", "visitor_month")


@pytest.fixture(
    params=["sqlite", *(pytest.param(kind, marks=pytest.mark.cassandra) for kind in ("cassandra", "outbox"))]
)
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Store]:
    """An empty store of each kind: Cassandra alone, and behind an outbox."""
    if request.param == "sqlite":
        settings = Settings(store=f"sqlite:///{tmp_path}/records.db")
    else:
        nodes: Nodes = request.getfixturevalue("cassandra")
        empty(nodes, KEYSPACE)
        settings = Settings(
            store=nodes.url(KEYSPACE),
            ack="local" if request.param == "outbox" else "store",
            outbox=str(tmp_path / "outbox.db"),
        )
    with closing(open_store(settings)) as store:
        store.wait(30)
        yield store


def empty(nodes: Nodes, keyspace: str) -> None:
    """Empty the keyspace's tables: far quicker than creating them for each test."""
    with nodes.cluster() as cluster:
        session = cluster.connect()
        if keyspace in cluster.metadata.keyspaces:
            for table in (*TABLES, *cassandra_schema.feature_tables(session, keyspace)):
                session.execute(f"TRUNCATE {keyspace}.{table}")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """The outbox's path."""
    return tmp_path / "outbox.db"


@pytest.fixture
def away() -> str:
    """The address of a Cassandra that is away."""
    return f"cassandra://127.0.0.1:{free_port()}/mnist_key"


@pytest.fixture
def url(cassandra: Nodes) -> str:
    """The address of an empty Cassandra."""
    with cassandra_store(cassandra.url("outbox")) as store:
        store.wait(30)
    empty(cassandra, "outbox")
    return cassandra.url("outbox")
