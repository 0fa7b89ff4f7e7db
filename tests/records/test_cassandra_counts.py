"""Which counts of past days are remembered, and when they are forgotten."""

from __future__ import annotations

import time
from concurrent.futures import Future
from datetime import UTC, date, datetime
from typing import Any

import pytest

from digitpad.records import DayCount
from digitpad.records.cassandra import counts as cassandra_counts
from digitpad.records.cassandra.counts import Counts
from tests.cassandra.nodes import Nodes
from tests.cassandra.stores import cassandra_store
from tests.records.records import NOON, id_at, record

pytestmark = pytest.mark.cassandra


def test_past_days_are_counted_once_and_again_after_a_change(
    cassandra: Nodes, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(cassandra_counts, "FORGET_AHEAD", 0.05)
    with cassandra_store(cassandra.url("counting")) as store, cassandra.cluster() as cluster:
        store.wait(30)
        session = cluster.connect("counting")
        day = NOON.date()

        def remembered() -> Any:
            return (
                session.execute("SELECT counted FROM recorded_day WHERE scope = 'all' AND day = %s", (day,))
                .one()
                .counted
            )

        def count_until_remembered() -> list[DayCount]:
            deadline = time.monotonic() + 10
            while remembered() is None:
                assert time.monotonic() < deadline
                counts = store.counts()
            return counts

        first, today = record(id=id_at(NOON), digit=1), record(digit=2)
        store.add([first, today])
        expected = [DayCount(datetime.now(UTC).date(), {2: 1}), DayCount(day, {1: 1})]
        assert count_until_remembered() == expected
        assert remembered() == {"1": 1}
        assert store.counts() == expected

        store.add([record(id=id_at(NOON), digit=None)])
        assert remembered() is None
        assert count_until_remembered()[1] == DayCount(day, {1: 1, None: 1})
        store.remove(first.id)
        assert remembered() is None
        assert store.counts()[1] == DayCount(day, {None: 1})


def test_a_day_is_forgotten_again_once_cassandra_may_have_lost_it() -> None:
    begun: list[str] = []

    def execute(name: str, values: object) -> Future[None]:
        begun.append(name)
        done: Future[None] = Future()
        done.set_result(None)
        return done

    interruptions = 0
    counts = Counts(execute, lambda: interruptions)
    for expected in (1, 1):
        counts.forget([date(2026, 1, 2)])
        assert len(begun) == expected
    interruptions += 1
    counts.forget([date(2026, 1, 2)])
    assert len(begun) == 2


def test_a_count_begun_before_a_change_is_not_remembered(cassandra: Nodes) -> None:
    with cassandra_store(cassandra.url("racing")) as store, cassandra.cluster() as cluster:
        store.wait(30)
        session = cluster.connect("racing")
        began = cassandra_counts.microseconds_now()
        store.add([record(id=id_at(NOON), digit=1)])
        session.execute(
            f"UPDATE recorded_day USING TIMESTAMP {began} SET counted = {{'1': 77}} "
            "WHERE scope = 'all' AND day = '2026-03-14'"
        )
        assert store.counts() == [DayCount(NOON.date(), {1: 1})]
