"""`digitpad doctor`: every setting with its value and where it came from, and whether the parts work."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import click

from digitpad.errors import DigitpadError
from digitpad.settings import Settings, rows, variable


@click.command()
def doctor() -> None:
    """Print the settings and check the model and the store; exit 1 where something is wrong."""
    settings = Settings.load()
    for row in rows():
        value = getattr(settings, row.name)
        shown = "(set)" if row.metadata["secret"] and value else value if value != "" else "(none)"
        source = "environment" if os.environ.get(variable(row.name)) else "default"
        click.echo(f"{variable(row.name):28} {shown}  ({source}; {row.metadata['meaning']})")
    click.echo()
    checks = {"model": _check_model, "store": _check_store, "outbox": _check_outbox}
    if not all([*(_passes(name, check, settings) for name, check in checks.items())]):
        sys.exit(1)


def _passes(name: str, check: Callable[[Settings], str], settings: Settings) -> bool:
    try:
        click.echo(f"ok     {name}: {check(settings)}")
    except DigitpadError as error:
        click.echo(f"WRONG  {name}: {error}")
        return False
    return True


def _check_model(settings: Settings) -> str:
    from digitpad import Ink, Recognizer  # noqa: PLC0415

    recognizer = Recognizer.load(settings.model or None, engine=settings.engine)
    recognizer.predict(Ink.from_strokes([[(0, 0), (0, 20)]]))
    return f"{recognizer.card.version} ({recognizer.card.network}, {recognizer.card.parameters:,} parameters)"


def _check_store(settings: Settings) -> str:
    from digitpad.records import open_store  # noqa: PLC0415

    store = open_store(replace(settings, ack="store"))
    try:
        store.wait(10)
        store.check()
        return f"{store.name} takes records"
    finally:
        store.close()


def _check_outbox(settings: Settings) -> str:
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
