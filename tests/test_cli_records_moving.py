"""`digitpad records import | copy | backup | purge | erase`, as a person types it."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
import tracemalloc
from collections.abc import Callable
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path
from uuid import uuid4

import numpy as np
import pytest

from digitpad import picture
from digitpad.errors import DataError, DigitpadError, StoreError
from digitpad.records import Record, timeuuid
from digitpad.records.copying import Bookmark
from digitpad.records.sqlite.store import SQLiteStore
from tests.cassandra.nodes import Nodes
from tests.disk import small_disk
from tests.records import older
from tests.records.records import NOON, VISITOR, id_at, record
from tests.server import environ
from tests.test_cli_records import SEVEN, kept, run

LONG_AGO = '_at": "0001-01-01T00:00:00+01:00"'  # in UTC it is in no year
COPIER = """
import sys
from pathlib import Path
from digitpad.records.copying import Bookmark, copy
from digitpad.records.sqlite.store import SQLiteStore

source, target = (SQLiteStore(Path(name)) for name in sys.argv[1:3])
for record in copy(source, target, Bookmark("one", "other", Path(sys.argv[3]))):
    print(record.id, flush=True)
"""


@pytest.fixture(autouse=True)
def state(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Keep the progress of copies out of the user's own folder."""
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))


@pytest.fixture
def url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/records.db"


@pytest.fixture
def other(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path}/other.db"


def noise(side: int) -> bytes:
    """A picture of about one byte per pixel."""
    return picture.to_png(np.frombuffer(os.urandom(side * side), np.uint8).reshape(side, side))


def several() -> list[Record]:
    """Records with ink and pictures, refused and corrected, of two days and two visitors, oldest first."""
    return [
        record(id=id_at(NOON), drawing=SEVEN, label=7, labelled_at=NOON + timedelta(days=3)),
        record(id=id_at(NOON + timedelta(hours=1)), source="picture", drawing=noise(16), digit=None),
        record(id=id_at(NOON + timedelta(days=1)), drawing=None, label="not-a-digit", labelled_at=NOON),
        record(visitor=uuid4(), model="“mine”,\r\n2"),
    ]


@pytest.mark.parametrize("format_", ["jsonl", "csv"])
def test_an_export_comes_back_whole_and_again(url: str, other: str, tmp_path: Path, format_: str) -> None:
    records, file = kept(url, *several()), tmp_path / "out"
    run(url, "export", "--format", format_, "--output", file)
    result = run(other, "import", file)
    assert (result.exit_code, result.stdout) == (0, "")
    assert result.stderr == f"4 records of {file} are in SQLite, {tmp_path}/other.db\n"
    assert kept(other) == records
    assert run(other, "import", file).exit_code == 0
    assert kept(other) == records


@pytest.mark.parametrize("format_", ["jsonl", "csv"])
def test_import_reads_standard_input(url: str, other: str, format_: str) -> None:
    records = kept(url, *several())
    exported = run(url, "export", "--format", format_).stdout_bytes
    assert run(other, "import", "-", typed=b"\xef\xbb\xbf" + exported).exit_code == 0
    assert kept(other) == records


@pytest.mark.parametrize(
    ("bad", "says"),
    [
        (lambda good: good.replace('"digit": ', '"digit": 1'), "digit"),
        (lambda good: good.replace('"digit": ', '"digit": ' + "1" * 5_000), "too many digits"),
        (lambda good: good.replace('"2026.11"', r'"\ud800"'), "no text"),
        (lambda good: good.replace('"label": null', '"label": 1').replace('_at": null', LONG_AGO), "range"),
        (lambda _: "[" * 100_000, "deeply"),
        (lambda good: good.replace("2026.11", "\udcff"), "not UTF-8"),  # how Python shows the byte 255
    ],
)
def test_import_names_the_bad_line_and_keeps_what_stands_before_it(
    url: str, tmp_path: Path, bad: Callable[[str], str], says: str
) -> None:
    first = record()
    kept(f"sqlite:///{tmp_path}/other.db", first)
    good = run(f"sqlite:///{tmp_path}/other.db", "export").stdout
    file = tmp_path / "in.jsonl"
    file.write_text(good + bad(good), encoding="utf-8", errors="surrogateescape")
    with pytest.raises(DataError, match=rf"in\.jsonl, line 2: .*{says}.*; mend the line and import again"):
        run(url, "import", file)
    assert kept(url) == [first]


def test_import_of_a_file_that_is_not_there(url: str, tmp_path: Path) -> None:
    with pytest.raises(DataError, match="No such file"):
        run(url, "import", tmp_path / "nothing")


def test_large_records_pass_in_little_memory(url: str, other: str, tmp_path: Path) -> None:
    many = [record(source="picture", drawing=noise(170)) for _ in range(1_500)]  # 45 MB
    kept(url, *many)
    del many
    for command in (
        (url, "export", "--output", tmp_path / "out.jsonl"),
        (other, "import", tmp_path / "out.jsonl"),
        (url, "copy", url, f"{other}-2"),
        (url, "purge", "--before", f"{datetime.now(UTC):%F}", "--yes"),
    ):
        tracemalloc.start()
        assert run(*command).exit_code == 0
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak < 20_000_000, command


def test_copy_takes_everything_along_and_again(url: str, other: str) -> None:
    records = kept(url, *several())
    result = run(url, "copy", url, other)
    assert result.exit_code == 0
    assert result.stderr.startswith("4 records copied from SQLite, ")
    assert kept(other) == records
    with closing(SQLiteStore.from_url(url)) as store:
        store.label(records[1].id, 5, NOON)
    more = record()
    records = kept(url, more)
    run(url, "copy", url, other)
    assert kept(other) == records
    assert run(url, "copy", other, other.replace("/other", "/./other")).exit_code == 2


def test_what_was_removed_between_two_copies_is_removed_by_the_second(url: str, other: str) -> None:
    records = kept(url, *several())
    run(url, "copy", url, other)
    with closing(SQLiteStore.from_url(url)) as store:
        store.remove(records[1].id)
    run(url, "copy", url, other)
    assert kept(other) == [records[0], *records[2:]]


def test_copy_does_not_make_the_store_that_it_should_read(url: str, other: str, tmp_path: Path) -> None:
    with pytest.raises(DigitpadError, match=r"records\.db: no such file"):
        run(url, "copy", url, other)
    assert not list(tmp_path.glob("*.db"))


def test_a_copy_that_was_killed_goes_on_where_it_stopped(tmp_path: Path) -> None:
    url = f"sqlite:///{tmp_path}/from.db"
    records = kept(url, *(record() for _ in range(3_000)))
    command = [
        sys.executable,
        "-c",
        COPIER,
        *(str(tmp_path / name) for name in ("from.db", "to.db", "place")),
    ]
    copying = subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environ())
    assert copying.stdout is not None
    first = [copying.stdout.readline().strip() for _ in range(500)]
    copying.kill()
    copying.communicate(timeout=60)
    assert copying.returncode == -signal.SIGKILL
    place = Bookmark("one", "other", tmp_path / "place")
    stopped = place.read()
    assert stopped is not None
    assert timeuuid.sort_key(stopped) >= timeuuid.sort_key(records[499].id)
    assert first == [str(each.id) for each in records[:500]]
    rest = subprocess.run(command, capture_output=True, text=True, env=environ(), check=True).stdout.split()
    last = timeuuid.sort_key(stopped)
    assert rest == [str(each.id) for each in records if timeuuid.sort_key(each.id) > last]
    assert kept(f"sqlite:///{tmp_path}/to.db") == records
    assert place.read() is None
    place.move(stopped)
    command[4] = str(tmp_path / "anew.db")  # what was copied is no longer there: copy all of it again
    again = subprocess.run(command, capture_output=True, text=True, env=environ(), check=True).stdout.split()
    assert again == [str(each.id) for each in records]


@pytest.mark.cassandra
def test_from_sqlite_to_cassandra_and_back(url: str, other: str, cassandra: Nodes, tmp_path: Path) -> None:
    records = kept(url, *several(), *(record(id=id_at(NOON + timedelta(hours=n))) for n in range(500)))
    there = cassandra.url("copied")
    assert run(url, "copy", url, there).exit_code == 0
    assert kept(there) == records
    assert run(url, "copy", there, other).exit_code == 0
    assert kept(other) == records
    assert run(there, "purge", "--before", "2026-03-15", "--yes").exit_code == 0
    assert run(there, "erase", "--visitor", VISITOR, "--yes").exit_code == 0
    assert kept(there) == [each for each in records if each.visitor != VISITOR]
    with pytest.raises(DigitpadError, match="nodetool snapshot"):
        run(there, "backup", tmp_path / "backup.db")


def test_purge_asks_and_says_how_many(url: str) -> None:
    records = kept(url, *several())
    refused = run(url, "purge", "--before", "2026-03-15", typed="n\n")
    assert refused.exit_code == 1
    assert "Remove 2 records of before 2026-03-15 from SQLite" in refused.stderr
    assert kept(url) == records
    agreed = run(url, "purge", "--before", "2026-03-15", typed="y\n")
    assert agreed.stderr.splitlines()[-1].startswith("2 records of before 2026-03-15 removed from SQLite")
    assert kept(url) == records[2:]
    assert run(url, "purge", "--before", "2026-03-15").exit_code == 0  # nothing to ask about
    assert run(url, "purge", "--before", "1026-03-15", "--yes").stderr.startswith("0 records")
    assert kept(url) == records[2:]
    tomorrow = datetime.now(UTC) + timedelta(days=1)
    assert run(url, "purge", "--before", f"{tomorrow:%F}", "--yes").exit_code == 2
    assert run(url, "purge", "--before", "soon", "--yes").exit_code == 2


def test_erase_asks_and_leaves_nothing_in_the_file(url: str, tmp_path: Path) -> None:
    erased, others = uuid4(), several()
    secret = os.urandom(5_000)
    kept(url, *others, *(record(visitor=erased, source="picture", drawing=secret) for _ in range(30)))
    assert run(url, "erase", "--visitor", erased, typed="\n").exit_code == 1
    result = run(url, "erase", "--visitor", erased, typed="y\n")
    assert "Remove 30 records of visitor" in result.stderr
    assert kept(url) == others
    assert secret[:500] not in (tmp_path / "records.db").read_bytes()
    assert str(erased).encode() not in (tmp_path / "records.db").read_bytes()


def test_a_backup_beside_a_writer_is_whole(url: str, tmp_path: Path) -> None:
    kept(url, *several())
    stop = threading.Event()
    acknowledged: list[Record] = []

    def write() -> None:
        with closing(SQLiteStore.from_url(url)) as store:
            while not stop.is_set():
                new = record(source="picture", drawing=os.urandom(20_000))
                store.add([new])
                acknowledged.append(new)

    writer = threading.Thread(target=write)
    writer.start()
    try:
        while len(acknowledged) < 20 and writer.is_alive():
            stop.wait(0.01)
        before = len(acknowledged)
        result = run(url, "backup", tmp_path / "backup.db")
    finally:
        stop.set()
        writer.join()
    assert result.exit_code == 0
    assert {path.name for path in tmp_path.iterdir() if "backup" in path.name} == {"backup.db"}
    found = {each.id for each in kept(f"sqlite:///{tmp_path}/backup.db")}
    assert found >= {each.id for each in acknowledged[:before]}
    assert found <= {each.id for each in kept(url)}


def test_a_backup_overwrites_nothing_and_leaves_nothing_half(url: str, tmp_path: Path) -> None:
    kept(url, *(record() for _ in range(200)))
    (tmp_path / "diary").write_text("dear")
    with pytest.raises(StoreError, match="diary exists"):
        run(url, "backup", tmp_path / "diary")
    assert (tmp_path / "diary").read_text() == "dear"
    with pytest.raises(StoreError, match="No such file"):
        run(url, "backup", tmp_path / "nowhere" / "backup.db")
    with pytest.raises(DigitpadError, match="no such file"):
        run(f"sqlite:///{tmp_path}/typo.db", "backup", tmp_path / "backup.db")
    with (tmp_path / "records.db").open("r+b") as file:
        file.seek(20_000)
        file.write(os.urandom(20_000))
    with pytest.raises(StoreError, match="damaged"):
        run(url, "backup", tmp_path / "backup.db")
    assert not [path for path in tmp_path.iterdir() if "backup" in path.name]


def test_a_backup_of_what_is_no_whole_file_is_an_error_of_the_store(url: str, tmp_path: Path) -> None:
    kept(url, *(record() for _ in range(200)))
    (tmp_path / "folder").mkdir()
    os.truncate(tmp_path / "records.db", 20_000)
    for name, why in (("folder", "unable to open"), ("records.db", "damaged")):
        with pytest.raises(StoreError, match=f"{name}: .*{why}"):
            run(f"sqlite:///{tmp_path}/{name}", "backup", tmp_path / "backup.db")
    assert not [path for path in tmp_path.iterdir() if "backup" in path.name]


def test_a_backup_is_one_file_of_the_same_kind(url: str, tmp_path: Path) -> None:
    kept(url, *several())
    run(url, "backup", tmp_path / "backup.db")
    with closing(sqlite3.connect(tmp_path / "backup.db")) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("PRAGMA integrity_check").fetchone() == ("ok",)


def test_a_backup_before_an_upgrade_leaves_the_file_to_the_older_digitpad(tmp_path: Path) -> None:
    older.file_of("version-1.sql", tmp_path / "records.db")
    run(f"sqlite:///{tmp_path}/records.db", "backup", tmp_path / "backup.db")
    for name in ("records.db", "backup.db"):
        with closing(sqlite3.connect(tmp_path / name)) as connection:
            assert connection.execute("PRAGMA user_version").fetchone() == (1,)


def test_a_backup_of_a_file_beside_us(url: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    records = kept(url, *several())
    monkeypatch.chdir(tmp_path)
    run("sqlite:///records.db", "backup", "backup.db")
    assert kept(f"sqlite:///{tmp_path}/backup.db") == records


def test_a_backup_that_is_killed_has_no_name(url: str, tmp_path: Path) -> None:
    kept(url, *several())
    killed = """
import os, signal, sys
from pathlib import Path
from digitpad.records.sqlite.backup import backup

backup(Path(sys.argv[1]), Path(sys.argv[2]), lambda done, total: os.kill(os.getpid(), signal.SIGKILL))
"""
    command = [sys.executable, "-c", killed, str(tmp_path / "records.db"), str(tmp_path / "backup.db")]
    assert subprocess.run(command, check=False, timeout=60).returncode == -signal.SIGKILL
    assert not (tmp_path / "backup.db").exists()
    assert run(url, "backup", tmp_path / "backup.db").exit_code == 0


def test_a_backup_onto_a_full_disk_leaves_nothing(url: str, tmp_path: Path) -> None:
    kept(url, *(record(source="picture", drawing=os.urandom(20_000)) for _ in range(150)))
    disk = tmp_path / "disk"
    with small_disk(disk, megabytes=1):
        with pytest.raises(StoreError, match=r"backup\.db: the disk is full"):
            run(url, "backup", disk / "backup.db")
        assert list(disk.iterdir()) == []


def test_a_backup_that_fits_but_cannot_be_opened_on_a_full_disk_says_so(url: str, tmp_path: Path) -> None:
    kept(url, *several())
    run(url, "backup", tmp_path / "backup.db")
    disk = tmp_path / "disk"
    with small_disk(disk, megabytes=1):
        (disk / "other").write_bytes(bytes(2**20 - 8192 - (tmp_path / "backup.db").stat().st_size))
        with pytest.raises(StoreError, match=r"disk/backup\.db: the disk is full"):
            run(url, "backup", disk / "backup.db")
        assert [path.name for path in disk.iterdir()] == ["other"]
