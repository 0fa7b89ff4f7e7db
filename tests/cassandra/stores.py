"""A store in Cassandra, for tests."""

from __future__ import annotations

from contextlib import closing
from typing import Any

from digitpad.records.cassandra.store import CassandraStore
from digitpad.settings import Settings


def cassandra_store(url: str, **settings: Any) -> closing[CassandraStore]:
    """The store at `url` itself, past any outbox."""
    return closing(CassandraStore.from_settings(Settings(store=url, **settings)))
