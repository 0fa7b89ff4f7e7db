"""Records wait in the outbox and arrive in Cassandra: late, once, and despite removals and losses."""

from __future__ import annotations

import logging
import random
from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digitpad.errors import StoreError, StoreUnavailable
from digitpad.records import Record
from digitpad.records.cassandra.store import CassandraStore
from digitpad.records.outbox import shipper
from digitpad.records.outbox.change import Change
from digitpad.records.outbox.store import Outbox
from tests.cassandra.nodes import Nodes
from tests.cassandra.stores import cassandra_store
from tests.records.conftest import empty
from tests.records.outboxes import held, ids, opened
from tests.records.records import NOON, VISITOR, id_at, listed, record
from tests.server import wait_until


@pytest.mark.cassandra
def test_what_waits_is_seen_among_what_has_arrived(url: str, path: Path) -> None:
    with opened(url, path) as store:
        store.wait(30)
        records = [record(id=id_at(NOON + timedelta(minutes=n))) for n in range(60)]
        store.add(random.sample(records[::2], 30))
        assert len(list(store.scan())) == 30  # all sent
        with held(path):
            store.add(random.sample(records[1::2], 30))
            gone, labelled = set(random.sample(range(60), 12)), random.sample(range(60), 12)
            for n in labelled:
                assert store.label(records[n].id, "not-a-digit", NOON)
                records[n] = replace(records[n], label="not-a-digit", labelled_at=NOON)
            for n in gone:
                assert store.remove(records[n].id)
                assert not store.remove(records[n].id)
                assert not store.label(records[n].id, 3, NOON)
                assert store.drawing(records[n].id) is None
            expected = [each for n, each in enumerate(records) if n not in gone]
            for visitor in (None, VISITOR):
                seen: list[Record] = []
                while page := store.newest(7, before=seen[-1].id if seen else None, visitor=visitor):
                    assert page.complete
                    seen += page
                assert seen == [listed(each) for each in reversed(expected)]
            assert [store.get(each.id) for each in records if each in expected] == [*map(listed, expected)]
            assert [store.drawing(each.id) for each in expected] == [each.drawing for each in expected]
        assert list(store.scan()) == expected
        assert [count.total for count in store.counts()] == [len(expected)]


@pytest.mark.cassandra
def test_a_removal_beats_what_was_waiting_and_is_sent_again(url: str, path: Path) -> None:
    with opened(url, path) as store, cassandra_store(url) as far:
        store.wait(30)
        far.wait(30)
        with held(path):
            gone, sent = record(), record()
            store.add([gone])
            assert store.remove(gone.id)
            far.add([sent])
            assert store.remove(sent.id)
            store.add([gone, sent])  # late repetitions
            assert store.newest(9) == []
        assert list(store.scan()) == ids(far) == []
        far.add([gone, sent])
        assert ids(far) == []


@pytest.mark.cassandra
def test_a_record_that_the_outbox_has_forgotten_is_corrected_and_removed(
    url: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(shipper, "SENT_FOR", 0.0)
    with opened(url, path) as store, cassandra_store(url) as far:
        store.wait(30)
        far.wait(30)
        kept = record(label=2, labelled_at=NOON)
        far.add([kept])
        assert store.label(kept.id, 1, NOON - timedelta(days=1))  # older than its present label
        assert store.get(kept.id) == listed(kept)
        assert store.label(kept.id, 8, NOON + timedelta(days=1))
        expected = replace(kept, label=8, labelled_at=NOON + timedelta(days=1))
        assert store.get(kept.id) == listed(expected)
        assert list(store.scan()) == [expected]
        assert store.drawing(kept.id) == kept.drawing
        assert store.remove(kept.id)
        assert list(store.scan()) == []


@pytest.mark.cassandra
def test_what_one_host_has_removed_another_does_not_show(url: str, tmp_path: Path) -> None:
    with opened(url, tmp_path / "one.db") as one, opened(url, tmp_path / "other.db") as other:
        one.wait(30)
        other.wait(30)
        kept = record()
        one.add([kept])
        assert list(one.scan()) == [kept]
        assert other.label(kept.id, 6, NOON)
        wait_until(lambda: one.get(kept.id) == replace(listed(kept), label=6, labelled_at=NOON))
        assert other.remove(kept.id)
        assert list(other.scan()) == []
        assert one.get(kept.id) is None
        assert one.newest(9) == []
        assert not one.remove(kept.id)


@pytest.mark.cassandra
def test_a_change_that_is_refused_keeps_no_other_waiting(
    url: str, path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    real, refused = CassandraStore.apply, record()

    def apply(self: CassandraStore, changes: Sequence[Change]) -> None:
        if refused.id in {each.record.id for each in changes}:
            raise StoreError("too large")
        real(self, changes)

    monkeypatch.setattr(CassandraStore, "apply", apply)
    with opened(url, path) as store, cassandra_store(url) as far:
        store.wait(30)
        far.wait(30)
        store.add([refused, *(record() for _ in range(9))])
        # This is logged last: an arrived record still counts as waiting until its sending is noted.
        wait_until(lambda: "1 records are refused and stay in the outbox: too large" in caplog.text)
        assert len(ids(far)) == 9
        assert store.backlog().records == 1
        assert store.get(refused.id) == listed(refused)


@pytest.mark.cassandra
@pytest.mark.parametrize("count", [1, 2], ids=["the only node", "one of two"])
def test_what_cassandra_acknowledged_and_lost_is_sent_again(
    tmp_path: Path, path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    # A busy machine needs longer to send five hundred and empty the tables than sent records are kept.
    monkeypatch.setattr(shipper, "SENT_FOR", 300.0)
    with Nodes(tmp_path / "node", count, heap="384m", sync="periodic") as nodes:
        nodes.start()
        with opened(nodes.url(), path) as store, cassandra_store(nodes.url()) as far:
            store.wait(30)
            kept, removed = [record() for _ in range(500)], record()
            store.add([removed])
            assert list(store.scan()) == [removed]
            for each in kept:
                store.add([each])
            assert store.remove(removed.id)
            assert len(list(store.scan())) == 500
            assert store.backlog().records == 0
            empty(nodes, "mnist_key")  # as if none of it had reached the disk
            before = store._far.interruptions
            nodes.kill(count)
            # A node's losses show only when it is back, seconds later; here they happen at once.
            wait_until(lambda: store._far.interruptions > before)
            nodes.start(count, wait=False)
            wait_until(lambda: shown_and_arrived(store, far, kept), seconds=180)


def shown_and_arrived(store: Outbox, far: CassandraStore, kept: list[Record]) -> bool:
    """Whether all is in Cassandra again; until then the outbox still shows it, or raises StoreUnavailable."""
    with suppress(StoreUnavailable):
        assert store.get(kept[0].id) == listed(kept[0])
    assert store.newest(500) == [listed(each) for each in reversed(kept)]
    return arrived(far, kept)


def arrived(far: CassandraStore, kept: list[Record]) -> bool:
    try:
        return list(far.scan()) == kept
    except StoreUnavailable:
        return False


@pytest.mark.cassandra
def test_the_log_says_when_records_wait_and_when_they_are_gone(
    own_node: Nodes, path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.INFO, "digitpad")
    with opened(own_node.url(), path) as store:
        store.add([record(), record()])
        own_node.start()
        wait_until(lambda: "the outbox is empty again" in caplog.text, seconds=60)
    said = [each.getMessage() for each in caplog.records]
    at = f"Cassandra at 127.0.0.1:{own_node.port}"
    assert f"{at}: connected" in said
    assert any(each.startswith(at) and each.endswith("; 2 records wait in the outbox") for each in said)
    assert said[-1] == "the outbox is empty again"
    assert len(said) == len(set(said))
