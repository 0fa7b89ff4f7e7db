"""The checks of `digitpad doctor`. Each returns a line on what it found, or raises what is wrong and what to do."""

from __future__ import annotations

import difflib
import errno
import os
import shutil
import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from digitpad import folders
from digitpad.cli.listening import place, try_address
from digitpad.errors import DigitpadError, SettingError, StoreError
from digitpad.settings import KEYS, PREFIX, Settings, rows, variable

LITTLE_DISK: Final = 200 * 1024 * 1024  # bytes: some 40,000 records with their drawings
PATIENCE: Final = (
    15.0  # seconds for Cassandra: longer than it is asked again for a table (`schema.SPREADING`)
)
AHEAD: Final = timedelta(minutes=5)


class Wrong(DigitpadError):
    """Something about the machine that will cause a failure, if it has not already."""


class Doubtful(DigitpadError):
    """Something that does no harm, but was probably not intended."""


def environment(_: Settings) -> str:
    """Whether each variable with the settings' prefix is a setting: any other is silently ignored."""
    known = {row.name.upper(): variable(row.name) for row in rows()}
    given = sorted(name for name in os.environ if name.upper().startswith(PREFIX))
    doubts = []
    for name in given:
        if name in known.values():
            continue
        near = difflib.get_close_matches(name.upper().removeprefix(PREFIX), known, 1)
        doubts.append(
            f"{name} is no setting and changes nothing"
            + (f": {known[near[0]]} would be one" if near else "; docs/settings.md has all of them")
        )
    if doubts:
        raise Doubtful("; ".join(doubts))
    return f"settings made there: {len(given)}"


def model(settings: Settings) -> str:
    """Its card, its files' checksums, and whether it reads digits."""
    from digitpad import Recognizer, model_check  # noqa: PLC0415

    recognizer = Recognizer.load(settings.model or None, engine=settings.engine)
    model_check.check(recognizer)
    return f"{recognizer.card.version} ({recognizer.card.network}, {recognizer.card.parameters:,} parameters)"


def store(settings: Settings) -> str:
    """Whether records can be kept."""
    from digitpad.records import open_store  # noqa: PLC0415

    opened = open_store(replace(settings, ack="store"))
    try:
        opened.wait(PATIENCE)
        opened.check()
        return f"{opened.name} takes records"
    finally:
        opened.close()


def outbox(settings: Settings) -> str:
    """Whether records can wait on this host's disk, and how many do."""
    from digitpad.records.opening import open_waiting  # noqa: PLC0415

    waiting = open_waiting(settings)
    if waiting is None:
        return "not needed: the store itself acknowledges"
    try:
        waiting.check()
        backlog = waiting.backlog()
        age = f", the oldest for {timedelta(seconds=round(backlog.seconds))}" if backlog.records else ""
        return f"{waiting.path} takes records; {backlog.records:,} wait{age}"
    finally:
        waiting.close()


def state(settings: Settings) -> str:
    """Whether the server can write to its state folder, and to the Idempotency-Keys in it."""
    folder = Path(settings.state)
    try:
        folders.try_to_write(folder)
    except OSError as error:
        raise Wrong(
            f"{folder}: {error.strerror}; without it no Idempotency-Key can be kept: "
            "set DIGITPAD_STATE to a folder that the server's user may write to"
        ) from error
    _check_keys(folder / KEYS)
    return f"{folder} can be written to"


def _check_keys(path: Path) -> None:
    """Find out whether the Idempotency-Keys could be read and written; without them nothing of the page is recorded."""
    from digitpad.records.sqlite import file  # noqa: PLC0415

    if not path.exists():
        return
    try:
        with closing(file.connect(path)) as connection:
            connection.execute("BEGIN IMMEDIATE")
            connection.execute("ROLLBACK")
            (found,) = connection.execute("PRAGMA quick_check(1)").fetchone()
            if found != "ok":
                raise sqlite3.DatabaseError(found)
    except sqlite3.Error as error:
        raise Wrong(
            f"{file.as_store_error(error, path)}; if need be, remove the file: it holds only the Idempotency-Keys "
            "of a day"
        ) from error


def disk(settings: Settings) -> str:
    """Whether there is room for what will be written."""
    found = []
    for folder in _folders(settings):
        free = shutil.disk_usage(folder).free
        if free < LITTLE_DISK:
            in_sqlite = settings.store.startswith("sqlite:")
            remove = ", or remove old records: digitpad records purge --before DAY" if in_sqlite else ""
            raise Wrong(f"{folder}: {free / 1e6:,.0f} MB left; make room{remove}")
        found.append(f"{folder}: {free / 1e9:,.0f} GB left")
    return ", ".join(found)


def clock(settings: Settings) -> str:
    """Whether the clock is plausible: a record's id and place in the store depend on it."""
    now = datetime.now(UTC)
    installed = datetime.fromtimestamp(Path(__file__).stat().st_mtime, UTC)
    if now < installed - timedelta(days=1):
        raise Wrong(
            f"it says {now:%Y-%m-%d}, but digitpad was installed on {installed:%Y-%m-%d}; set the clock"
        )
    newest = _newest(settings)
    if newest and newest > now + AHEAD:
        raise Wrong(
            f"the newest record is of {newest:%Y-%m-%d %H:%M} UTC, in the future of this clock ({now:%Y-%m-%d %H:%M}); "
            "set the clock here, or on the machine that recorded it (chrony, systemd-timesyncd)"
        )
    return f"{now:%Y-%m-%d %H:%M:%S} UTC"


def address(settings: Settings) -> str:
    """Whether the server could listen, or listens already."""
    wanted = place(settings.host, settings.port)
    try:
        try_address(settings)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            return f"{wanted} is in use: by the server itself, if it runs"
        raise SettingError(
            f"cannot listen on {wanted} ({error.strerror}); choose another --host or --port"
        ) from error
    return f"{wanted} is free" if settings.port else f"{settings.host} has free ports; the server takes any"


def _folders(settings: Settings) -> list[Path]:
    """The folders that the server writes to, or their nearest existing parents; one per disk."""
    from digitpad.records.sqlite.store import SQLiteStore  # noqa: PLC0415

    wanted = [Path(settings.state)]
    if settings.store.startswith("sqlite:"):
        wanted.append(SQLiteStore.path_of(settings.store).absolute().parent)
    elif settings.ack == "local":
        wanted.append(Path(settings.outbox).absolute().parent)
    there = [next(path for path in (folder, *folder.parents) if path.exists()) for folder in wanted]
    return list({os.stat(path).st_dev: path for path in there}.values())  # noqa: PTH116  one a disk


def _newest(settings: Settings) -> datetime | None:
    """When the newest record was made; None if there is none, or the store cannot be read."""
    from digitpad.records import open_store  # noqa: PLC0415

    try:
        opened = open_store(replace(settings, ack="store"))
    except StoreError:
        return None
    try:
        opened.wait(PATIENCE)
        found = opened.newest(1)
    except StoreError:
        return None
    finally:
        opened.close()
    return found[0].recorded_at if found else None
