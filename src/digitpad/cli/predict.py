"""`digitpad predict`: read pictures without leaving a record."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from itertools import islice
from pathlib import Path

import click

from digitpad.canonical import FloatArray
from digitpad.engines import EngineName
from digitpad.errors import DigitpadError
from digitpad.ink import Ink
from digitpad.paper import Polarity
from digitpad.recognizer import BATCH, Drawing, Prediction, Recognizer, to_form


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
    recognizer = Recognizer.load(model, engine=engine)
    bad: list[Path] = []
    forms = _forms(files, polarity, bad)
    while batch := list(islice(forms, BATCH)):
        names, drawn = zip(*batch, strict=True)
        for name, prediction in zip(names, recognizer.predict_forms(drawn), strict=True):
            click.echo(_as_json(name, prediction) if as_json else _as_text(name, prediction))
    if bad:
        sys.exit(1)


def _forms(files: tuple[Path, ...], polarity: Polarity, bad: list[Path]) -> Iterator[tuple[Path, FloatArray]]:
    """Each readable file with its canonical form; the others are said and put into `bad`."""
    for name in files:
        try:
            yield name, to_form(_read(name), polarity)
        except (DigitpadError, OSError) as error:
            bad.append(name)
            click.echo(f"digitpad: {name}: {getattr(error, 'strerror', None) or error}", err=True)


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
