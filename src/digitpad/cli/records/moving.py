"""`digitpad records import | copy | backup`: records from files, from store to store, into a safe place."""

from __future__ import annotations

import io
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

import click

from digitpad.cli.records.group import Progress, must_exist, opened, past_outbox, records
from digitpad.cli.standard_input import standard_input
from digitpad.errors import DataError, DigitpadError
from digitpad.settings import Settings


@records.command(name="import")
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False, allow_dash=True))
@click.pass_obj
def import_(settings: Settings, file: Path) -> None:
    """Take in the records of FILE, an export in jsonl or csv; - reads standard input.

    Ids, drawings and corrections stay the same, so that importing again is harmless. Of two
    corrections the newer one stays; what was removed stays removed. A line that is no record
    stops the import and is named: what stands before it is in.
    """
    from digitpad.records import read_export  # noqa: PLC0415

    name = "standard input" if str(file) == "-" else str(file)
    with (
        _text(file) as text,
        opened(past_outbox(settings), make=True) as store,
        Progress("records") as progress,
    ):
        try:
            for batch in read_export.batches(read_export.read(text, name)):
                store.add(batch)
                progress.add(len(batch))
        except DataError as error:
            raise DataError(f"{error}; mend the line and import again") from error
        progress.close()
        click.echo(f"{progress.done:,} records of {name} are in {store.name}", err=True)


@records.command()
@click.argument("source", metavar="FROM")
@click.argument("target", metavar="TO")
@click.pass_obj
def copy(settings: Settings, source: str, target: str) -> None:
    """Copy all records with drawings and corrections from one store into another.

    FROM and TO are addresses as in DIGITPAD_STORE. Copying again is harmless. After an
    interruption the same command goes on where it stopped; what was recorded or corrected
    meanwhile in the part already copied comes over by copying once more.

    \b
        digitpad records copy sqlite:///records.db cassandra://db1,db2/mnist_key
    """  # noqa: D301  click's own \b
    from digitpad.records import copying  # noqa: PLC0415

    with (
        opened(replace(settings, store=source)) as there,
        opened(past_outbox(replace(settings, store=target)), make=True) as here,
    ):
        if there.name == here.name:
            raise click.UsageError("FROM and TO are the same store")
        bookmark = copying.Bookmark(there.name, here.name)
        total = sum(day.total for day in there.counts())
        resumed = copying.begin_after(here, bookmark) is not None
        if resumed:
            click.echo("going on where the last copy stopped", err=True)
        with Progress("records", None if resumed else total) as progress:
            for record in copying.copy(there, here, bookmark):
                progress.add(1, f"up to {record.recorded_at:%Y-%m-%d}")
        click.echo(f"{progress.done:,} records copied from {there.name} into {here.name}", err=True)


@records.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.pass_obj
def backup(settings: Settings, file: Path) -> None:
    """Copy the SQLite file into FILE, as it is at this moment, while the server goes on writing.

    The copy is checked before it gets its name; a file that exists is not overwritten. It is a
    store itself: look into it with --store sqlite:///FILE, or put it in the place of the other
    while no server runs.
    """
    from digitpad.records.sqlite.backup import backup  # noqa: PLC0415
    from digitpad.records.sqlite.store import SQLiteStore  # noqa: PLC0415

    if not settings.store.startswith("sqlite:"):
        raise DigitpadError(
            "backup is for SQLite: run `nodetool snapshot mnist_key` on each Cassandra node, or "
            "`digitpad records copy` into a SQLite file"
        )
    must_exist(settings.store)
    source = SQLiteStore.path_of(settings.store)
    with Progress("MB") as progress:
        count = backup(source, file, lambda done, total: progress.set(done // 1_000_000, total // 1_000_000))
    click.echo(f"{count:,} records in {file}", err=True)


@contextmanager
def _text(file: Path) -> Iterator[IO[str]]:
    """Open an export as `read_export.read` expects it; skip the byte order mark that spreadsheets add."""
    if str(file) == "-":
        text = io.TextIOWrapper(
            standard_input().buffer, encoding="utf-8-sig", errors="surrogateescape", newline=""
        )
        try:
            yield text
        finally:
            text.detach()
        return
    try:
        opened = file.open(encoding="utf-8-sig", errors="surrogateescape", newline="")
    except OSError as error:
        raise DataError(f"{file}: {error.strerror}") from error
    with opened:
        yield opened
