"""Data of older digitpads in `files`: one file for each released schema, all with the same records.

`version-N.sql` is a SQLite store, `version-N.cql` a keyspace, `outbox-N.sql` an outbox whose records wait for
`cassandra://127.0.0.1:9042/mnist_key`. The digitpad of that schema wrote them, and they are never changed.
"""

from __future__ import annotations

import re
import sqlite3
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any, Final
from uuid import UUID

from tests.records.records import NOON, id_at, record

FILES: Final = Path(__file__).parent / "files"
VISITOR: Final = UUID("0b5c2a3e-6f0d-4f0e-9b7a-2d7c1c0f4a11")
KEPT: Final = [
    record(id=id_at(NOON, 1), digit=7, visitor=VISITOR, label=1, labelled_at=NOON + timedelta(days=1)),
    record(
        id=id_at(NOON + timedelta(days=1), 2),
        digit=None,
        visitor=VISITOR,
        source="picture",
        drawing=b"\x89PNG\r\n\x1a\n",
    ),
]
REMOVED: Final = record(id=id_at(NOON, 3), digit=2, visitor=VISITOR)


def versions(pattern: str) -> list[int]:
    """The numbers of the schemas that have a file such as `version-*.cql`."""
    return sorted(int(re.findall(r"\d+", path.name)[0]) for path in FILES.glob(pattern))


def file_of(script: str, path: Path, store: str = "") -> Path:
    """Make the SQLite file that an older digitpad wrote; for an outbox, with the address of its store."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.executescript((FILES / script).read_text())
        connection.execute("PRAGMA journal_mode = WAL")
        if store:
            connection.execute("UPDATE state SET store = ?", (store,))
    return path


def keyspace_of(script: str, session: Any, keyspace: str) -> None:
    """Make the keyspace that an older digitpad wrote."""
    session.execute(f"DROP KEYSPACE IF EXISTS {keyspace}")
    session.execute(
        f"CREATE KEYSPACE {keyspace} WITH replication = {{'class': 'SimpleStrategy', 'replication_factor': 1}}"
    )
    session.set_keyspace(keyspace)
    for statement in re.sub(r"--.*", "", (FILES / script).read_text()).split(";"):
        if statement.strip():
            session.execute(statement)
