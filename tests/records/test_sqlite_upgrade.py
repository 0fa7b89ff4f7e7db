"""An older file is upgraded to the present schema completely, or stays as it was."""

from __future__ import annotations

import os
import sqlite3
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from digitpad.errors import StoreError
from digitpad.records import Record
from digitpad.records.sqlite import schema as sqlite_schema
from digitpad.records.sqlite.store import SQLiteStore
from tests.records import older
from tests.records.older import KEPT, REMOVED
from tests.records.records import NOON, features, id_at, record
from tests.server import environ

NEXT = "ALTER TABLE record_data ADD COLUMN pen TEXT NOT NULL DEFAULT 'mouse';\n"
UPGRADER = """
import sys
from pathlib import Path
from digitpad.records.sqlite import schema as sqlite_schema
from digitpad.records.sqlite.store import SQLiteStore

sqlite_schema.RECORDS.migrations[1:] = [sys.argv[2]]
SQLiteStore(Path(sys.argv[1])).close()
"""


@pytest.fixture
def old(tmp_path: Path) -> Path:
    """A file of the first schema, as the first digitpad wrote it."""
    return older.file_of("version-1.sql", tmp_path / "records.db")


def contents(path: Path) -> list[Record]:
    with closing(SQLiteStore(path)) as store:
        return list(store.scan())


def version(path: Path) -> int:
    with closing(sqlite3.connect(path)) as connection:
        return int(connection.execute("PRAGMA user_version").fetchone()[0])


def migrate_by(patch: pytest.MonkeyPatch, scripts: list[str]) -> None:
    patch.setattr(sqlite_schema, "RECORDS", replace(sqlite_schema.RECORDS, migrations=scripts))


def upgrading(path: Path, script: Path) -> subprocess.Popen[bytes]:
    return subprocess.Popen([sys.executable, "-c", UPGRADER, str(path), str(script)], env=environ())


def test_of_each_schema_that_was_released_there_is_data() -> None:
    assert set(older.versions("version-*.sql")) >= set(range(1, len(sqlite_schema.RECORDS.migrations)))


@pytest.mark.parametrize("number", older.versions("version-*.sql"))
def test_each_schema_is_understood_and_becomes_the_newest(number: int, tmp_path: Path) -> None:
    path = older.file_of(f"version-{number}.sql", tmp_path / "records.db")
    assert contents(path) == KEPT
    assert version(path) == len(sqlite_schema.RECORDS.migrations)
    with closing(SQLiteStore(path)) as store:
        store.add([REMOVED])  # what the old one removed stays removed
        assert [(count.day.day, count.digits) for count in store.counts()] == [(15, {None: 1}), (14, {7: 1})]
        store.add([record()])
        assert len(list(store.scan())) == 3
        store.index({each.id: features(1, 0) for each in [*KEPT, REMOVED]})
        newer = id_at(NOON + timedelta(days=2))
        found = store.similar(features(1, 0), 9, before=newer)
        assert [each.record.id for each in found] == [KEPT[1].id, KEPT[0].id]


def test_it_is_upgraded_by_what_is_new(old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "2.sql").write_text(NEXT)
    (tmp_path / "3.sql").write_text(
        "-- a comment; and two statements\nDROP TABLE checked;\nCREATE TABLE t (n);\n"
    )
    scripts = [*sqlite_schema.RECORDS.migrations[:1], str(tmp_path / "2.sql"), str(tmp_path / "3.sql")]
    migrate_by(monkeypatch, scripts)
    assert contents(old) == KEPT
    assert version(old) == 3
    assert contents(tmp_path / "new.db") == []
    with closing(sqlite3.connect(old)) as one, closing(sqlite3.connect(tmp_path / "new.db")) as other:
        assert one.execute("SELECT DISTINCT pen FROM record_data").fetchall() == [("mouse",)]
        query = "SELECT type, name, sql FROM sqlite_schema WHERE name NOT LIKE 'sqlite%' ORDER BY name"
        assert [row[:2] for row in one.execute(query)] == [row[:2] for row in other.execute(query)]


def test_an_upgrade_that_goes_wrong_changes_nothing(
    old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "2.sql").write_text(f"{NEXT}DELETE FROM record_data;\nINSERT INTO nowhere VALUES (1);\n")
    with monkeypatch.context() as patch:
        migrate_by(patch, ["schema.sql", str(tmp_path / "2.sql")])
        with pytest.raises(StoreError, match="no such table: nowhere"):
            SQLiteStore(old)
    assert version(old) == 1
    assert contents(old) == KEPT


def test_several_upgrade_at_once(old: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script = tmp_path / "2.sql"
    script.write_text(NEXT)
    with ThreadPoolExecutor(4) as threads:
        results = list(threads.map(lambda _: upgrading(old, script).wait(60), range(4)))
    assert results == [0] * 4
    migrate_by(monkeypatch, ["schema.sql", str(script)])
    assert contents(old) == KEPT


def test_kill_9_within_an_upgrade(old: Path, tmp_path: Path) -> None:
    script = tmp_path / "2.sql"
    script.write_text(
        f"{NEXT}DELETE FROM record_data;\nCREATE TABLE big AS WITH RECURSIVE n(i) AS "
        "(SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT randomblob(500) FROM n LIMIT 10000000;\n"
    )
    log = Path(f"{old}-wal")
    process = upgrading(old, script)
    while process.poll() is None and not (log.exists() and log.stat().st_size > 5_000_000):
        os.sched_yield()
    process.kill()
    process.wait()
    assert version(old) == 1
    assert contents(old) == KEPT


def test_kill_9_while_the_file_is_made(tmp_path: Path) -> None:
    (tmp_path / "2.sql").write_text("CREATE TABLE t (n);\n")
    for number in range(5):
        path = tmp_path / f"{number}.db"
        process = upgrading(path, tmp_path / "2.sql")
        seen = [path, Path(f"{path}-journal"), Path(f"{path}-wal"), Path(f"{path}-turn"), path][number]
        while process.poll() is None and not seen.exists():
            os.sched_yield()
        process.kill()
        process.wait()
        upgrading(path, tmp_path / "2.sql").wait()
        assert version(path) == 2
