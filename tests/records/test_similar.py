"""Similar drawings: what both stores find, what they forget, and what they say if they cannot search."""

from __future__ import annotations

import random
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

import numpy as np
import pytest
from cassandra.auth import PlainTextAuthProvider

from digitpad.errors import NoVectors
from digitpad.records import Record, Store, open_store, timeuuid
from digitpad.records.cassandra import features as cassandra_features
from digitpad.records.cassandra import schema as cassandra_schema
from digitpad.records.cassandra.features import table_of
from digitpad.records.features import Features
from digitpad.records.neighbours import Neighbours
from digitpad.records.outbox.store import Outbox
from digitpad.records.sqlite import features as sqlite_features
from digitpad.records.sqlite import schema as sqlite_schema
from digitpad.settings import Settings
from tests.cassandra.fixtures import require_cassandra
from tests.cassandra.nodes import Nodes
from tests.cassandra.stores import cassandra_store
from tests.records.outboxes import held, opened
from tests.records.records import NOON, features, id_at, listed, record
from tests.server import environ, free_port, wait_until

LATE = id_at(datetime(2026, 12, 31, tzinfo=UTC))
EAST, NORTH_EAST, NORTH = features(1, 0), features(1, 1), features(0, 1)


@pytest.fixture(autouse=True)
def patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """These tests need features: wait for them even if a busy machine creates their table late."""
    monkeypatch.setattr(cassandra_features, "SOON", 60.0)


def at(minutes: int, values: Features | None, **changes: Any) -> Record:
    """A record made so many minutes after noon."""
    return record(id=id_at(NOON + timedelta(minutes=minutes)), features=values, **changes)


def ids(found: Neighbours) -> list[Any]:
    return [each.record.id for each in found]


def test_the_nearest_come_first_with_their_similarity(store: Store) -> None:
    north, north_east, east, west = (
        at(n, each) for n, each in enumerate([NORTH, NORTH_EAST, EAST, features(-1, 0)])
    )
    store.add([north, west, north_east, east])
    found = store.similar(EAST, 9, before=LATE)
    assert [each.record for each in found] == [listed(each) for each in (east, north_east, north, west)]
    assert [each.similarity for each in found] == pytest.approx([1, 0.5**0.5, 0, -1], abs=0.002)
    assert found.complete
    assert ids(store.similar(EAST, 2, before=LATE)) == [east.id, north_east.id]
    assert store.similar(EAST, 0, before=LATE) == []


def test_only_earlier_ones_are_found(store: Store) -> None:
    records = [at(n, EAST) for n in range(5)]
    batch = [record(id=id_at(NOON + timedelta(hours=1), low), features=EAST) for low in (3, 1, 2)]
    store.add(records + batch)
    assert set(ids(store.similar(EAST, 9, before=records[3].id))) == {each.id for each in records[:3]}
    assert len(store.similar(EAST, 9, before=batch[0].id)) >= 5
    assert store.similar(EAST, 9, before=records[0].id) == []
    with pytest.raises(ValueError, match="time-based"):
        store.similar(EAST, 9, before=uuid4())


def test_a_visitor_finds_only_their_own(store: Store) -> None:
    mine, other = uuid4(), uuid4()
    my, their = [at(n, EAST, visitor=mine) for n in range(3)], [at(n, EAST, visitor=other) for n in range(3)]
    store.add(my + their)
    assert set(ids(store.similar(EAST, 9, before=LATE, visitor=mine))) == {each.id for each in my}
    assert len(store.similar(EAST, 9, before=LATE)) == 6
    assert store.similar(EAST, 9, before=LATE, visitor=uuid4()) == []


def test_another_model_or_another_size_is_another_index(store: Store) -> None:
    old, new, larger = at(0, EAST), at(1, features(1, 0, model="new")), at(2, features(1, 0, 0, model="new"))
    store.add([old, new, larger])
    assert ids(store.similar(EAST, 9, before=LATE)) == [old.id]
    assert ids(store.similar(features(1, 0, model="new"), 9, before=LATE)) == [new.id]
    assert ids(store.similar(features(1, 0, 0, model="new"), 9, before=LATE)) == [larger.id]
    assert store.similar(features(1, 0, model="“odd” — it's one; 模型"), 9, before=LATE) == []


def test_a_record_without_features_is_found_once_it_is_indexed(store: Store) -> None:
    bare, gone, full = at(0, None, label=3, labelled_at=NOON), at(1, None), at(2, NORTH)
    store.add([bare, gone, full])
    assert ids(store.similar(EAST, 9, before=LATE)) == [full.id]
    assert store.remove(gone.id)
    for _ in range(2):
        store.index({each.id: EAST for each in (bare, gone, at(3, None))})
    assert [each.record for each in store.similar(EAST, 9, before=LATE)] == [listed(bare), listed(full)]
    new = features(1, 0, 0, 0, model="new")
    store.index({bare.id: new})
    assert ids(store.similar(new, 9, before=LATE)) == [bare.id]
    store.index({})


def test_what_is_removed_is_not_found_by_any_model(store: Store) -> None:
    new = features(1, 0, model="new")
    mine = uuid4()
    removed, erased = at(0, EAST), at(1, EAST, visitor=mine)
    purged, kept = record(id=id_at(NOON - timedelta(days=1)), features=EAST), at(2, EAST)
    store.add([removed, erased, purged, kept])
    store.index({each.id: new for each in (removed, erased, purged, kept)})
    store.remove(removed.id)
    assert sum(store.erase(mine)) == 1
    assert sum(store.purge(date(2026, 3, 14))) == 1
    store.add([removed, erased, purged])  # a repeated write does not bring them back
    store.index({each.id: new for each in (removed, erased, purged)})
    for each in (EAST, new):
        assert ids(store.similar(each, 9, before=LATE)) == [kept.id]


def test_it_finds_what_comparing_with_all_finds(store: Store) -> None:
    records = [at(n, features(), visitor=random.choice([VISITOR, OTHER])) for n in range(300)]
    store.add(records)
    wanted, before = features(), records[250]

    def similarity(each: Record) -> float:
        assert each.features is not None
        return float(each.features.as_array() @ wanted.as_array())

    for visitor in (None, VISITOR):
        earlier = [each for each in records[:250] if visitor in {None, each.visitor}]
        expected = sorted(earlier, key=similarity, reverse=True)[:20]
        found = store.similar(wanted, 20, before=before.id, visitor=visitor)
        assert [each.similarity for each in found] == pytest.approx([*map(similarity, expected)], abs=0.005)
        assert len({*ids(found)} & {each.id for each in expected}) >= 19  # float16 may swap the last


VISITOR, OTHER = uuid4(), uuid4()


def test_features_are_of_length_one_and_nothing_has_none() -> None:
    found = Features.of(np.array([3, 4], np.float32), "a")
    assert found is not None
    assert found.as_array().tolist() == pytest.approx([0.6, 0.8], abs=0.001)
    assert (found.size, len(found.values)) == (2, 4)
    assert Features.of(np.zeros(5, np.float32), "a") is None


def test_more_than_are_scanned_are_said_to_be_left_out(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_features, "SCANNED", 20)
    monkeypatch.setattr(sqlite_features, "AT_ONCE", 7)
    with closing(open_store(Settings(store=f"sqlite:///{tmp_path}/records.db"))) as store:
        store.add([at(n, EAST if n == 0 else NORTH) for n in range(10)])
        found = store.similar(EAST, 1, before=LATE)
        assert found[0].similarity == pytest.approx(1, abs=0.002)
        assert found.complete
        store.add([at(n, NORTH) for n in range(10, 20)])
        assert store.similar(EAST, 1, before=LATE).complete
        store.add([at(n, NORTH) for n in range(20, 25)])
        found = store.similar(EAST, 1, before=LATE)
        assert found[0].similarity == pytest.approx(0)
        assert not found.complete


def test_an_outbox_of_the_first_schema_is_understood(tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    with closing(sqlite3.connect(path)) as old:
        old.executescript((Path(sqlite_schema.__file__).parent / "outbox.sql").read_text())
        old.execute(f"PRAGMA application_id = {sqlite_schema.OUTBOX.application_id}")
        old.execute("PRAGMA user_version = 1")
    with opened(f"cassandra://127.0.0.1:{free_port()}/mnist_key", path) as store:
        kept = at(0, EAST)
        store.add([kept])
        assert ids(store.similar(EAST, 9, before=LATE)) == [kept.id]


def test_while_cassandra_is_away_what_waits_is_found_and_said_not_to_be_all(tmp_path: Path) -> None:
    with opened(f"cassandra://127.0.0.1:{free_port()}/mnist_key", tmp_path / "outbox.db") as store:
        near, far, gone, new = at(0, EAST), at(1, NORTH), at(2, EAST), at(3, features(1, 0, model="new"))
        store.add([near, far, gone, new])
        assert store.remove(gone.id)
        found = store.similar(EAST, 9, before=LATE, visitor=near.visitor)
        assert [each.record for each in found] == [listed(near), listed(far)]
        assert not found.complete


@pytest.fixture
def url(cassandra: Nodes) -> str:
    """A keyspace of its own for each test."""
    return cassandra.url(f"similar_{uuid4().hex[:8]}")


@pytest.mark.cassandra
def test_what_waits_is_found_among_what_has_arrived(url: str, tmp_path: Path) -> None:
    path = tmp_path / "outbox.db"
    with opened(url, path) as store:
        store.wait(30)
        arrived = [at(n, features(1, n / 10)) for n in range(8)]
        store.add(arrived)
        assert len(list(store.scan())) == 8
        with held(path):
            waits = at(9, features(1, 0.05))
            store.add([waits])
            for each in arrived[1:5]:
                assert store.remove(each.id)
            assert store.label(arrived[0].id, 4, NOON)
            found = store.similar(EAST, 3, before=LATE)
            assert ids(found) == [arrived[0].id, waits.id, arrived[5].id]
            assert found[0].record.label == 4
            assert found.complete
        assert len(list(store.scan())) == 5
        assert ids(store.similar(EAST, 9, before=LATE)) == [
            arrived[0].id, waits.id, *(each.id for each in arrived[5:])
        ]  # fmt: skip


@pytest.mark.cassandra
def test_features_live_as_long_as_their_record(cassandra: Nodes) -> None:
    keyspace = f"similar_{uuid4().hex[:8]}"
    settings = Settings(store=cassandra.url(keyspace), ack="store", retention=90)
    with closing(open_store(settings)) as store, cassandra.cluster() as cluster:
        store.wait(30)
        store.add([at(0, EAST)])
        bare = at(1, None)
        store.add([bare])
        store.index({bare.id: EAST})
        session = cluster.connect(keyspace)
        lives = [row.ttl for row in session.execute(f"SELECT TTL(features) AS ttl FROM {table_of(EAST)}")]
        assert len(lives) == 2
        assert all(89 * 86_400 < each <= 90 * 86_400 for each in lives)
        cassandra_schema.set_retention(session, keyspace, 30)
        store.add([at(2, EAST)])
        lives = [row.ttl for row in session.execute(f"SELECT TTL(features) AS ttl FROM {table_of(EAST)}")]
        assert min(lives) <= 30 * 86_400


@pytest.mark.cassandra
def test_removal_leaves_no_features_in_any_table(cassandra: Nodes) -> None:
    keyspace, mine = f"similar_{uuid4().hex[:8]}", uuid4()
    new = features(1, 0, 0, model="new")
    with closing(open_store(Settings(store=cassandra.url(keyspace), ack="store"))) as store:
        store.wait(30)
        records = [at(0, EAST), at(1, EAST, visitor=mine), record(id=id_at(NOON - timedelta(days=9)))]
        store.add(records)
        with closing(open_store(Settings(store=cassandra.url(keyspace), ack="store"))) as other:
            other.wait(30)
            other.index({each.id: new for each in records})  # a table that `store` has never used
        store.remove(records[0].id)
        assert sum(store.erase(mine)) == sum(store.purge(date(2026, 3, 14))) == 1
    with cassandra.cluster() as cluster:
        session = cluster.connect(keyspace)
        tables = cassandra_schema.feature_tables(session, keyspace)
        assert len(tables) == 3
        assert [list(session.execute(f"SELECT id FROM {table}")) for table in tables] == [[], [], []]


STARTER = """
import sys
from digitpad.records import open_store
from digitpad.records.cassandra import features as cassandra_features
from digitpad.settings import Settings
from tests.records.records import features, record

cassandra_features.SOON = 60
store = open_store(Settings(store=sys.argv[1], ack="store"))
store.wait(100)
input()
kept = record(features=features(1, 0))
store.add([kept])
print(kept.id)
store.close()
"""


@pytest.mark.cassandra
def test_several_processes_make_the_table_at_once(url: str) -> None:
    with cassandra_store(url) as store:
        store.wait(30)
        command = [sys.executable, "-c", STARTER, url]
        starting = [
            subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=environ())
            for _ in range(3)
        ]
        written = {process.communicate("\n", timeout=150)[0].strip() for process in starting}
        assert [process.returncode for process in starting] == [0] * 3
        assert {str(each) for each in ids(store.similar(EAST, 9, before=timeuuid.new()))} == written


NO_VECTORS = """
authenticator: PasswordAuthenticator
vector_type_enabled: false
"""


@pytest.fixture
def without_vectors(tmp_path: Path) -> Iterator[Settings]:
    """A store on a node that refuses vectors to ordinary users, as nodes before version 5 refuse them to everybody."""
    require_cassandra()
    driver = {"auth_provider": PlainTextAuthProvider("cassandra", "cassandra")}
    with Nodes(tmp_path / "node", heap="384m", yaml=NO_VECTORS, driver=driver) as nodes:
        with nodes.start().cluster() as cluster:
            cluster.connect().execute("CREATE ROLE digitpad WITH PASSWORD = 'sesame' AND LOGIN = true")
        yield Settings(
            store=nodes.url(),
            outbox=str(tmp_path / "outbox.db"),
            cassandra_user="digitpad",
            cassandra_password="sesame",
        )


@pytest.mark.cassandra
def test_without_vectors_all_else_works_and_a_search_says_why_not(without_vectors: Settings) -> None:
    past_it = replace(without_vectors, ack="store")
    with closing(open_store(without_vectors)) as store, closing(open_store(past_it)) as far:
        assert isinstance(store, Outbox)
        store.wait(60)
        far.wait(60)
        one, other, past = (at(n, EAST) for n in range(3))
        store.add([one, other])
        wait_until(lambda: store.backlog().records == 0)
        far.add([past])
        assert store.remove(one.id)
        assert list(store.scan()) == [other, past]
        for each in (store, far):
            with pytest.raises(NoVectors, match="version 5"):
                each.similar(EAST, 9, before=LATE)
            with pytest.raises(NoVectors, match="version 5"):
                each.index({other.id: EAST})
        assert sum(store.erase(other.visitor)) == 2
