"""What the commands of `digitpad records` share: the group, a record's id, an opened store, progress."""

from __future__ import annotations

import logging
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Self
from uuid import UUID

import click

from digitpad.errors import DigitpadError
from digitpad.settings import Settings

if TYPE_CHECKING:
    from digitpad import Recognizer
    from digitpad.records import Record, Store

PATIENCE = 10.0  # seconds for a store that is still connecting
FOR_A_SIGN = 1.5  # seconds if there is no sign of it, for commands that can show what is on this host
PROGRESS_EVERY = 0.5  # seconds


class RecordId(click.ParamType[UUID]):
    """The id of a record."""

    name = "id"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> UUID:
        """Read the id; it contains the record's date, so it must be time-based."""
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


def recognizer_of(settings: Settings) -> Recognizer:
    """The model that the server reads with."""
    from digitpad import Recognizer  # noqa: PLC0415

    return Recognizer.load(settings.model or None, engine=settings.engine)


@contextmanager
def opened(settings: Settings, *, make: bool = False, for_a_sign: float | None = None) -> Iterator[Store]:
    """Open the store, creating it if `make` is set, and wait until it answers; see `Store.wait`."""
    from digitpad.records import open_store  # noqa: PLC0415

    if not make:
        must_exist(settings.store)
    log = logging.getLogger("digitpad.records")
    level = log.level
    if for_a_sign is not None:  # the command itself says what is away
        log.setLevel(logging.ERROR)
    try:
        store = open_store(settings)
        try:
            store.wait(PATIENCE, for_a_sign=for_a_sign)
            yield store
        finally:
            store.close()
    finally:
        log.setLevel(level)  # a program that runs a command in its own process has a log of its own


def must_exist(store: str) -> None:
    """Refuse a SQLite file that does not exist, as opening would create it."""
    from digitpad.records.sqlite.store import SQLiteStore  # noqa: PLC0415

    if store.startswith("sqlite:") and not (path := SQLiteStore.path_of(store)).exists():
        raise DigitpadError(f"{path}: no such file; `digitpad serve` or `digitpad records init` makes it")


def past_outbox(settings: Settings) -> Settings:
    """The same store without its outbox: for commands that wait for it anyway, or write more than may wait."""
    return replace(settings, ack="store")


class Progress:
    """Shows on stderr how far long work has got, if that is a terminal."""

    def __init__(self, unit: str, total: int | None = None) -> None:
        """Count `unit`, of which there are about `total` in all."""
        self.done = 0
        self._unit = unit
        self._total = total
        self._shown = time.monotonic()
        self._watched, self._said = sys.stderr.isatty(), False

    def add(self, more: int, where: str = "") -> None:
        """Count `more` as done; `where` says in words how far that is."""
        self.done += more
        if self._watched and time.monotonic() - self._shown > PROGRESS_EVERY:
            self._shown, self._said = time.monotonic(), True
            of = f" of {self._total:,}" if self._total else ""
            click.echo(f"\r\033[K{self.done:,}{of} {self._unit} {where}…", nl=False, err=True)

    def set(self, done: int, total: int) -> None:
        """Note that `done` are done, of `total` in all."""
        self._total = total
        self.add(done - self.done)

    def close(self) -> None:
        """Clear the line."""
        if self._said:
            click.echo("\r\033[K", nl=False, err=True)
            self._said = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()


def with_progress(scanned: Iterable[Record]) -> Iterator[Record]:
    """Pass records through and count them on stderr."""
    with Progress("records") as progress:
        for record in scanned:
            yield record
            progress.add(1)
