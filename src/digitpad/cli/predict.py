"""`digitpad predict`: read pictures without leaving a record."""

from __future__ import annotations

import json
import sys
from pathlib import Path

import click

from digitpad.errors import DigitpadError


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
def predict(files: tuple[Path, ...], as_json: bool, model: Path | None, engine: str, polarity: str) -> None:
    """Read PNG and JPEG pictures, or ink as JSON ({"strokes": [[[x, y], …], …]}); - is standard input.

    Prints the digit, or ? where it is none, then the file. Nothing is recorded. A file that cannot be read
    is named on stderr, the others are read all the same, and the exit status is 1.
    """
    from digitpad.recognizer import Drawing, Prediction, Recognizer  # noqa: PLC0415

    recognizer = Recognizer.load(model, engine=engine)  # type: ignore[arg-type]  # click has checked the choice
    failed = False

    def show(names: list[Path], drawings: list[Drawing]) -> None:
        nonlocal failed
        predictions: list[Prediction | None] = []
        try:
            predictions += recognizer.predict_many(drawings, polarity=polarity)  # type: ignore[arg-type]
        except DigitpadError:  # one of them is bad: find out which
            for name, drawing in zip(names, drawings, strict=True):
                try:
                    predictions.append(recognizer.predict(drawing, polarity=polarity))  # type: ignore[arg-type]
                except DigitpadError as error:
                    predictions.append(None)
                    failed = True
                    click.echo(f"digitpad: {name}: {error}", err=True)
        for name, prediction in zip(names, predictions, strict=True):
            if prediction is not None:
                click.echo(_line(name, prediction, as_json))

    names: list[Path] = []
    drawings: list[Drawing] = []
    for name in files:
        try:
            drawings.append(_read(name))
            names.append(name)
        except (DigitpadError, OSError) as error:
            failed = True
            click.echo(f"digitpad: {name}: {getattr(error, 'strerror', None) or error}", err=True)
        if len(names) == 256:
            show(names, drawings)
            names, drawings = [], []
    show(names, drawings)
    if failed:
        sys.exit(1)


def _read(name: Path):  # type: ignore[no-untyped-def]
    from digitpad.ink import Ink  # noqa: PLC0415

    data = sys.stdin.buffer.read() if str(name) == "-" else name.read_bytes()
    return Ink.from_json(data) if data.lstrip()[:1] == b"{" else data


def _line(name: Path, prediction, as_json: bool) -> str:  # type: ignore[no-untyped-def]
    if not as_json:
        digit = "?" if prediction.digit is None else prediction.digit
        return f"{digit}  {prediction.confidence:6.1%}  {name}"
    return json.dumps(
        {
            "file": str(name),
            "digit": prediction.digit,
            "confidence": prediction.confidence,
            "p_digit": prediction.p_digit,
            "probabilities": prediction.probabilities,
        }
    )
