"""What the SQLite file must withstand: several processes, kill -9, a full disk; and files that are not ours."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import time
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from uuid import uuid4

import pytest

from digitpad.errors import SettingError, StoreError, StoreUnavailable
from digitpad.records import open_store
from digitpad.records.sqlite import file as sqlite_file
from digitpad.records.sqlite import schema as sqlite_schema
from digitpad.records.sqlite.backup import backup
from digitpad.records.sqlite.database import Database
from digitpad.records.sqlite.store import SQLiteStore
from digitpad.settings import Settings
from tests.disk import small_disk
from tests.records.records import listed, record
from tests.server import environ

WRITER = """
import sys
from pathlib import Path
from digitpad.records.sqlite.store import SQLiteStore
from tests.records.records import record

store = SQLiteStore(Path(sys.argv[1]))
for _ in range(int(sys.argv[2])):
    kept = record()
    store.add([kept])
    print(kept.id, flush=True)
"""


def start_writer(path: Path, records: int) -> subprocess.Popen[str]:
    """A process that adds records and prints the id of each once it is acknowledged."""
    command = [sys.executable, "-c", WRITER, str(path), str(records)]
    return subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ())


def ids(path: Path) -> set[str]:
    with closing(SQLiteStore(path)) as store:
        return {str(each.id) for each in store.scan()}


def contents(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


def test_several_processes_make_the_file_and_write_at_once(tmp_path: Path) -> None:
    path = tmp_path / "new folder" / "records.db"
    writers = [start_writer(path, 50) for _ in range(4)]
    written = {line for writer in writers for line in writer.communicate(timeout=60)[0].split()}
    assert [writer.returncode for writer in writers] == [0] * 4
    assert len(written) == 200
    assert ids(path) == written


def test_what_was_acknowledged_survives_kill_9(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    acknowledged: set[str] = set()
    for _ in range(3):
        with start_writer(path, 1_000_000) as writer:
            assert writer.stdout is not None
            lines = [writer.stdout.readline().strip() for _ in range(40)]
            writer.kill()
            rest = writer.stdout.read()  # communicate() would lose what readline() has already taken in
        assert writer.returncode == -signal.SIGKILL
        acknowledged |= {*lines, *rest.split()}
    found = ids(path)
    assert found >= acknowledged
    assert len(found - acknowledged) <= 3  # at most the one under way each time


def test_threads_share_transactions(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "records.db")) as store:
        blocker = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        with ThreadPoolExecutor(20) as threads:
            waiting = [threads.submit(store.add, [record()]) for _ in range(20)]
            blocker.execute("ROLLBACK")
            for each in waiting:
                each.result(timeout=30)
        blocker.close()
        assert len(store.newest(100)) == 20


def test_who_comes_alone_commits_without_waking_another_thread(tmp_path: Path) -> None:
    with closing(Database(tmp_path / "records.db", sqlite_schema.RECORDS)) as database:
        assert database.write(lambda _: threading.get_ident()) == threading.get_ident()


def test_a_wrong_write_does_not_spoil_its_group(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "records.db")) as store:
        blocker = sqlite3.connect(tmp_path / "records.db", isolation_level=None)
        blocker.execute("BEGIN IMMEDIATE")
        good, bad = record(), record(model=None)
        with ThreadPoolExecutor(3) as threads:
            first = threads.submit(store.add, [record()])
            failing, fine = threads.submit(store.add, [bad]), threads.submit(store.add, [good])
            blocker.execute("ROLLBACK")
            first.result(timeout=30)
            fine.result(timeout=30)
            with pytest.raises(StoreError, match="NOT NULL"):
                failing.result(timeout=30)
        blocker.close()
        assert store.get(good.id) is not None
        assert store.get(bad.id) is None


def test_it_says_so_when_another_process_keeps_writing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT", 0.2)
    with closing(SQLiteStore(tmp_path / "records.db")) as store:
        with closing(sqlite3.connect(tmp_path / "records.db", isolation_level=None)) as blocker:
            blocker.execute("BEGIN IMMEDIATE")
            with pytest.raises(StoreUnavailable, match="another process"):
                store.add([record()])
        store.add([record()])
        assert len(store.newest(9)) == 1


def test_a_paused_process_does_not_keep_others_waiting_for_ever(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sqlite_file, "BUSY_TIMEOUT", 0.2)
    path = tmp_path / "records.db"
    turn = sqlite_file.turn_to_write(path)
    with closing(SQLiteStore(path)) as store:
        late = record()
        with turn.taken(), pytest.raises(StoreUnavailable, match="other writes have taken more than"):
            store.add([late])
        store.add([record()])
        assert store.get(late.id) is None
    turn.close()


@pytest.mark.parametrize("content", [b"Dear diary,", b"x" * 5_000, b"SQLite format 3\0" + b"\xff" * 50])
def test_a_foreign_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "diary.txt"
    path.write_bytes(content)
    with pytest.raises(StoreError, match=r"diary\.txt: not a SQLite file; it was left as it is"):
        SQLiteStore(path)
    assert contents(tmp_path) == {"diary.txt": content}


@pytest.mark.parametrize("mode", ["DELETE", "WAL"])
def test_a_foreign_database_is_refused_and_left_alone(tmp_path: Path, mode: str) -> None:
    path = tmp_path / "bank.db"
    with closing(sqlite3.connect(path)) as bank:
        bank.execute(f"PRAGMA journal_mode = {mode}")
        bank.execute("CREATE TABLE account (owner TEXT)")
        bank.commit()
        before = contents(tmp_path)
        with pytest.raises(StoreError, match="not digitpad's; it was left as it is"):
            SQLiteStore(path)
        assert contents(tmp_path) == before


def test_a_newer_schema_is_refused_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    SQLiteStore(path).close()
    with closing(sqlite3.connect(path)) as newer:
        newer.execute("PRAGMA user_version = 99")
    before = path.read_bytes()
    with pytest.raises(StoreError, match=r"newer digitpad .schema 99, this one knows 2.; upgrade"):
        SQLiteStore(path)
    assert path.read_bytes() == before


def test_a_damaged_file_is_said_to_be_damaged_and_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    with closing(SQLiteStore(path)) as store:
        store.add([record() for _ in range(200)])
    whole = path.read_bytes()
    for damaged in (whole[: len(whole) // 2], whole[:5_000] + os.urandom(len(whole) - 5_000)):
        path.write_bytes(damaged)
        with pytest.raises(StoreError, match="the file is damaged"), closing(SQLiteStore(path)) as store:
            list(store.scan())
        assert path.read_bytes() == damaged


@pytest.mark.parametrize(
    "damage", ["probabilities = '[0.1,'", "visitor = 'nobody'", "label = 'ten'", "labelled_at = 'noon'"]
)
def test_a_damaged_record_is_named(tmp_path: Path, damage: str) -> None:
    path = tmp_path / "records.db"
    kept = record()
    with closing(SQLiteStore(path)) as store, closing(sqlite3.connect(path)) as vandal:
        store.add([kept])
        with vandal:
            vandal.execute(f"UPDATE record_data SET {damage}")
        for reading in (lambda: store.get(kept.id), lambda: store.newest(1), lambda: list(store.scan())):
            with pytest.raises(StoreError, match=f"the record {kept.id} is damaged"):
                reading()
        assert store.remove(kept.id)
        assert store.newest(1) == []


def test_an_empty_file_becomes_a_store(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    path.touch()
    with closing(SQLiteStore(path)) as store:
        store.check()
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)


def test_a_file_that_vanishes_is_not_written_into(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    with closing(SQLiteStore(path)) as store:
        path.unlink()
        with pytest.raises(StoreError, match="removed or replaced"):
            store.add([record()])
        with pytest.raises(StoreError, match="removed or replaced"):
            store.check()


def test_a_file_that_was_moved_away_and_back_has_lost_nothing(tmp_path: Path) -> None:
    """Its newest records are in the log that was left behind, which SQLite deletes where it makes an empty file."""
    path, away = tmp_path / "records.db", tmp_path / "away.db"
    kept = record()
    with closing(SQLiteStore(path)) as store:
        store.add([kept])
        path.rename(away)
        with pytest.raises(StoreError, match="removed or replaced"):
            store.newest(1)
        away.rename(path)
        assert store.newest(1) == [listed(kept)]
        path.rename(away)
    for left in (None, b""):
        if left is not None:
            path.write_bytes(left)
        with pytest.raises(StoreError, match=r"put the file back beside it, or remove the log"):
            SQLiteStore(path)
        with pytest.raises(StoreError, match=r"put the file back beside it, or remove the log"):
            backup(path, tmp_path / "backup.db", lambda *_: None)
    away.replace(path)
    assert ids(path) == {str(kept.id)}


def test_nothing_is_acknowledged_into_a_file_that_was_emptied(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    with closing(SQLiteStore(path)) as store:
        store.add([record()])
        path.write_bytes(b"")
        for refused in (lambda: store.add([record()]), lambda: store.newest(1)):
            with pytest.raises(StoreError, match="or is empty"):
                refused()


def test_a_file_in_the_place_of_another_is_not_read_with_the_others_log(tmp_path: Path) -> None:
    path, other = tmp_path / "records.db", tmp_path / "other.db"
    with closing(SQLiteStore(other)) as store:
        store.add([record(), record()])
    whole = other.read_bytes()
    with closing(SQLiteStore(path)) as store:
        store.add([record()])
        other.replace(path)
        with pytest.raises(StoreError, match="removed or replaced"):
            list(store.scan())
    assert path.read_bytes() == whole


def test_a_folder_that_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StoreError, match=r"File exists|Not a directory"):
        SQLiteStore(tmp_path / "file" / "records.db")
    with pytest.raises(StoreError):
        SQLiteStore(tmp_path)


def test_a_full_disk_is_said_and_got_over(tmp_path: Path) -> None:
    disk = tmp_path / "disk"
    with small_disk(disk, megabytes=1) as grow, closing(SQLiteStore(disk / "records.db")) as store:
        kept = []
        with pytest.raises(StoreError, match="the disk is full"):
            for _ in range(1_000):
                drawing = record(drawing=os.urandom(10_000))
                store.add([drawing])
                kept.append(drawing)
        assert list(store.scan()) == kept
        grow(8)
        store.check()
        more = record()
        store.add([more])
        assert list(store.scan()) == [*kept, more]


def test_reading_does_not_wait_for_writing(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "records.db")) as store:
        kept = record()
        store.add([kept])
        with closing(sqlite3.connect(tmp_path / "records.db", isolation_level=None)) as blocker:
            blocker.execute("BEGIN IMMEDIATE")
            started = time.monotonic()
            assert store.get(kept.id) is not None
            assert len(store.newest(5)) == 1
            assert time.monotonic() - started < sqlite_file.BUSY_TIMEOUT / 2


def test_nothing_can_be_added_after_closing(tmp_path: Path) -> None:
    store = SQLiteStore(tmp_path / "records.db")
    store.close()
    store.close()
    with pytest.raises(StoreError, match="closed"):
        store.add([record()])


@pytest.mark.parametrize("url", ["sqlite:///", "sqlite://host/x.db", "sqlite:///:memory:", "sqlite:///dir/"])
def test_an_address_without_a_file(url: str) -> None:
    with pytest.raises(SettingError, match="names no file"):
        SQLiteStore.from_url(url)


def test_relative_and_absolute_addresses(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for url, path in {
        "sqlite:///here.db": tmp_path / "here.db",
        f"sqlite:///{tmp_path}/there.db": tmp_path / "there.db",
    }.items():
        with closing(open_store(Settings(store=url))) as store:
            assert path.exists()
            assert store.name == f"SQLite, {path}"


def test_a_killed_worker_does_not_keep_the_others_from_writing(tmp_path: Path) -> None:
    path = tmp_path / "records.db"
    killed, going_on = start_writer(path, 1_000_000), start_writer(path, 150)
    assert killed.stdout is not None
    acknowledged = {killed.stdout.readline().strip() for _ in range(30)}
    killed.kill()
    acknowledged |= set(killed.communicate(timeout=60)[0].split())
    acknowledged |= set(going_on.communicate(timeout=60)[0].split())
    assert going_on.returncode == 0
    assert ids(path) >= acknowledged
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_what_was_erased_is_not_in_the_log_either(tmp_path: Path) -> None:
    visitor, drawing = uuid4(), os.urandom(500)
    with closing(SQLiteStore(tmp_path / "records.db")) as server:
        server.add([record(visitor=visitor, source="picture", drawing=drawing), record()])
        assert drawing in (tmp_path / "records.db-wal").read_bytes()
        assert sum(server.erase(visitor)) == 1
        for file in tmp_path.iterdir():
            assert drawing not in file.read_bytes()
            assert str(visitor).encode() not in file.read_bytes()


def test_erasing_waits_for_nobody_who_reads_for_long(tmp_path: Path) -> None:
    visitor = uuid4()
    with closing(SQLiteStore(tmp_path / "records.db")) as store:
        store.add([record(visitor=visitor), record()])
        with closing(sqlite3.connect(tmp_path / "records.db", isolation_level=None)) as backup:
            backup.execute("BEGIN")
            backup.execute("SELECT count(*) FROM record_data").fetchone()
            assert sum(store.erase(visitor)) == 1
            store.add([record()])
        assert len(store.newest(10)) == 2


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has other rights")
def test_nobody_else_may_open_the_files(tmp_path: Path) -> None:
    with closing(SQLiteStore(tmp_path / "new" / "records.db")) as store:
        store.add([record()])
        files = [*(tmp_path / "new").iterdir()]
        assert len(files) == 4  # with its log, the log's index and the turn file
        assert {file.stat().st_mode & 0o077 for file in (tmp_path / "new", *files)} == {0}


def test_a_folder_that_becomes_something_else_is_said_in_words(tmp_path: Path) -> None:
    folder = tmp_path / "folder"
    with closing(SQLiteStore(folder / "records.db")) as store:
        store.add([record()])
        folder.rename(tmp_path / "elsewhere")
        folder.write_text("a file now")
        with pytest.raises(StoreError, match=r"records\.db: Not a directory"):
            store.add([record()])
