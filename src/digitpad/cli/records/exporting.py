"""`digitpad records export`: records to files."""

from __future__ import annotations

import sys
from contextlib import ExitStack
from functools import cache
from pathlib import Path

import click

from digitpad.cli.records.group import opened, recognizer_of, records, with_progress
from digitpad.settings import Settings


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
           is one, else the digit that was read; what is not a digit is left out, and so is a
           drawing that cannot be read. Correct your records first if you mean to train on them.

    A file is complete when it appears: it is written under another name until then.
    """  # noqa: D301  click's own \b
    from digitpad.records import export as formats  # noqa: PLC0415

    to_stdout = str(output) == "-"
    if format_ == "idx" and (to_stdout or not output.name):
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
            written = formats.write_idx(scanned, images, labels, cache(lambda: recognizer_of(settings)))
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
