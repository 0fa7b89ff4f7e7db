"""Backing up a SQLite file of records while a server writes to it."""

from __future__ import annotations

import os
import sqlite3
import tempfile
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from digitpad.errors import StoreError
from digitpad.records.sqlite import file, schema

PAGES: Final = 2_000  # of 4 kB, copied between two progress reports


def backup(source: Path, target: Path, progress: Callable[[int, int], None]) -> int:
    """Copy the file as it is at this moment, check the copy, and return how many records it has.

    Neither a file of an older digitpad nor its copy is upgraded: a backup before an upgrade must keep the old schema.

    :param progress: called with the bytes copied and the bytes in total
    :raises StoreError: `target` exists, the disk is full, or either file is damaged; no copy is left behind
    """
    source = source.absolute()
    with _named_when_whole(target) as unfinished:
        try:
            file.refuse_foreign(source, schema.RECORDS)
            with closing(file.connect(source)) as there, closing(sqlite3.connect(unfinished)) as here:
                if not schema.version_of(there, source, schema.RECORDS):
                    raise StoreError(f"{source}: there are no records in it yet")
                _copy(there, here, progress)
                here.execute("PRAGMA journal_mode = DELETE")  # one file, without a log beside it
                found = [row[0] for row in here.execute("PRAGMA integrity_check(3)")]
                if found != ["ok"]:
                    raise StoreError(
                        f"{source}: the file is damaged ({'; '.join(found)}); nothing was kept of the copy"
                    )
                (count,) = here.execute("SELECT count(*) FROM record_data").fetchone()
        except sqlite3.Error as error:
            raise file.as_store_error(error, target if file.is_full(error, target) else source) from error
    return int(count)


def _copy(there: sqlite3.Connection, here: sqlite3.Connection, progress: Callable[[int, int], None]) -> None:
    (page_size,) = there.execute("PRAGMA page_size").fetchone()
    # A read transaction pins this snapshot: without it the copy restarts after each write by another process,
    # and would never end beside a busy server.
    there.execute("BEGIN")
    there.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    there.backup(
        here,
        pages=PAGES,
        progress=lambda _, left, total: progress((total - left) * page_size, total * page_size),
    )
    there.execute("ROLLBACK")


@contextmanager
def _named_when_whole(target: Path) -> Iterator[Path]:
    """Lend a file beside `target` that is given its name on success, if the name is still free then.

    A process killed meanwhile leaves a hidden file, and nothing whose name looks like a backup.
    """
    taken = StoreError(f"{target} exists: a backup overwrites nothing; name another file")
    if target.exists():
        raise taken
    try:
        handle, name = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".unfinished", dir=target.parent)
    except OSError as error:
        raise StoreError(f"{target}: {error.strerror}") from error
    os.close(handle)
    unfinished = Path(name)
    try:
        yield unfinished
        _name(unfinished, target)
    except FileExistsError as error:
        raise taken from error
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            Path(f"{unfinished}{suffix}").unlink(missing_ok=True)


def _name(unfinished: Path, target: Path) -> None:
    """Give `unfinished` the name `target`.

    :raises FileExistsError: the name is taken by now
    """
    try:
        os.link(unfinished, target)  # fails if the name is taken, unlike renaming
    except FileExistsError:
        raise
    except OSError:  # a file system without links, such as FAT
        if target.exists():
            raise FileExistsError(target) from None
        unfinished.replace(target)
