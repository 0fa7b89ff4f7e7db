"""A backup of a SQLite file of records while a server writes to it."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from typing import Final

from digitpad.errors import StoreError
from digitpad.records.sqlite import file, schema

PAGES: Final = 2_000  # of 4 kB, copied between two words of progress


def backup(source: Path, target: Path, progress: Callable[[int, int], None]) -> int:
    """Copy the file as it is at this moment, look whether the copy is whole, and say how many records it has.

    :param progress: told the bytes copied and the bytes in all
    :raises StoreError: `target` exists, the disk is full, or either file is damaged; nothing is left of it
    """
    file.prepare(source, schema.RECORDS)
    with _claimed(target) as unfinished:
        try:
            with closing(file.connect(source)) as there, closing(sqlite3.connect(unfinished)) as here:
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
    # A transaction that reads holds on to this moment: without it the copy begins anew after each write of
    # another process, and would never end beside a busy server.
    there.execute("BEGIN")
    there.execute("SELECT count(*) FROM sqlite_schema").fetchone()
    there.backup(
        here,
        pages=PAGES,
        progress=lambda _, left, total: progress((total - left) * page_size, total * page_size),
    )
    there.execute("ROLLBACK")


@contextmanager
def _claimed(target: Path) -> Iterator[Path]:
    """Claim a name that must be free, and lend a file beside it that takes the name when all went well."""
    unfinished = target.with_name(f".{target.name}.unfinished")
    try:
        target.open("x").close()
    except FileExistsError as error:
        raise StoreError(f"{target} exists: a backup overwrites nothing; name another file") from error
    except OSError as error:
        raise StoreError(f"{target}: {error.strerror}") from error
    try:
        unfinished.unlink(missing_ok=True)
        yield unfinished
        unfinished.replace(target)
    except BaseException:
        target.unlink(missing_ok=True)
        raise
    finally:
        for suffix in ("", "-journal", "-wal", "-shm"):
            Path(f"{unfinished}{suffix}").unlink(missing_ok=True)
