"""`digitpad records`: look at what has been predicted, count it, take it elsewhere."""

from __future__ import annotations

import json
import sys
import time
from collections.abc import Iterable, Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any
from uuid import UUID

import click

from digitpad.errors import DigitpadError
from digitpad.settings import Settings

if TYPE_CHECKING:
    from digitpad.records import Record, Store

PATIENCE = 10.0  # seconds for a store that is still connecting
PAGE = 500  # records read at a time
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


@records.command()
@click.pass_obj
def init(settings: Settings) -> None:
    """Make the file, or the keyspace and its tables, where they are missing."""
    with opened(settings) as store:
        store.check()
        click.echo(f"{store.name}: ready", err=True)


@records.command(name="list")
@click.option("--limit", type=click.IntRange(1), default=20, show_default=True, help="How many at most.")
@click.option("--before", type=RecordId(), metavar="ID", help="Only those older than this one.")
@click.option("--visitor", type=click.UUID, help="Only those of this visitor.")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a line.")
@click.pass_obj
def list_(settings: Settings, limit: int, before: UUID | None, visitor: UUID | None, as_json: bool) -> None:
    """List the newest predictions, newest first. Times are UTC."""
    with opened(settings) as store:
        if not as_json:
            click.echo(f"{'recorded at':23}  digit  confidence  {'label':11}  {'id':36}  visitor")
        for record in newest(store, limit, before, visitor):
            if as_json:
                click.echo(json.dumps({**record.to_json(), "visitor": str(record.visitor)}))
            else:
                click.echo(row(record))


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

    with opened(settings) as store:
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
    if drawing is not None:
        picture = to_png(record.source, drawing)
        if not as_json:
            click.echo("\n" + half_blocks.draw(picture))
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


@records.command()
@click.option(
    "--format", "format_", type=click.Choice(["jsonl", "csv", "idx"]), default="jsonl", show_default=True
)
@click.option(
    "--output",
    "-o",
    type=click.Path(path_type=Path, dir_okay=False, allow_dash=True),
    default="-",
    metavar="FILE",
    help="Default: standard output. For idx the beginning of two files' names.",
)
@click.pass_obj
def export(settings: Settings, format_: str, output: Path) -> None:
    """Write all predictions, oldest first.

    \b
    jsonl  one JSON object a line with the keys of the API, the visitor and the drawing
           (ink as an object, a picture as a PNG in base64)
    csv    the same as a table; lists and ink are JSON within their cell
    idx    MNIST's own format: FILE-images-idx3-ubyte and FILE-labels-idx1-ubyte, the drawings
           as the network reads them (28×28). The label is a person's correction where there
           is one, else the digit that was read; what is not a digit is left out. Correct
           your records first if you mean to train on them.

    A file is complete when it appears: it is written under another name until then.
    """  # noqa: D301  click's own \b
    from digitpad.records import export as formats  # noqa: PLC0415

    to_stdout = str(output) == "-"
    if format_ == "idx" and to_stdout:
        raise click.UsageError("idx writes two files: say --output FILE")
    with opened(settings) as store, ExitStack() as files:
        scanned = with_progress(store.scan())
        if format_ == "idx":
            names = [
                output.with_name(f"{output.name}-{each}")
                for each in ("images-idx3-ubyte", "labels-idx1-ubyte")
            ]
            unfinished = [files.enter_context(formats.finished(name)) for name in names]
            images, labels = (files.enter_context(each.open("wb")) for each in unfinished)
            written = formats.write_idx(scanned, images, labels)
        else:
            names = [output]
            text = sys.stdout
            if not to_stdout:
                unfinished = [files.enter_context(formats.finished(output))]
                text = files.enter_context(unfinished[0].open("w", encoding="utf-8", newline=""))
            write = formats.write_jsonl if format_ == "jsonl" else formats.write_csv
            written = write(scanned, text)
    if not to_stdout:
        click.echo(f"{written:,} records in {' and '.join(map(str, names))}", err=True)


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


def newest(store: Store, limit: int, before: UUID | None, visitor: UUID | None) -> Iterator[Record]:
    """Up to `limit` records, newest first, read page by page."""
    while limit > 0 and (page := store.newest(min(limit, PAGE), before=before, visitor=visitor)):
        yield from page
        limit, before = limit - len(page), page[-1].id


def row(record: Record) -> str:
    """One line of the table."""
    at = record.recorded_at.isoformat(" ", "milliseconds").removesuffix("+00:00")
    label = "" if record.label is None else str(record.label)
    return f"{at:23}  {_digit(record.digit):>5}  {record.confidence:>10.1%}  {label:11}  {record.id}  {record.visitor}"


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


def _digit(digit: int | None) -> str:
    return "?" if digit is None else str(digit)


def _worded(key: str, value: Any) -> str:
    """A value as `show` prints it."""
    if key == "probabilities":
        return "  ".join(f"{digit}: {chance:.1%}" for digit, chance in enumerate(value))
    if key in {"confidence", "p_digit"}:
        return f"{value:.1%}"
    return "-" if value is None else str(value)
