"""What the Cassandra store alone must handle: absence, restarts, order, rows that are not records."""

from __future__ import annotations

import logging
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import UUID

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as some

from digitpad.errors import StoreError, StoreUnavailable
from digitpad.records import timeuuid
from digitpad.records.cassandra.address import Address
from digitpad.records.cassandra.layout import STATEMENTS, correction, where
from digitpad.records.cassandra.store import CassandraStore
from tests.cassandra.fixtures import require_cassandra
from tests.cassandra.nodes import Nodes
from tests.cassandra.stores import cassandra_store
from tests.records.records import NOON, features, id_at, listed, record
from tests.records.test_timeuuid import timeuuids
from tests.server import environ, wait_until

pytestmark = pytest.mark.cassandra


def until(seconds: float, works: Callable[[], Any]) -> float:
    """Repeat `works` until it no longer raises StoreUnavailable, at most `seconds`; return how long it took."""
    started = time.monotonic()
    while True:
        try:
            works()
            return time.monotonic() - started
        except StoreUnavailable:
            if time.monotonic() - started > seconds:
                raise
            time.sleep(0.1)


def test_it_begins_before_cassandra_does(own_node: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "digitpad")
    own_node.start(wait=False)
    with cassandra_store(own_node.url()) as store:
        kept = record()
        with pytest.raises(StoreUnavailable, match=f"Cassandra at 127.0.0.1:{own_node.port}"):
            store.add([kept])
        with pytest.raises(StoreUnavailable):
            store.wait(0)
        own_node.wait()
        store.wait(30)
        store.add([kept])
        assert store.newest(1) == [listed(kept)]
    assert [each.getMessage() for each in caplog.records] == [
        f"Cassandra at 127.0.0.1:{own_node.port} cannot be reached just now",
        f"Cassandra at 127.0.0.1:{own_node.port}: connected",
    ]


def test_what_comes_while_it_connects_for_the_first_time_is_kept(cassandra: Nodes) -> None:
    """One worker may report that it is ready before another has started."""
    with cassandra_store(cassandra.url("beginning")) as store:
        store.wait(30)
    kept = record()
    with cassandra_store(cassandra.url("beginning")) as store:
        store.add([kept])
        assert store.get(kept.id) == listed(kept)


def test_what_nobody_has_thought_of_is_told_and_tried_again(caplog: pytest.LogCaptureFixture) -> None:
    """An empty label raises Python's UnicodeError, which no driver documents."""
    with closing(CassandraStore(Address.from_url("cassandra://db1..example/mnist_key"))) as store:
        with pytest.raises(StoreUnavailable, match="label"):
            store.wait(5)
        told = len(caplog.records)
        assert told
        wait_until(lambda: len(caplog.records) > told, lambda: "it was given up", seconds=20)


def test_it_comes_back_after_a_kill_and_a_pause(own_node: Nodes, caplog: pytest.LogCaptureFixture) -> None:
    own_node.start()
    with cassandra_store(own_node.url()) as store:
        store.wait(30)
        kept = record()
        store.add([kept])
        caplog.set_level(logging.INFO, "digitpad")

        own_node.kill()
        with pytest.raises(StoreUnavailable, match=r"cannot be reached|does not answer|shut"):
            store.check()
        until_lost(caplog)
        own_node.start()
        assert until(60, store.check) < 60
        assert list(store.scan()) == [kept]

        own_node.pause()
        started = time.monotonic()
        with pytest.raises(StoreUnavailable):
            store.add([record()])
        assert time.monotonic() - started < 15
        own_node.resume()
        assert until(60, store.check) < 60
        assert kept.id in {each.id for each in store.scan()}


def until_lost(caplog: pytest.LogCaptureFixture) -> None:
    deadline = time.monotonic() + 30
    while not any("connection lost" in each.getMessage() for each in caplog.records):
        assert time.monotonic() < deadline
        time.sleep(0.1)


def test_it_follows_cassandra_to_another_address(
    own_node: Nodes, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = "127.0.0.1"
    real = socket.getaddrinfo

    def resolve(host: Any, *rest: Any, **more: Any) -> Any:  # a host name whose address we can change
        return real(address if host == "database" else host, *rest, **more)

    monkeypatch.setattr(socket, "getaddrinfo", resolve)
    own_node.start()
    with closing(CassandraStore(Address(("database",), own_node.port, "mnist_key"))) as store:
        store.wait(30)
        kept = record()
        store.add([kept])
        own_node.stop()
        with Nodes(own_node.folder, port=own_node.port, heap="384m", network="127.0.9") as moved:
            address = "127.0.9.1"
            moved.start()
            assert until(60, store.check) < 60
            assert list(store.scan()) == [kept]


def test_it_makes_its_tables_again_where_the_database_was_replaced(cassandra: Nodes) -> None:
    with cassandra_store(cassandra.url("replaced")) as store:
        store.wait(30)
        store.add([record()])
        with cassandra.cluster() as cluster:
            cluster.connect().execute("DROP KEYSPACE replaced", timeout=30)
        kept = record()
        with pytest.raises(StoreError):
            store.add([kept])
        deadline = time.monotonic() + 30
        while True:
            try:
                store.add([kept])
                break
            except StoreError:
                assert time.monotonic() < deadline
                time.sleep(0.1)
        assert list(store.scan()) == [kept]
        assert store.newest(5) == store.newest(5, visitor=kept.visitor) == [listed(kept)]


def test_timeuuids_sort_as_cassandra_sorts_them(cassandra: Nodes) -> None:
    with cassandra.cluster() as cluster:
        session = cluster.connect()
        session.execute(
            "CREATE KEYSPACE IF NOT EXISTS sorting WITH replication = "
            "{'class': 'SimpleStrategy', 'replication_factor': 1}"
        )
        session.execute(
            "CREATE TABLE IF NOT EXISTS sorting.ids (run int, id timeuuid, PRIMARY KEY (run, id))"
        )
        insert = session.prepare("INSERT INTO sorting.ids (run, id) VALUES (?, ?)")
        select = session.prepare("SELECT id FROM sorting.ids WHERE run = ?")
        run = 0

        near = some.builds(
            timeuuid.build,
            some.integers(1 << 57, (1 << 57) + 2),
            some.integers(0, 2**62 - 1).map((1 << 63).__or__),
        )

        @settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck))
        @given(some.lists(timeuuids | near, min_size=2, max_size=30, unique=True))
        def check(ids: list[UUID]) -> None:
            nonlocal run
            run += 1
            for future in [session.execute_async(insert, (run, each)) for each in ids]:
                future.result()
            assert [row.id for row in session.execute(select, (run,))] == sorted(ids, key=timeuuid.sort_key)

        check()


def test_a_person_can_read_the_table(cassandra: Nodes) -> None:
    with cassandra_store(cassandra.url("reading")) as store:
        store.wait(30)
        store.add([record()])
    with cassandra.cluster() as cluster:
        rows = cluster.connect("reading").execute("select * from record_data;")
        assert rows.column_names[:6] == ["day", "shard", "recorded_at", "id", "confidence", "digit"]
        assert len(list(rows)) == 1


def test_what_a_correction_left_of_a_removed_record_is_none(cassandra: Nodes) -> None:
    with cassandra_store(cassandra.url("leftover")) as store:
        store.wait(30)
        kept, gone = record(id=id_at(NOON)), record(id=id_at(NOON + timedelta(seconds=1)))
        store.add([kept, gone])
        store.remove(gone.id)
        with (
            cassandra.cluster() as cluster
        ):  # as a correction does if it read the record before it was removed
            session = cluster.connect("leftover")
            row = {**where(gone.id), "visitor": gone.visitor, **correction(3, datetime.now(UTC))}
            for name in ("label", "label_of_visitor"):
                prepared = session.prepare(STATEMENTS[name])
                session.execute(prepared, {each.name: row[each.name] for each in prepared.column_metadata})
            assert len(list(session.execute("SELECT * FROM record_data"))) == 2
        assert store.get(gone.id) is None
        assert not store.label(gone.id, 4, datetime.now(UTC))
        assert store.newest(1) == store.newest(1, visitor=gone.visitor) == [listed(kept)]
        assert list(store.scan()) == [kept]
        assert [count.total for count in store.counts()] == [1]


def test_a_newer_schema_is_refused(cassandra: Nodes) -> None:
    with cassandra_store(cassandra.url("newer")) as store:
        store.wait(30)
    with cassandra.cluster() as cluster:
        cluster.connect("newer").execute("UPDATE schema_version SET version = 99 WHERE component = 'records'")
    with cassandra_store(cassandra.url("newer")) as store:
        with pytest.raises(StoreError, match="made by a newer digitpad") as refused:
            store.wait(30)
        assert not isinstance(refused.value, StoreUnavailable)


STARTER = """
import sys
from digitpad.records import open_store
from digitpad.settings import Settings
from tests.records.records import record

store = open_store(Settings(store=sys.argv[1], replication=sys.argv[2], ack="store"))
store.wait(100)
kept = record()
store.add([kept])
print(kept.id)
store.close()
"""


def test_three_nodes_with_six_processes_starting_at_once_and_nodes_lost(tmp_path: Path) -> None:
    require_cassandra()
    with Nodes(tmp_path, 3, heap="384m", sync="batch") as nodes:
        nodes.start()
        urls = [f"cassandra://{host}:{nodes.port}/mnist_key" for host in nodes.hosts * 2]
        starting = [
            subprocess.Popen(
                [sys.executable, "-c", STARTER, url, "3"], stdout=subprocess.PIPE, text=True, env=environ()
            )
            for url in urls
        ]
        written = {process.communicate(timeout=150)[0].strip() for process in starting}
        assert [process.returncode for process in starting] == [0] * 6
        assert len(written) == 6
        with cassandra_store(nodes.url(), replication="3") as store:
            store.wait(60)
            assert {str(each.id) for each in store.scan()} == written

            nodes.pause(3)  # all must agree on a new table: the record does not wait for it
            store.add([kept := record(features=features(1, 0))])
            assert store.newest(1) == [listed(kept)]
            nodes.resume(3)
            written.add(str(kept.id))

            nodes.kill(3)  # two of three are a majority
            kept = record()
            until(60, lambda: store.add([kept]))
            assert store.newest(1) == [listed(kept)]

            nodes.kill(2)
            until_unavailable(store)
            nodes.start(2, 3)
            until(60, store.check)
            assert {str(each.id) for each in store.scan()} == {*written, str(kept.id)}


def until_unavailable(store: CassandraStore) -> None:
    deadline = time.monotonic() + 30
    while True:
        try:
            store.add([record(drawing=None, id=id_at(NOON))])
        except StoreUnavailable:
            return
        assert time.monotonic() < deadline
