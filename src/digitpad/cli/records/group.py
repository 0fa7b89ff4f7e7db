"""What the commands of `digitpad records` share: the group, a record's id, an opened store, progress."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from digitpad.settings import Settings

if TYPE_CHECKING:
    from digitpad.records import Record, Store

PATIENCE = 10.0  # seconds for a store that is still connecting
PROGRESS_EVERY = 0.5  # seconds


class RecordId(click.ParamType[UUID]):
    """The id of a record."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        """Read the id; it holds the date, so that only a time-based one can be."""
        from digitpad.records import timeuuid  # noqa: PLC0415

        try:
            return timeuuid.require(UUID(str(value)))
        except ValueError:
            self.fail(f"“{value}” is not the id of a record", param, ctx)


@click.group(context_settings={"help_option_names": ["-h", "--help"]})
@click.option(
    "--store", metavar="URL", help="Where the records are. Default: DIGITPAD_STORE, else your own file."
)
@click.pass_context
def records(ctx: click.Context, store: str | None) -> None:
    """Look at the recorded predictions, count them, take them elsewhere.

    Works beside a running server.
    """
    ctx.obj = Settings.load({"store": store})


@contextmanager
def opened(settings: Settings) -> Iterator[Store]:
    """Open the store and wait until it answers."""
    from digitpad.records import open_store  # noqa: PLC0415

    store = open_store(settings)
    try:
        store.wait(PATIENCE)
        yield store
    finally:
        store.close()


def with_progress(scanned: Iterable[Record]) -> Iterator[Record]:
    """Say on stderr how many have passed, where a person looks on."""
    shown = time.monotonic()
    watched, said = sys.stderr.isatty(), False
    for number, record in enumerate(scanned, 1):
        yield record
        if watched and time.monotonic() - shown > PROGRESS_EVERY:
            shown, said = time.monotonic(), True
            click.echo(f"\r{number:,} records …", nl=False, err=True)
    if said:
        click.echo("\r\033[K", nl=False, err=True)
