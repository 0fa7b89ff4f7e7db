"""`digitpad evaluate`: accuracy and confusion of any model."""

from __future__ import annotations

import json
from pathlib import Path

import click

from digitpad.errors import MissingExtra


@click.command()
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
    "folder",
    type=click.Path(path_type=Path, file_okay=False),
    help="Also draw the confusion matrix and the errors into this folder.",
)
@click.option("--json", "as_json", is_flag=True, help="Print JSON instead of a table.")
def evaluate(model: Path | None, engine: str, data: Path | None, folder: Path | None, as_json: bool) -> None:
    """Read MNIST's test set and print accuracy and confusion; a refusal counts as an error."""
    from digitpad.recognizer import Recognizer  # noqa: PLC0415
    from digitpad.training import dataset, evaluation  # noqa: PLC0415

    recognizer = Recognizer.load(model, engine="keras" if engine == "keras" else "onnx")
    test = dataset.load_mnist(data).test
    result = evaluation.evaluate(recognizer, test, label="MNIST's test set")
    if folder is not None:
        try:
            from digitpad.training import pictures  # noqa: PLC0415
        except ModuleNotFoundError as error:
            raise MissingExtra("train", "drawing pictures") from error
        folder.mkdir(parents=True, exist_ok=True)
        pictures.confusion_matrix(result, folder / "confusion-matrix.png")
        pictures.errors(result, test, folder / "errors.png")
    if as_json:
        click.echo(json.dumps({"model": recognizer.card.version, "accuracy": result.accuracy, "digits": len(test),
                               "errors": len(result.errors), "confusion": result.confusion.tolist()}))  # fmt: skip
        return
    click.echo(
        f"{recognizer.card.version}: {result.accuracy:.2%} of {len(test):,} digits, {len(result.errors)} errors"
    )
    click.echo(evaluation.as_table(result.confusion))
