"""`digitpad records purge | erase`: removing for good, after asking."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from uuid import UUID

import click

from digitpad.cli.records.group import Progress, opened, records
from digitpad.records import Store
from digitpad.settings import Settings

PAGE = 500  # records read at a time

yes = click.option("--yes", "-y", is_flag=True, help="Do not ask.")


@records.command()
@click.option(
    "--before",
    type=click.DateTime(["%Y-%m-%d"]),
    metavar="DATE",
    required=True,
    help="The first day (UTC) that stays, such as 2026-03-14; at the latest today.",
)
@yes
@click.pass_obj
def purge(settings: Settings, before: datetime, yes: bool) -> None:
    """Remove all records of the days before DATE, with their drawings.

    \b
    For keeping three months, once a day by cron, where % is written \\%:
        digitpad records purge --before "$(date -u -d '-90 days' +%F)" --yes
    """  # noqa: D301  click's own \b
    first = before.date()
    if first > datetime.now(UTC).date():
        raise click.UsageError(f"--before {first}: only days that are past can be purged")
    with opened(settings) as store:
        total = sum(day.total for day in store.counts() if day.day < first)
        what = f"of before {first}"
        if _is_wanted(total, what, store, yes):
            _remove(store.purge(first), total, f"{what} removed from {store.name}")


@records.command()
@click.option(
    "--visitor", type=click.UUID, metavar="ID", required=True, help="As `digitpad records list` shows it."
)
@yes
@click.pass_obj
def erase(settings: Settings, visitor: UUID, yes: bool) -> None:
    """Remove all that a visitor has recorded, with drawings and corrections."""
    with opened(settings) as store:
        total, last = 0, None
        while page := store.newest(PAGE, before=last, visitor=visitor):
            total, last = total + len(page), page[-1].id
        what = f"of visitor {visitor}"
        if _is_wanted(total, what, store, yes):
            _remove(store.erase(visitor), total, f"{what} removed from {store.name}")


def _is_wanted(total: int, what: str, store: Store, yes: bool) -> bool:
    """Ask before anything is removed. If nothing was counted, remove nothing, since nobody was asked about it."""
    if not total:
        click.echo(f"0 records {what} in {store.name}", err=True)
    elif not yes:
        question = f"Remove {total:,} records {what} from {store.name}? They cannot be brought back."
        click.confirm(question, abort=True, err=True)
    return bool(total)


def _remove(steps: Iterator[int], total: int, what: str) -> None:
    with Progress("records", total) as progress:
        for removed in steps:
            progress.add(removed)
    click.echo(f"{progress.done:,} records {what}", err=True)
