"""What the outbox must withstand: an absent Cassandra, a full disk, a clock that jumps, a foreign file."""

from __future__ import annotations

import os
import re
import sqlite3
import time
from contextlib import closing
from dataclasses import replace
from datetime import date
from pathlib import Path
from uuid import uuid4

import pytest

from digitpad.errors import StoreError, StoreUnavailable
from digitpad.records import open_store, timeuuid
from digitpad.records.cassandra.address import Address
from digitpad.records.cassandra.link import CONNECT_TIMEOUT
from digitpad.records.cassandra.store import CassandraStore
from digitpad.records.outbox.waiting import Backlog, Waiting
from digitpad.settings import Settings
from tests.cassandra.nodes import Nodes
from tests.disk import small_disk
from tests.records.outboxes import opened
from tests.records.records import NOON, listed, record
from tests.server import free_port, wait_until


def test_records_are_taken_and_shown_while_cassandra_is_away(away: str, path: Path) -> None:
    with opened(away, path) as store:
        kept, removed, other = record(), record(), record(visitor=uuid4())
        started = time.monotonic()
        store.add([kept, removed])
        store.add([other])
        assert store.label(kept.id, 4, NOON)
        assert store.remove(removed.id)
        labelled = replace(listed(kept), label=4, labelled_at=NOON)
        assert store.get(kept.id) == labelled
        assert store.drawing(kept.id) == kept.drawing
        assert store.get(removed.id) is None
        assert store.drawing(removed.id) is None
        found = store.newest(9)
        assert found == [listed(other), labelled]
        assert not found.complete
        assert store.newest(9, visitor=kept.visitor) == store.newest(9, before=other.id) == [labelled]
        assert time.monotonic() - started < CONNECT_TIMEOUT, "nobody waits for Cassandra"
        assert store.backlog().records == 3


def test_what_only_cassandra_knows_is_unavailable_at_once_while_it_is_away(away: str, path: Path) -> None:
    with opened(away, path) as store:
        kept, stranger = record(), timeuuid.new()
        store.add([kept])
        started = time.monotonic()
        for impossible in (
            lambda: store.get(stranger),
            lambda: store.drawing(stranger),
            lambda: store.label(stranger, 3, NOON),
            lambda: store.remove(stranger),
            lambda: list(store.scan()),
            store.counts,
            lambda: list(store.erase(kept.visitor)),
            lambda: list(store.purge(date(2026, 1, 1))),
        ):
            with pytest.raises(StoreUnavailable, match="Cassandra at 127"):
                impossible()
        assert time.monotonic() - started < CONNECT_TIMEOUT, "nobody waits for Cassandra"
        assert store.get(uuid4()) is None
        assert store.newest(9) == [listed(kept)]


def test_a_check_says_what_is_away_and_how_much_waits(away: str, path: Path) -> None:
    with opened(away, path) as store:
        store.add([record(), record()])
        (remark,) = store.check()
        assert remark.startswith("Cassandra at 127.0.0.1")
        assert remark.endswith("; 2 records wait in the outbox")
        assert 0 <= store.backlog().seconds < 30


def test_a_check_says_what_is_refused_though_cassandra_answers(
    away: str, path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def apply(*_: object) -> None:
        raise StoreError("Cassandra refuses: no such table")

    monkeypatch.setattr(CassandraStore, "apply", apply)
    monkeypatch.setattr(CassandraStore, "answers", True)
    with opened(away, path) as store:
        assert store.check() == []
        store.add([record()])
        said = ["Cassandra refuses: no such table; 1 records wait in the outbox"]
        wait_until(lambda: store.check() == said, seconds=10)


def test_a_full_outbox_takes_no_more_records(away: str, path: Path) -> None:
    with opened(away, path, limit=3) as store:
        records = [record() for _ in range(3)]
        for each in records:
            store.add([each])
        for full in (lambda: store.add([record()]), store.check):
            with pytest.raises(
                StoreError, match=r"the outbox is full, 3 records wait .DIGITPAD_OUTBOX_LIMIT"
            ):
                full()
        assert store.label(records[0].id, 3, NOON)
        assert store.remove(records[1].id)
        assert len(store.newest(9)) == 2


def test_a_folder_that_is_gone_is_said_in_words(away: str, tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    with opened(away, folder / "outbox.db") as store:
        folder.rename(tmp_path / "elsewhere")
        for impossible in (lambda: store.add([record()]), store.check):
            with pytest.raises(StoreError, match=r"outbox\.db: No such file or directory"):
                impossible()


@pytest.mark.cassandra
def test_a_full_disk_takes_no_more_records_and_empties(own_node: Nodes, tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, megabytes=32), opened(own_node.url(), disk / "outbox.db") as store:
        kept = []
        with pytest.raises(StoreError, match="the disk is full"):
            while True:
                more = record(drawing=os.urandom(100_000))
                store.add([more])
                kept.append(more)
        with pytest.raises(StoreError, match="the disk is full"):
            store.check()
        own_node.start()
        wait_until(lambda: store.backlog().records == 0, seconds=90)
        assert list(store.scan()) == kept


def test_a_damaged_record_keeps_no_other_waiting(path: Path) -> None:
    damaged, other = record(), record()
    with (
        closing(Waiting(path, store="a store", limit=9)) as waiting,
        closing(sqlite3.connect(path)) as vandal,
    ):
        waiting.add([damaged])
        waiting.add([other])
        with vandal:
            vandal.execute("UPDATE change SET probabilities = '[0.1,' WHERE id = ?", (str(damaged.id),))
        (due,) = waiting.due()
        assert due.record == other
        waiting.sent([due])
        with pytest.raises(StoreError, match=f"the record {damaged.id} is damaged"):
            waiting.due()


def test_a_clock_that_jumps_back_keeps_nothing_from_being_sent_again(
    path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    with closing(Waiting(path, store="a store", limit=9)) as waiting:
        waiting.add([record()])
        waiting.sent(waiting.due())
        assert waiting.due() == []
        an_hour_ago = time.time_ns() - 3_600 * 10**9
        monkeypatch.setattr(time, "time_ns", lambda: an_hour_ago)
        waiting.send_again()
        assert len(waiting.due()) == 1
        assert waiting.backlog() == Backlog(1, 0.0)


def test_a_file_for_another_store_is_neither_shown_nor_mixed(away: str, path: Path) -> None:
    other = f"cassandra://127.0.0.1:{free_port()}/other"
    with opened(away, path) as store:
        kept = record()
        store.add([kept])
    with opened(other, path) as store:
        assert store.newest(9) == []
        assert store.backlog().records == 0
        for refused in (lambda: store.add([record()]), store.check):
            with pytest.raises(
                StoreError, match=r"1 changes wait here for Cassandra, 127.*name another file"
            ):
                refused()
    with opened(away, path) as store:
        assert store.newest(9) == [listed(kept)]


def test_a_file_can_be_told_that_its_store_has_another_address(away: str, path: Path) -> None:
    """By the line that docs/records.md has for it."""
    text = (Path(__file__).parents[2] / "docs" / "records.md").read_text(encoding="utf-8")
    (line,) = re.findall(r'`sqlite3 outbox\.db "(.*)"`', text)
    moved = f"cassandra://127.0.0.1:{free_port()}/mnist_key"
    with opened(away, path) as store:
        kept = record()
        store.add([kept])
    with closing(sqlite3.connect(path)) as connection, connection:
        name = Address.from_url("cassandra://db2,db3/mnist_key").name
        assert name in line
        connection.execute(line.replace(name, Address.from_url(moved).name))
    with opened(moved, path) as store:
        assert store.newest(9) == [listed(kept)]
        assert store.backlog().records == 1
        store.add([record()])


def test_a_foreign_file_is_refused(away: str, path: Path) -> None:
    path.write_text("Dear diary,")
    with pytest.raises(StoreError, match="not a SQLite file"):
        opened(away, path)
    with closing(open_store(Settings(store=f"sqlite:///{path}.records"))):
        pass
    with pytest.raises(StoreError, match="not an outbox of digitpad"):
        opened(away, Path(f"{path}.records"))
