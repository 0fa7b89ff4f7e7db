"""`digitpad doctor`: every setting with its value and where it came from, and whether the parts work."""

from __future__ import annotations

import sys
from collections.abc import Callable
from typing import Final

import click

from digitpad.cli import checks, in_words
from digitpad.errors import DigitpadError
from digitpad.settings import Settings, is_given, rows, variable, without_password

CHECKS: Final[dict[str, Callable[[Settings], str]]] = {
    "environment": checks.environment,
    "model": checks.model,
    "store": checks.store,
    "outbox": checks.outbox,
    "state": checks.state,
    "disk": checks.disk,
    "clock": checks.clock,
    "address": checks.address,
}


@click.command()
@click.option("--only", type=click.Choice(list(CHECKS)), help="Check this alone, and print no settings.")
def doctor(only: str | None) -> None:
    """Print the settings and check what they name; exit 1 where something is wrong.

    Each line that says WRONG says what to do; one that says DOUBT names what is hardly meant so. Run it as the user
    and in the environment of the server.
    """
    try:
        settings = Settings.load()
    except DigitpadError as error:
        click.echo(f"WRONG  settings: {error}")
        sys.exit(1)
    if only is None:
        _print_settings(settings)
    wanted = {only: CHECKS[only]} if only else CHECKS
    passed = [_passes(name, check, settings) for name, check in wanted.items()]
    if not all(passed):
        sys.exit(1)


def _print_settings(settings: Settings) -> None:
    for row in rows():
        value = getattr(settings, row.name)
        if row.name == "store":
            value = without_password(value)
        shown = "(set)" if row.metadata["secret"] and value else value if value != "" else "(none)"
        if row.metadata["unit"]:
            shown = f"{shown} {row.metadata['unit']}"
        source = "environment" if is_given(row.name) else "default"
        click.echo(f"{variable(row.name):28} {shown}  ({source}; {row.metadata['meaning']})")
    click.echo()


def _passes(name: str, check: Callable[[Settings], str], settings: Settings) -> bool:
    try:
        click.echo(f"ok     {name}: {check(settings)}")
    except checks.Doubtful as doubt:
        click.echo(f"DOUBT  {name}: {doubt}")
    except DigitpadError as error:
        click.echo(f"WRONG  {name}: {error}")
        return False
    except OSError as error:  # such as a folder without read permission
        click.echo(f"WRONG  {name}: {in_words(error)}")
        return False
    return True
