"""`digitpad evaluate`: accuracy and confusion of any model."""

from __future__ import annotations

import json
from pathlib import Path

import click

from digitpad.errors import MissingExtra


@click.command()
@click.argument(
    "folder", required=False, metavar="[DIR]", type=click.Path(path_type=Path, file_okay=False, exists=True)
)
@click.option(
    "--model",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder that `digitpad train` wrote. Default: the packaged model.",
)
@click.option("--engine", type=click.Choice(["onnx", "keras"]), default="onnx", show_default=True)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder with MNIST's four idx files. Default: fetched once, then kept in your cache.",
)
@click.option(
    "--pictures",
    "sheets",
    metavar="DIR",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also draw the confusion matrix and the errors into this folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def evaluate(
    folder: Path | None,
    model: Path | None,
    engine: str,
    data: Path | None,
    sheets: Path | None,
    as_json: bool,
) -> None:
    """Measure a model on the pictures in DIR, or on MNIST's test set; a refused digit counts as an error.

    DIR holds folders named 0 to 9 with PNG or JPEG pictures, and, to measure refusal, one named not-a-digit.
    """
    from digitpad.recognizer import Recognizer  # noqa: PLC0415
    from digitpad.training import dataset, evaluation  # noqa: PLC0415

    recognizer = Recognizer.load(model, engine="keras" if engine == "keras" else "onnx")
    if folder is None:
        test = dataset.load_mnist(data).test
        drawings, labels = list(test.images), test.labels.astype("int64")
    else:
        drawings, labels = evaluation.read_folder(folder)
    result = evaluation.evaluate(recognizer, drawings, labels)
    if sheets is not None:
        try:
            from digitpad.training import pictures  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise MissingExtra("train", "drawing pictures") from error
        sheets.mkdir(parents=True, exist_ok=True)
        pictures.confusion_matrix(result, sheets / "confusion-matrix.png")
        pictures.errors(result, drawings, sheets / "errors.png")
    digits, others = result.of(digits=True), result.of(digits=False)
    if as_json:
        click.echo(json.dumps({
            "model": recognizer.card.version, "drawings": len(labels), "accuracy": result.accuracy,
            "errors": len(result.errors), "digits_refused": 1 - digits.accepted if len(digits) else None,
            "non_digits_accepted": others.accepted if len(others) else None,
            "calibration_error": digits.calibration_error if len(digits) else None,
            "confusion": result.confusion.tolist(),
        }))  # fmt: skip
        return
    click.echo(
        f"{recognizer.card.version}: {result.accuracy:.2%} of {len(labels):,}, {len(result.errors)} errors"
    )
    if len(digits):
        click.echo(
            f"digits refused: {1 - digits.accepted:.2%}; calibration error: {digits.calibration_error:.2%}"
        )
    if len(others):
        click.echo(f"non-digits accepted: {others.accepted:.2%}")
    click.echo(evaluation.as_table(result.confusion))
