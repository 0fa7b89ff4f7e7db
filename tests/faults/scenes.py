"""Scenes: a running server with two workers, its store, and all means of faults that this machine has."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Literal

from tests.cassandra.nodes import Nodes
from tests.faults.faults import Scene
from tests.faults.means import Clock, Disk, Network, missing_for_clock, missing_for_disk
from tests.server import Server, wait_until

Ack = Literal["local", "store"]
Sync = Literal["batch", "periodic"]


@contextmanager
def on_sqlite(folder: Path) -> Iterator[tuple[Scene, str]]:
    """A server on a SQLite file, and the store's address."""
    with ExitStack() as stack:
        disk, clock = _disk(folder, stack), _clock(folder)
        store = f"sqlite:///{(disk.folder if disk else folder) / 'records.db'}"
        server = stack.enter_context(Server(folder, store, _environment(clock)))
        yield Scene(server, disk=disk, clock=clock), store


@contextmanager
def on_cassandra(folder: Path, *, count: int, sync: Sync, ack: Ack) -> Iterator[tuple[Scene, str]]:
    """A server whose own Cassandra nodes are behind a network that can be cut, and the store's address."""
    with ExitStack() as stack:
        disk, clock = _disk(folder, stack), _clock(folder)
        nodes = stack.enter_context(
            Nodes(folder / "nodes", count, heap="384m", sync=sync, reached_by=Network.REACHED_BY)
        ).start()
        network = stack.enter_context(Network(nodes))
        environment = _environment(clock) | {
            "DIGITPAD_ACK": ack,
            "DIGITPAD_OUTBOX": str((disk.folder if disk else folder) / "outbox.db"),
            "DIGITPAD_REPLICATION": str(count),
        }
        server = stack.enter_context(Server(folder, nodes.url_given(), environment))
        wait_until(server.is_ready)
        yield Scene(server, nodes, network, disk, clock), nodes.url_given()


def _disk(folder: Path, stack: ExitStack) -> Disk | None:
    return None if missing_for_disk() else stack.enter_context(Disk(folder / "disk"))


def _clock(folder: Path) -> Clock | None:
    return None if missing_for_clock() else Clock(folder)


def _environment(clock: Clock | None) -> dict[str, str]:
    return {
        "DIGITPAD_LOG_LEVEL": "warning",
        "DIGITPAD_RATE_LIMIT": "0",
        "DIGITPAD_WORKERS": "2",
        **(clock.environment if clock else {}),
    }
