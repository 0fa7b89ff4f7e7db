"""`digitpad predict`: read pictures without leaving a record."""

from __future__ import annotations

import json
import os
import signal
import sys
from codecs import BOM_UTF8
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from functools import cache, partial
from itertools import groupby
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple

import click
import msgspec

from digitpad.cli.standard_input import standard_input
from digitpad.engines import EngineName
from digitpad.errors import DigitpadError
from digitpad.forms import Drawing, to_sights
from digitpad.ink import Ink
from digitpad.paper import Polarity
from digitpad.recognizer import Prediction, Recognizer

BATCH: Final = 64  # files at a time: enough for the network, few enough for early first answers


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object a file and line.")
@click.option(
    "--model", type=click.Path(path_type=Path, file_okay=False), help="Default: the packaged model."
)
@click.option("--engine", type=click.Choice(["onnx", "keras"]), default="onnx", show_default=True)
@click.option(
    "--polarity",
    type=click.Choice(["auto", "dark-on-light", "light-on-dark"]),
    default="auto",
    show_default=True,
    help="Whether the ink is darker or lighter than its paper.",
)
def predict(
    files: tuple[str, ...], as_json: bool, model: Path | None, engine: EngineName, polarity: Polarity
) -> None:
    """Read PNG and JPEG pictures, or ink as JSON ({"strokes": [[[x, y], …], …]}); - is standard input.

    Prints the digit, or ? where it is none, then the confidence and the file. Nothing is recorded. A file
    that cannot be read is named on stderr, the others are read all the same, and the exit status is 1.
    """
    bad = False
    read = partial(_read_all, model, engine, polarity, as_json)
    with closing(_in_order(read, files, alone=engine == "keras" or "-" in files)) as said:
        for some in said:
            bad |= some.bad
            click.echo(some.text, err=some.bad)
    if bad:
        sys.exit(1)


class Said(NamedTuple):
    """Output lines for consecutive files, all of them read or all of them bad."""

    bad: bool
    text: str


def _in_order(
    read: Callable[[Sequence[str]], list[Said]], files: Sequence[str], *, alone: bool
) -> Generator[Said, None, None]:
    """Read `files` with one process per core, as threads share an interpreter; a few, or `alone`, with this one."""
    batches = [files[at : at + BATCH] for at in range(0, len(files), BATCH)]
    if alone or len(batches) < 2 * (os.cpu_count() or 1):  # starting a process takes as long as 500 files
        for batch in batches:
            yield from read(batch)
        return
    with ProcessPoolExecutor(initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)) as pool:
        try:
            for some in pool.map(read, batches):
                yield from some
        finally:  # the reader may have stopped early
            pool.shutdown(cancel_futures=True)


@cache
def _recognizer(model: Path | None, engine: EngineName) -> Recognizer:
    """Load the model once in each process that reads."""
    return Recognizer.load(model, engine=engine)


def _read_all(
    model: Path | None, engine: EngineName, polarity: Polarity, as_json: bool, names: Sequence[str]
) -> list[Said]:
    """Lines for the files: what was read in each, or why it could not be read."""
    recognizer = _recognizer(model, engine)
    files = [_read(name) for name in names]
    sights = iter(to_sights([file for file in files if not isinstance(file, Exception)], polarity))
    found = [file if isinstance(file, Exception) else next(sights) for file in files]
    predictions = iter(
        recognizer.predict_sights([sight for sight in found if not isinstance(sight, Exception)])
    )
    put = _as_json if as_json else _as_text
    lines = [
        Said(True, f"digitpad: {name}: {getattr(sight, 'strerror', None) or sight}")
        if isinstance(sight, Exception)
        else Said(False, put(name, next(predictions)))
        for name, sight in zip(names, found, strict=True)
    ]
    return [
        Said(bad, "\n".join(line.text for line in some)) for bad, some in groupby(lines, attrgetter("bad"))
    ]


def _read(name: str) -> Drawing | DigitpadError | OSError:
    try:
        data = standard_input().buffer.read() if name == "-" else Path(name).read_bytes()
        text = data.removeprefix(BOM_UTF8)  # editors on Windows add it
        return Ink.from_json(text) if text.lstrip()[:1] == b"{" else data
    except (DigitpadError, OSError) as error:
        return error


def _as_text(name: str, prediction: Prediction) -> str:
    digit = "?" if prediction.digit is None else prediction.digit
    return f"{digit}  {prediction.confidence:6.1%}  {name}"


class _JSON(msgspec.Struct):
    file: msgspec.Raw
    digit: int | None
    confidence: float
    p_digit: float
    probabilities: tuple[float, ...]


def _as_json(name: str, prediction: Prediction) -> str:
    # A name may contain bytes that are not text, which only json.dumps escapes.
    file = msgspec.Raw(json.dumps(name).encode())
    return msgspec.json.encode(
        _JSON(file, prediction.digit, prediction.confidence, prediction.p_digit, prediction.probabilities)
    ).decode()
