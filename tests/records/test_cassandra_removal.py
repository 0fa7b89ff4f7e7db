"""What is left in Cassandra's tables after records were removed, or have expired."""

from __future__ import annotations

import time
from datetime import date, timedelta
from typing import Any
from uuid import uuid4

import pytest

from digitpad.errors import SettingError
from digitpad.records import DayCount
from digitpad.records.cassandra import counts as cassandra_counts
from digitpad.records.cassandra import removal as cassandra_removal
from digitpad.records.cassandra import schema as cassandra_schema
from tests.cassandra.nodes import Nodes
from tests.cassandra.stores import cassandra_store
from tests.records.conftest import TABLES, empty
from tests.records.records import NOON, VISITOR, id_at, record
from tests.test_cli_records import run

pytestmark = pytest.mark.cassandra


def rows(nodes: Nodes, keyspace: str) -> dict[str, int]:
    with nodes.cluster() as cluster:
        session = cluster.connect(keyspace)
        return {table: len(list(session.execute(f"SELECT * FROM {table}"))) for table in TABLES}


@pytest.mark.parametrize("by", ["purge", "erase"])
def test_no_table_has_anything_left(cassandra: Nodes, monkeypatch: pytest.MonkeyPatch, by: str) -> None:
    monkeypatch.setattr(cassandra_removal, "NOTED_LONG_AGO", 0.0)
    with cassandra_store(cassandra.url("removing")) as store:
        store.wait(30)
        empty(cassandra, "removing")
        store.add([record(id=id_at(NOON + timedelta(days=n)), label=1, labelled_at=NOON) for n in range(40)])
        assert len(store.counts()) == 40
        assert rows(cassandra, "removing") == dict(zip(TABLES, (40, 40, 40, 40, 2), strict=True))
        assert sum(store.purge(date(2026, 6, 1)) if by == "purge" else store.erase(VISITOR)) == 40
        left = rows(cassandra, "removing")
        if by == "erase":
            left["recorded_day"] = 0  # others may have recorded on these days
        assert left == dict.fromkeys(TABLES, 0)
        assert store.counts() == []


def test_a_day_that_somebody_may_rely_on_stays_noted(cassandra: Nodes) -> None:
    with cassandra_store(cassandra.url("noting")) as store, cassandra_store(cassandra.url("noting")) as other:
        store.wait(30)
        other.wait(30)
        empty(cassandra, "noting")
        other.add([record(id=id_at(NOON), visitor=(mine := uuid4()))])
        assert sum(store.purge(date(2026, 3, 15))) == 1
        erased, late = record(visitor=mine), record(visitor=mine)
        other.add([erased])
        assert sum(store.erase(mine)) == 1
        other.add([late])  # without noting day and month again
        assert [each.id for each in store.newest(9)] == [late.id]
        assert [each.id for each in store.newest(9, visitor=mine)] == [late.id]


def test_retention_is_given_to_new_tables_and_changed_by_init_where_it_is_given(
    cassandra: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    def retention() -> set[tuple[int, str]]:
        with cassandra.cluster() as cluster:
            found = cluster.connect().execute(
                "SELECT default_time_to_live, compaction FROM system_schema.tables "
                "WHERE keyspace_name = 'keeping' AND table_name IN "
                "('record_data', 'record_by_visitor', 'drawing_by_id')"
            )
            return {
                (row.default_time_to_live, dict(row.compaction).get("compaction_window_size", "-"))
                for row in found
            }

    with cassandra_store(cassandra.url("keeping"), retention=90) as store:
        store.wait(30)
    assert retention() == {(90 * 86_400, "3")}
    with cassandra_store(cassandra.url("keeping"), retention=0) as store:
        store.wait(30)  # a start alone changes nothing
    assert retention() == {(90 * 86_400, "3")}
    url = cassandra.url("keeping")
    monkeypatch.delenv("DIGITPAD_RETENTION", raising=False)
    assert (
        "is kept" not in run(url, "init").stderr
    )  # as before an upgrade, in a shell without the server's settings
    assert retention() == {(90 * 86_400, "3")}
    monkeypatch.setenv("DIGITPAD_RETENTION", "30")
    assert "is kept for 30 days\n" in run(url, "init").stderr
    assert retention() == {(30 * 86_400, "1")}
    monkeypatch.setenv("DIGITPAD_RETENTION", "0")
    assert "is kept for ever\n" in run(url, "init").stderr
    assert retention() == {(0, "-")}
    assert "is kept" not in run(url, "init").stderr


def test_what_vanishes_is_not_counted_any_more(cassandra: Nodes, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(cassandra_schema, "DAY", 1)  # a day lasts a second
    monkeypatch.setattr(cassandra_counts, "FORGET_AHEAD", 0.05)
    with cassandra_store(cassandra.url("vanishing"), retention=8) as store:
        store.wait(30)
        store.add([record(id=id_at(NOON), digit=1)])
        assert store.counts() == [DayCount(NOON.date(), {1: 1})]
        deadline = time.monotonic() + 60
        while store.counts():
            assert time.monotonic() < deadline
            time.sleep(0.1)
        assert list(store.scan()) == store.newest(9) == store.newest(9, visitor=VISITOR) == []
        assert rows(cassandra, "vanishing") == dict.fromkeys(TABLES, 0)


def test_retention_is_not_for_sqlite(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DIGITPAD_RETENTION", "30")
    with pytest.raises(SettingError, match="run `digitpad records purge` daily"):
        run(f"sqlite:///{tmp_path}/records.db", "init")
