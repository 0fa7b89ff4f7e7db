"""`digitpad records init | list | show | count`: look at what has been predicted."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from digitpad.cli.records.group import FOR_A_SIGN, PATIENCE, RecordId, opened, past_outbox, records
from digitpad.errors import BadDrawing, DigitpadError, SettingError
from digitpad.settings import Settings, is_given

if TYPE_CHECKING:
    from digitpad.records import Record, Store
    from digitpad.records.store import Listing

PAGE = 500  # records read at a time


@records.command()
@click.pass_obj
def init(settings: Settings) -> None:
    """Make the file, or the keyspace and its tables, where they are missing.

    Also sets how long Cassandra keeps what is recorded from now on, where DIGITPAD_RETENTION says it:
    in days, 0 for ever. Without it a keyspace that is there keeps its own.
    """
    with opened(past_outbox(settings), make=True) as store:
        _keep_for(settings)
        store.check()
        click.echo(f"{store.name}: ready", err=True)


@records.command(name="list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many at most.")
@click.option("--before", type=RecordId(), metavar="ID", help="Only those older than this one.")
@click.option("--visitor", type=click.UUID, help="Only those of this visitor.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_(settings: Settings, limit: int, before: UUID | None, visitor: UUID | None, as_json: bool) -> None:
    """List the newest predictions, newest first. Times are UTC.

    While Cassandra is away, those that are on this host: it says so, and exits with 1.
    """
    with opened(settings, for_a_sign=FOR_A_SIGN) as store:
        if not as_json:
            click.echo(f"{'recorded at':23}  digit  confidence  {'label':11}  {'id':36}  visitor")
        lacking = ""
        for page in pages(store, limit, before, visitor):
            if page.lacking and not lacking:
                lacking = page.lacking
                click.echo(f"digitpad: {lacking}; shown is only what waits on this host", err=True)
            for record in page:
                if as_json:
                    click.echo(json.dumps({**record.to_json(), "visitor": str(record.visitor)}))
                else:
                    click.echo(row(record))
    if lacking:
        sys.exit(1)


@records.command()
@click.argument("record_id", metavar="ID", type=RecordId())
@click.option("--json", "as_json", is_flag=True, help="Print JSON with the drawing in it.")
@click.option(
    "--png", type=click.Path(path_type=Path, dir_okay=False), help="Write the drawing to this file."
)
@click.pass_obj
def show(settings: Settings, record_id: UUID, as_json: bool, png: Path | None) -> None:
    """Show one prediction with its drawing."""
    from dataclasses import replace  # noqa: PLC0415

    from digitpad.cli import half_blocks  # noqa: PLC0415
    from digitpad.records.export import finished, to_json  # noqa: PLC0415
    from digitpad.render import to_png  # noqa: PLC0415

    with opened(settings, for_a_sign=FOR_A_SIGN) as store:
        record = store.get(record_id)
        drawing = store.drawing(record_id)
        name = store.name
    if record is None:
        raise DigitpadError(f"no record {record_id} in {name}")
    if as_json:
        click.echo(json.dumps(to_json(replace(record, drawing=drawing))))
    else:
        for key, value in {**record.to_json(), "visitor": record.visitor}.items():
            click.echo(f"{key:13} {_worded(key, value)}")
    if drawing is not None and (png is not None or not as_json):
        try:
            picture = to_png(record.source, drawing)
            drawn = half_blocks.draw(picture)
        except BadDrawing as error:
            raise DigitpadError(f"the drawing of record {record_id} cannot be read: {error}") from error
        if not as_json:
            click.echo(f"\n{drawn}")
        if png is not None:
            with finished(png) as unfinished:
                unfinished.write_bytes(picture)
    elif png is not None:
        raise DigitpadError(f"record {record_id} has no drawing")


@records.command()
@click.option("--json", "as_json", is_flag=True, help="One JSON object a day and line.")
@click.pass_obj
def count(settings: Settings, as_json: bool) -> None:
    """Count the predictions by day (UTC) and digit, newest day first."""
    with opened(settings) as store:
        counts = store.counts()
    digits: list[int | None] = [*range(10), None]
    if as_json:
        for day in counts:
            by_digit = {"refused" if n is None else str(n): day.digits.get(n, 0) for n in digits}
            click.echo(json.dumps({"day": day.day.isoformat(), "total": day.total, **by_digit}))
        return
    click.echo(f"{'day':10} {'total':>9}" + "".join(f"{_digit(n):>8}" for n in digits) + " (? refused)")
    for day in counts:
        click.echo(f"{day.day} {day.total:>9,}" + "".join(f"{day.digits.get(n, 0):>8,}" for n in digits))
    if len(counts) > 1:
        sums = [sum(day.digits.get(n, 0) for day in counts) for n in digits]
        click.echo(f"{'all':10} {sum(sums):>9,}" + "".join(f"{each:>8,}" for each in sums))


def _keep_for(settings: Settings) -> None:
    """Set the retention if it is given: directly in Cassandra, past any outbox."""
    if not settings.store.startswith("cassandra:"):
        if settings.retention:
            raise SettingError(
                "DIGITPAD_RETENTION is for Cassandra; for SQLite run `digitpad records purge` daily"
            )
        return
    if not is_given("retention"):  # keep what is set: init is also for upgrades, from any shell
        return
    from digitpad.records.cassandra.store import CassandraStore  # noqa: PLC0415

    with closing(CassandraStore.from_settings(settings)) as store:
        store.wait(PATIENCE)
        if store.keep_for(settings.retention):
            kept = f"for {settings.retention} days" if settings.retention else "for ever"
            click.echo(f"{store.name}: what is recorded from now on is kept {kept}", err=True)


def pages(store: Store, limit: int, before: UUID | None, visitor: UUID | None) -> Iterator[Listing]:
    """Up to `limit` records, newest first, page by page; the last page may be empty."""
    while limit > 0:
        yield (page := store.newest(min(limit, PAGE), before=before, visitor=visitor))
        if not page:
            break
        limit, before = limit - len(page), page[-1].id


def row(record: Record) -> str:
    """One line of the table."""
    at = record.recorded_at.isoformat(" ", "milliseconds").removesuffix("+00:00")
    label = "" if record.label is None else str(record.label)
    return f"{at:23}  {_digit(record.digit):>5}  {record.confidence:>10.1%}  {label:11}  {record.id}  {record.visitor}"


def _digit(digit: int | None) -> str:
    return "?" if digit is None else str(digit)


def _worded(key: str, value: Any) -> str:
    """A value as `show` prints it."""
    if key == "probabilities":
        return "  ".join(f"{digit}: {chance:.1%}" for digit, chance in enumerate(value))
    if key in {"confidence", "p_digit"}:
        return f"{value:.1%}"
    return "-" if value is None else str(value)
