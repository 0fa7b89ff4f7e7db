"""An outbox before Cassandra, for tests: opened, and kept from sending."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from uuid import UUID

from digitpad.records import open_store
from digitpad.records.cassandra.store import CassandraStore
from digitpad.records.outbox.store import Outbox
from digitpad.records.process_turn import ProcessTurn
from digitpad.settings import Settings


def opened(url: str, path: Path, *, limit: int = 1_000_000) -> closing[Outbox]:
    store = open_store(Settings(store=url, outbox=str(path), outbox_limit=limit))
    assert isinstance(store, Outbox)
    return closing(store)


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep the outbox from sending within the block."""
    turn = ProcessTurn(Path(f"{path}-shipper"))
    with closing(turn), turn.taken():
        yield


def ids(store: CassandraStore) -> list[UUID]:
    return [each.id for each in store.scan()]
