"""An outbox that several processes share: kill -9, and which of them sends."""

from __future__ import annotations

import random
import signal
import subprocess
import sys
import threading
from collections.abc import Sequence
from pathlib import Path

import pytest

from digitpad.records.cassandra.store import CassandraStore
from digitpad.records.outbox.change import Change
from tests.cassandra.nodes import Nodes
from tests.cassandra.stores import cassandra_store
from tests.records.outboxes import ids, opened
from tests.records.records import listed, record
from tests.server import environ, wait_until

WRITER = """
import sys
from digitpad.records import open_store
from digitpad.settings import Settings
from tests.records.records import record

store = open_store(Settings(store=sys.argv[1], outbox=sys.argv[2]))
for _ in range(int(sys.argv[3])):
    kept = record()
    store.add([kept])
    print(kept.id, flush=True)
input()
"""
HOLDER = """
import sys
from pathlib import Path
from digitpad.records.process_turn import ProcessTurn

with ProcessTurn(Path(sys.argv[1])).taken():  # in its turn: who has nothing to send has it for a moment, each second
    print("mine", flush=True)
    input()
"""


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ())


def lines(process: subprocess.Popen[str], number: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(number)]


@pytest.mark.cassandra
def test_what_was_written_before_kill_9_arrives_once(own_node: Nodes, path: Path) -> None:
    acknowledged: set[str] = set()
    for _ in range(2):
        with start(WRITER, own_node.url(), path, 1_000_000) as writer:
            acknowledged |= set(lines(writer, 40))
            writer.kill()
            assert writer.stdout is not None
            acknowledged |= set(writer.stdout.read().split())
        assert writer.returncode == -signal.SIGKILL
    own_node.start()
    with opened(own_node.url(), path) as store, cassandra_store(own_node.url()) as far:
        store.wait(30)
        wait_until(lambda: store.backlog().records == 0, seconds=60)
        found = [str(each) for each in ids(far)]
        assert len(found) == len(set(found))
        assert set(found) >= acknowledged
        assert len(set(found) - acknowledged) <= 2  # at most the one under way each time


@pytest.mark.cassandra
def test_another_process_sends_what_a_killed_one_has_left(url: str, path: Path) -> None:
    with start(WRITER, url, path, 30) as killed, opened(url, path) as store:
        store.wait(30)
        acknowledged = lines(killed, 30)
        killed.kill()
        killed.wait()
        wait_until(lambda: store.backlog().records == 0, seconds=60)
        with cassandra_store(url) as far:
            far.wait(30)
            assert sorted(map(str, ids(far))) == sorted(acknowledged)


@pytest.mark.cassandra
def test_the_turn_to_send_passes_on_when_its_owner_is_killed(url: str, path: Path) -> None:
    with opened(url, path) as store, cassandra_store(url) as far:
        store.wait(30)
        far.wait(30)
        with start(HOLDER, f"{path}-shipper") as holder:
            assert lines(holder, 1) == ["mine"]
            kept = record()
            store.add([kept])
            assert store.backlog().records == 1
            assert store.newest(9) == [listed(kept)]
            assert far.get(kept.id) is None
            holder.kill()
        wait_until(lambda: far.get(kept.id))


@pytest.mark.cassandra
def test_one_process_sends_at_a_time(url: str, path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    real, under_way, most, lock = CassandraStore.apply, 0, 0, threading.Lock()

    def apply(self: CassandraStore, changes: Sequence[Change]) -> None:
        nonlocal under_way, most
        with lock:
            under_way += 1
            most = max(most, under_way)
        real(self, changes)
        with lock:
            under_way -= 1

    monkeypatch.setattr(CassandraStore, "apply", apply)
    with opened(url, path) as one, opened(url, path) as other:
        one.wait(30)
        other.wait(30)
        records = [record() for _ in range(200)]
        for each in records:
            random.choice([one, other]).add([each])
        assert len(list(one.scan())) == len(list(other.scan())) == 200
        assert most == 1
