"""`digitpad predict`: read pictures without leaving a record."""

from __future__ import annotations

import json
import os
import signal
import sys
from collections.abc import Callable, Generator, Sequence
from concurrent.futures import ProcessPoolExecutor
from contextlib import closing
from dataclasses import dataclass
from functools import cache, partial
from pathlib import Path
from typing import Final

import click
import numpy as np

from digitpad.canonical import FloatArray
from digitpad.engines import EngineName
from digitpad.errors import DigitpadError
from digitpad.ink import Ink
from digitpad.paper import Polarity
from digitpad.recognizer import Drawing, Prediction, Recognizer, to_form

BATCH: Final = 64  # files at a time: enough for the network, and the first answers come soon


@click.command()
@click.argument(
    "files", nargs=-1, required=True, metavar="FILE...", type=click.Path(path_type=Path, allow_dash=True)
)
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
    files: tuple[Path, ...], as_json: bool, model: Path | None, engine: EngineName, polarity: Polarity
) -> None:
    """Read PNG and JPEG pictures, or ink as JSON ({"strokes": [[[x, y], …], …]}); - is standard input.

    Prints the digit, or ? where it is none, then the confidence and the file. Nothing is recorded. A file
    that cannot be read is named on stderr, the others are read all the same, and the exit status is 1.
    """
    bad = False
    read = partial(_read_all, model, engine, polarity, as_json)
    with closing(_in_order(read, files, alone=engine == "keras" or Path("-") in files)) as lines:
        for line in lines:
            bad |= line.bad
            click.echo(line.text, err=line.bad)
    if bad:
        sys.exit(1)


@dataclass(frozen=True, slots=True)
class Line:
    """What is said of one file."""

    text: str
    bad: bool = False


def _in_order(
    read: Callable[[Sequence[Path]], list[Line]], files: Sequence[Path], *, alone: bool
) -> Generator[Line, None, None]:
    """Read `files` by a process on each core, which share no interpreter; a few, or `alone`, by this one."""
    batches = [files[at : at + BATCH] for at in range(0, len(files), BATCH)]
    if alone or len(batches) < 2 * (os.cpu_count() or 1):  # starting a process takes as long as 500 files
        for batch in batches:
            yield from read(batch)
        return
    with ProcessPoolExecutor(initializer=signal.signal, initargs=(signal.SIGINT, signal.SIG_IGN)) as pool:
        try:
            for lines in pool.map(read, batches):
                yield from lines
        finally:  # nobody reads on
            pool.shutdown(cancel_futures=True)


@cache
def _recognizer(model: Path | None, engine: EngineName) -> Recognizer:
    """Once in each process that reads."""
    return Recognizer.load(model, engine=engine)


def _read_all(
    model: Path | None, engine: EngineName, polarity: Polarity, as_json: bool, files: Sequence[Path]
) -> list[Line]:
    """Each file with what was read in it, or why it could not be."""
    recognizer = _recognizer(model, engine)
    forms = [_form(name, polarity) for name in files]
    predictions = iter(recognizer.predict_forms([form for form in forms if isinstance(form, np.ndarray)]))
    lines = []
    for name, form in zip(files, forms, strict=True):
        if isinstance(form, np.ndarray):
            found = next(predictions)
            lines.append(Line(_as_json(name, found) if as_json else _as_text(name, found)))
        else:
            lines.append(Line(f"digitpad: {name}: {getattr(form, 'strerror', None) or form}", bad=True))
    return lines


def _form(name: Path, polarity: Polarity) -> FloatArray | DigitpadError | OSError:
    try:
        return to_form(_read(name), polarity)
    except (DigitpadError, OSError) as error:
        return error


def _read(name: Path) -> Drawing:
    data = sys.stdin.buffer.read() if str(name) == "-" else name.read_bytes()
    return Ink.from_json(data) if data.lstrip()[:1] == b"{" else data


def _as_text(name: Path, prediction: Prediction) -> str:
    digit = "?" if prediction.digit is None else prediction.digit
    return f"{digit}  {prediction.confidence:6.1%}  {name}"


def _as_json(name: Path, prediction: Prediction) -> str:
    return json.dumps(
        {
            "file": str(name),
            "digit": prediction.digit,
            "confidence": prediction.confidence,
            "p_digit": prediction.p_digit,
            "probabilities": prediction.probabilities,
        }
    )
