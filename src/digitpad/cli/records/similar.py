"""`digitpad records similar | index`: find drawings that are like another, and describe drawings for this."""

from __future__ import annotations

import itertools
import json
from dataclasses import replace
from typing import TYPE_CHECKING
from uuid import UUID

import click

from digitpad.cli.records.group import Progress, RecordId, opened, recognizer_of, records
from digitpad.cli.records.looking import row
from digitpad.errors import DigitpadError
from digitpad.records.neighbours import MOST
from digitpad.settings import Settings

if TYPE_CHECKING:
    from digitpad.records import Record

COLUMNS = 28  # characters in a line of a picture
AT_ONCE = 200  # records described at a time


@records.command()
@click.argument("record_id", metavar="ID", type=RecordId())
@click.option("--limit", type=click.IntRange(1, MOST), default=5, show_default=True, help="How many at most.")
@click.option("--visitor", type=click.UUID, help="Only among those of this visitor.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def similar(settings: Settings, record_id: UUID, limit: int, visitor: UUID | None, as_json: bool) -> None:
    """Show the earlier drawings that the model finds most like that of ID, the nearest first.

    Compared are those that the present model (DIGITPAD_MODEL) has described: what the server
    records, it describes; `digitpad records index` describes the rest.
    """
    from digitpad.records.describing import describe  # noqa: PLC0415
    from digitpad.records.export import to_json  # noqa: PLC0415

    with opened(settings) as store:
        record = store.get(record_id)
        if record is None:
            raise DigitpadError(f"no record {record_id} in {store.name}")
        record = replace(record, drawing=store.drawing(record_id))
        described = describe(recognizer_of(settings), [record]).get(record_id)
        if described is None:
            raise DigitpadError(f"record {record_id} has no drawing that can be compared")
        found = store.similar(described, limit, before=record_id, visitor=visitor)
        if not as_json:
            click.echo(f"{row(record)}\n\n{_picture(record)}")
        for each in found:
            whole = replace(each, record=replace(each.record, drawing=store.drawing(each.record.id)))
            if as_json:
                click.echo(json.dumps({**to_json(whole.record), "similarity": round(each.similarity, 4)}))
            else:
                click.echo(f"\n{each.similarity:.3f}  {row(each.record)}\n\n{_picture(whole.record)}")
        if not found:
            click.echo(f"nothing earlier that model {described.model} has described", err=True)
        elif not found.complete:
            click.echo("not all were compared: there are very many, or the database is away", err=True)


@records.command()
@click.pass_obj
def index(settings: Settings) -> None:
    """Describe all drawings by the present model, so that `similar` finds them.

    For records of another model, of before there was `similar`, and for those that were
    imported or copied. Works beside a running server; doing it again is harmless.
    """
    from digitpad.records.describing import describe  # noqa: PLC0415

    recognizer = recognizer_of(settings)
    with opened(settings) as store:
        total = sum(day.total for day in store.counts())
        scanned, described = store.scan(), 0
        with Progress("records", total) as progress:
            while some := list(itertools.islice(scanned, AT_ONCE)):
                features = describe(recognizer, some)
                store.index(features)
                described += len(features)
                progress.add(len(some), f"up to {some[-1].recorded_at:%Y-%m-%d}")
        click.echo(
            f"{described:,} of {progress.done:,} drawings described by model {recognizer.card.version}",
            err=True,
        )


def _picture(record: Record) -> str:
    from digitpad.cli import half_blocks  # noqa: PLC0415
    from digitpad.render import to_png  # noqa: PLC0415

    return "" if record.drawing is None else half_blocks.draw(to_png(record.source, record.drawing), COLUMNS)
