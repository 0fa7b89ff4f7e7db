"""A keyspace or an outbox of an older digitpad is upgraded to the present schema with all its content."""

from __future__ import annotations

import subprocess
import sys
import threading
import time
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
from cassandra import InvalidRequest, OperationTimedOut
from cassandra.cluster import NoHostAvailable

from digitpad.records import Record, open_store
from digitpad.records.cassandra import schema as cassandra_schema
from digitpad.records.cassandra.address import Address, replication_options
from digitpad.records.cassandra.store import CassandraStore
from digitpad.records.outbox.store import Outbox
from digitpad.records.sqlite.schema import OUTBOX
from digitpad.settings import Settings
from tests.cassandra.nodes import Nodes
from tests.cassandra.stores import cassandra_store
from tests.records import older
from tests.records.older import KEPT, REMOVED, VISITOR
from tests.records.records import NOON, id_at, listed, record
from tests.server import environ, wait_until

pytestmark = pytest.mark.cassandra

NEXT = """
-- one column more; and a table
ALTER TABLE record_data ADD IF NOT EXISTS pen text;
CREATE TABLE IF NOT EXISTS record_by_pen (
    pen text,
    id  timeuuid,
    PRIMARY KEY (pen, id)
) WITH comment = 'a table more';
"""
UPGRADER = """
import sys
from digitpad.records.cassandra import schema as cassandra_schema
from digitpad.records.cassandra.store import CassandraStore
from digitpad.settings import Settings

cassandra_schema.SCRIPTS.append(sys.argv[2])
store = CassandraStore.from_settings(Settings(store=sys.argv[1]))
store.wait(60)
print(len(list(store.scan())))
store.close()
"""
Older = Callable[..., str]


@pytest.fixture
def older_keyspace(cassandra: Nodes) -> Older:
    """Make a keyspace of an older digitpad, and return its address."""

    def make(version: int, retention: int = 0) -> str:
        with cassandra.cluster() as cluster:
            session = cluster.connect()
            older.keyspace_of(f"version-{version}.cql", session, "older")
            if retention:
                cassandra_schema.set_retention(session, "older", retention)
        return cassandra.url("older")

    return make


def contents(url: str) -> list[Record]:
    with cassandra_store(url) as store:
        store.wait(60)
        return list(store.scan())


def version(nodes: Nodes, keyspace: str = "older") -> int:
    with nodes.cluster() as cluster:
        query = cassandra_schema.SELECT_VERSION.format(keyspace)
        return int(cluster.connect().execute(query).one().version)


def structure(nodes: Nodes, keyspace: str) -> tuple[list[Any], list[Any]]:
    """Columns and options of a keyspace's tables by Cassandra's account, without feature tables, made when needed."""
    columns = "table_name, column_name, kind, position, type, clustering_order"
    options = "table_name, comment, compaction, default_time_to_live, gc_grace_seconds"
    with nodes.cluster() as cluster:
        session = cluster.connect()

        def told(what: str, table: str) -> list[Any]:
            query = f"SELECT {what} FROM system_schema.{table} WHERE keyspace_name = %s"
            rows = session.execute(query, (keyspace,))
            return [tuple(row) for row in rows if not row.table_name.startswith(cassandra_schema.FEATURES)]

        return told(columns, "columns"), told(options, "tables")


@pytest.fixture
def next_schema(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The script that upgrades the first schema to a second one, and a digitpad that knows both."""
    script = tmp_path / "next.cql"
    script.write_text(NEXT)
    monkeypatch.setattr(cassandra_schema, "SCRIPTS", ["schema.cql", str(script)])
    return script


def test_of_each_schema_that_was_released_there_is_data() -> None:
    assert set(older.versions("version-*.cql")) >= set(range(1, len(cassandra_schema.SCRIPTS)))
    assert set(older.versions("outbox-*.sql")) >= set(range(1, len(OUTBOX.migrations)))


@pytest.mark.parametrize("number", older.versions("version-*.cql"))
def test_each_schema_is_understood_and_becomes_the_newest(
    number: int, older_keyspace: Older, cassandra: Nodes
) -> None:
    with cassandra_store(older_keyspace(number)) as store:
        store.wait(60)
        assert list(store.scan()) == KEPT
        assert [each.id for each in store.newest(9, visitor=VISITOR)] == [each.id for each in reversed(KEPT)]
        assert [store.drawing(each.id) for each in KEPT] == [each.drawing for each in KEPT]
        assert [(count.day.day, count.digits) for count in store.counts()] == [(15, {None: 1}), (14, {7: 1})]
        store.add([REMOVED])  # what the old one removed stays removed
        new = record()
        store.add([new])
        assert store.label(KEPT[1].id, 4, NOON)
        assert store.newest(1) == [listed(new)]
        assert len(list(store.scan())) == 3
    assert version(cassandra) == len(cassandra_schema.SCRIPTS)
    with cassandra_store(cassandra.url("newly_made")) as store:
        store.wait(60)
    assert structure(cassandra, "older") == structure(cassandra, "newly_made")


def test_records_init_upgrades_it_and_says_so(older_keyspace: Older, cassandra: Nodes) -> None:
    number, *_ = older.versions("version-*.cql")
    url = older_keyspace(number)
    command = [sys.executable, "-m", "digitpad", "records", "--store", url, "init"]
    done = subprocess.run(command, env=environ(), capture_output=True, text=True, timeout=120, check=False)
    assert (done.returncode, done.stdout) == (0, "")
    assert done.stderr.endswith("ready\n")
    assert version(cassandra) == len(cassandra_schema.SCRIPTS)
    assert contents(url) == KEPT


def test_it_is_upgraded_by_what_is_new_and_keeps_its_retention(
    older_keyspace: Older, cassandra: Nodes, next_schema: Path
) -> None:
    url = older_keyspace(1, retention=90)
    assert contents(url) == KEPT
    assert version(cassandra) == 2
    with cassandra_store(cassandra.url("newly_made_next"), retention=90) as store:
        store.wait(60)
    columns, options = structure(cassandra, "older")
    assert (columns, options) == structure(cassandra, "newly_made_next")
    assert any(column[:2] == ("record_data", "pen") for column in columns)
    assert any(table[0] == "record_by_pen" for table in options)


def test_an_upgrade_that_goes_wrong_is_begun_again(
    older_keyspace: Older, cassandra: Nodes, next_schema: Path
) -> None:
    url = older_keyspace(1)
    next_schema.write_text(f"{NEXT}ALTER TABLE nowhere ADD IF NOT EXISTS pen text;")
    with cassandra_store(url) as store:
        wait_until(lambda: "nowhere" in store_problem(store))
    assert version(cassandra) == 1
    next_schema.write_text(NEXT)
    assert contents(url) == KEPT
    assert version(cassandra) == 2


def store_problem(store: CassandraStore) -> str:
    try:
        store.check()
    except Exception as error:
        return str(error)
    return ""


def test_what_another_process_has_just_made_may_come_late(cassandra: Nodes) -> None:
    with cassandra.cluster() as cluster:
        session = cluster.connect()
        session.execute(f"CREATE KEYSPACE IF NOT EXISTS late WITH replication = {replication_options('1')}")
        for _ in range(6):  # asked at once and again: usually one try also meets a half-made table
            session.execute("DROP TABLE IF EXISTS late.late")
            making = threading.Timer(0.2, session.execute, ["CREATE TABLE late.late (id int PRIMARY KEY)"])
            making.start()
            found = cassandra_schema.spread(
                lambda: session.execute("SELECT id FROM late.late"), pause=lambda _: time.sleep(0.001)
            )
            assert list(found) == []
            making.join()


def test_a_node_that_is_taken_for_lost_for_a_moment_is_asked_again() -> None:
    outcomes: list[Exception | None] = [NoHostAvailable("no node was asked", {}), None]

    def work() -> str:
        if error := outcomes.pop(0):
            raise error
        return "done"

    assert cassandra_schema.spread(work, pause=lambda _: None) == "done"
    outcomes = [NoHostAvailable("none answers", {"node": OperationTimedOut()})]
    with pytest.raises(NoHostAvailable, match="none answers"):
        cassandra_schema.spread(work, pause=lambda _: None)


def test_a_lasting_error_is_told_after_a_while(cassandra: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cassandra_schema, "SPREADING", 0.5)
    with cassandra.cluster() as cluster, pytest.raises(InvalidRequest, match="nowhere"):
        session = cluster.connect()
        cassandra_schema.spread(lambda: session.execute("SELECT id FROM nowhere.late"))


def test_several_upgrade_at_once(older_keyspace: Older, cassandra: Nodes, next_schema: Path) -> None:
    command = [sys.executable, "-c", UPGRADER, older_keyspace(1), str(next_schema)]
    upgrading = [
        subprocess.Popen(command, env=environ(), stdout=subprocess.PIPE, text=True) for _ in range(4)
    ]
    assert [each.communicate(timeout=120)[0] for each in upgrading] == [f"{len(KEPT)}\n"] * 4
    assert version(cassandra) == 2


def test_a_replica_of_the_version_before_goes_on_while_others_are_replaced(
    older_keyspace: Older, cassandra: Nodes, next_schema: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    url = older_keyspace(1)
    with monkeypatch.context() as patch:
        patch.setattr(cassandra_schema, "SCRIPTS", ["schema.cql"])
        before = CassandraStore.from_settings(Settings(store=url))
        before.wait(60)
    with closing(before), cassandra_store(url) as after:
        after.wait(60)
        one, other = record(), record()
        before.add([one])
        after.add([other])
        found = {each.id for each in before.scan()}
        assert found == {each.id for each in after.scan()} == {each.id for each in [*KEPT, one, other]}


@pytest.mark.parametrize("number", older.versions("outbox-*.sql"))
def test_what_waits_in_an_older_outbox_arrives(number: int, cassandra: Nodes, tmp_path: Path) -> None:
    with cassandra.cluster() as cluster:
        cluster.connect().execute("DROP KEYSPACE IF EXISTS older_outbox")
    url = cassandra.url("older_outbox")
    path = tmp_path / "outbox.db"
    older.file_of(f"outbox-{number}.sql", path, Address.from_url(url).name)
    with closing(open_store(Settings(store=url, outbox=str(path)))) as store:
        assert isinstance(store, Outbox)
        store.wait(60)
        store.add([record(id=id_at(NOON, 9), visitor=VISITOR)])
        wait_until(lambda: store.backlog().records == 0, seconds=60)
    found = contents(url)
    assert found[: len(KEPT) + 1 : 2] == KEPT
    assert REMOVED.id not in {each.id for each in found}
    assert len(found) == len(KEPT) + 1
