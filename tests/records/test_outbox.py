"""What the outbox has to stand: Cassandra away, kill -9, a full disk, two processes, late shipments."""

from __future__ import annotations

import logging
import os
import random
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from uuid import UUID, uuid4

import pytest

from digitpad.errors import StoreError, StoreUnavailable
from digitpad.records import Record, open_store, shipper, timeuuid
from digitpad.records.cassandra import CassandraStore
from digitpad.records.change import Change
from digitpad.records.outbox import Outbox
from digitpad.records.turn import Turn
from digitpad.records.waiting import Backlog, Waiting
from digitpad.settings import Settings
from tests.cassandra.nodes import Nodes
from tests.disk import small_disk
from tests.records.conftest import empty
from tests.records.records import VISITOR, id_at, listed, record
from tests.server import free_port, wait_until

NOON = datetime(2026, 3, 14, 12, tzinfo=UTC)
ROOT = Path(__file__).parents[2]
ENVIRON = {**os.environ, "PYTHONPATH": f"{ROOT / 'src'}:{ROOT}"}
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
from digitpad.records.turn import Turn
from digitpad.records.waiting import Backlog, Waiting

with Turn(Path(sys.argv[1])).tried() as alone:
    print(alone, flush=True)
    input()
"""


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the outbox is."""
    return tmp_path / "outbox.db"


@pytest.fixture
def away() -> str:
    """The address of a Cassandra that is away."""
    return f"cassandra://127.0.0.1:{free_port()}/mnist_key"


@pytest.fixture
def url(cassandra: Nodes) -> str:
    """The address of an empty one."""
    with opened_past_outbox(cassandra.url("outbox")) as store:
        store.wait(30)
    empty(cassandra, "outbox")
    return cassandra.url("outbox")


def opened(url: str, path: Path, *, limit: int = 1_000_000) -> closing[Outbox]:
    store = open_store(Settings(store=url, outbox=str(path), outbox_limit=limit))
    assert isinstance(store, Outbox)
    return closing(store)


def opened_past_outbox(url: str) -> closing[CassandraStore]:
    return closing(CassandraStore.from_settings(Settings(store=url)))


def start(script: str, *arguments: object) -> subprocess.Popen[str]:
    command = [sys.executable, "-c", script, *map(str, arguments)]
    return subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, env=ENVIRON)


def lines(process: subprocess.Popen[str], number: int) -> list[str]:
    assert process.stdout is not None
    return [process.stdout.readline().strip() for _ in range(number)]


@contextmanager
def held(path: Path) -> Iterator[None]:
    """Keep what waits from being sent within the block."""
    turn = Turn(Path(f"{path}-shipper"))
    with closing(turn), turn.taken():
        yield


def ids(store: CassandraStore) -> list[UUID]:
    return [each.id for each in store.scan()]


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
        assert time.monotonic() - started < 2
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
        assert time.monotonic() - started < 2
        assert store.get(uuid4()) is None
        assert store.newest(9) == [listed(kept)]


def test_a_check_says_what_is_away_and_how_much_waits(away: str, path: Path) -> None:
    with opened(away, path) as store:
        store.add([record(), record()])
        (remark,) = store.check()
        assert remark.startswith("Cassandra at 127.0.0.1")
        assert remark.endswith("; 2 records wait in the outbox")
        assert 0 <= store.backlog().seconds < 5


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
        wait_until(lambda: store.backlog().records == 0, seconds=30)
        assert list(store.scan()) == kept


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


def test_a_foreign_file_is_refused(away: str, path: Path) -> None:
    path.write_text("Dear diary,")
    with pytest.raises(StoreError, match="not a SQLite file"):
        opened(away, path)
    with closing(open_store(Settings(store=f"sqlite:///{path}.records"))):
        pass
    with pytest.raises(StoreError, match="not an outbox of digitpad"):
        opened(away, Path(f"{path}.records"))


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
    with opened(own_node.url(), path) as store, opened_past_outbox(own_node.url()) as far:
        store.wait(30)
        wait_until(lambda: store.backlog().records == 0, seconds=30)
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
        wait_until(lambda: store.backlog().records == 0, seconds=10)
        with opened_past_outbox(url) as far:
            far.wait(30)
            assert sorted(map(str, ids(far))) == sorted(acknowledged)


@pytest.mark.cassandra
def test_the_turn_to_send_passes_on_when_its_owner_is_killed(url: str, path: Path) -> None:
    with opened(url, path) as store, opened_past_outbox(url) as far:
        store.wait(30)
        far.wait(30)
        with start(HOLDER, f"{path}-shipper") as holder:
            assert lines(holder, 1) == ["True"]
            kept = record()
            store.add([kept])
            assert store.backlog().records == 1
            assert store.newest(9) == [listed(kept)]
            assert far.get(kept.id) is None
            holder.kill()
        wait_until(lambda: far.get(kept.id), seconds=5)


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
    with opened(url, path) as store, opened_past_outbox(url) as far:
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
    with opened(url, path) as store, opened_past_outbox(url) as far:
        store.wait(30)
        far.wait(30)
        kept = record(label=2, labelled_at=NOON)
        far.add([kept])
        assert store.label(kept.id, 1, NOON - timedelta(days=1))  # older than the one that it has
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
    with opened(url, path) as store, opened_past_outbox(url) as far:
        store.wait(30)
        far.wait(30)
        store.add([refused, *(record() for _ in range(9))])
        wait_until(lambda: len(ids(far)) == 9)
        assert store.backlog().records == 1
        assert store.get(refused.id) == listed(refused)
        assert "1 records are refused and stay in the outbox: too large" in caplog.text


@pytest.mark.cassandra
@pytest.mark.parametrize("count", [1, 2], ids=["the only node", "one of two"])
def test_what_cassandra_acknowledged_and_lost_is_sent_again(tmp_path: Path, path: Path, count: int) -> None:
    with Nodes(tmp_path / "node", count, heap="384m", sync="periodic") as nodes:
        nodes.start()
        with opened(nodes.url(), path) as store, opened_past_outbox(nodes.url()) as far:
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
            nodes.kill(count)
            nodes.start(count, wait=False)
            wait_until(lambda: shown_and_arrived(store, far, kept), seconds=90)


def shown_and_arrived(store: Outbox, far: CassandraStore, kept: list[Record]) -> bool:
    """Whether all is there again; until then it is shown nonetheless, or said that nobody knows."""
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
