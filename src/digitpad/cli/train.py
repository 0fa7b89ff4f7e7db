"""`digitpad train`: from MNIST to a folder that `digitpad serve --model` serves."""

from __future__ import annotations

from pathlib import Path

import click
import msgspec

from digitpad import folders
from digitpad.errors import DataError, MissingExtra

QUICK_EPOCHS = 8


@click.command()
@click.option(
    "--out",
    type=click.Path(path_type=Path, file_okay=False),
    default="models/mine",
    show_default=True,
    help="The folder to write; made where it is missing. Never the packaged model.",
)
@click.option("--network", type=click.Choice(["compact", "original"]), default="compact", show_default=True)
@click.option("--epochs", type=click.IntRange(1, 500), default=40, show_default=True)
@click.option(
    "--seed",
    type=click.IntRange(0),
    default=1,
    show_default=True,
    help="The same seed on the same machine gives the same model.",
)
@click.option(
    "--augment/--no-augment",
    default=True,
    show_default=True,
    help="Train on what other hands, pens and cameras make of MNIST and on non-digits, or on MNIST as it is.",
)
@click.option(
    "--data",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
    help="A folder with MNIST's four idx files. Default: fetched once, then kept in your cache.",
)
@click.option(
    "--quick", is_flag=True, help="8 epochs, and only MNIST's test set is measured: minutes, for learners."
)
@click.option(
    "--only",
    type=click.IntRange(200),
    metavar="N",
    help="Train on N digits only, to see how it works in a minute.",
)
def train(
    out: Path,
    network: str,
    epochs: int,
    seed: int,
    augment: bool,
    data: Path | None,
    quick: bool,
    only: int | None,
) -> None:
    """Train a network on MNIST and write it into a folder of its own.

    The packaged model is what the defaults give (about an hour on two cores). The folder holds the architecture
    (model_mnist.json), the weights (model_mnist.weights.h5), the same for serving (model_mnist.onnx), the model
    card with what was measured, and pictures of how it went.
    """
    from digitpad.model_card import PACKAGED_MODEL  # noqa: PLC0415

    if out.resolve() == PACKAGED_MODEL.resolve():
        raise DataError(f"{out} is the packaged model; choose another folder with --out DIR")
    from digitpad.recognizer import Recognizer  # noqa: PLC0415

    try:
        from digitpad.training import benchmark, dataset, evaluation, export, fit, fonts, pictures  # noqa: PLC0415
        from digitpad.training.synthesis import epochs as epochs_of  # noqa: PLC0415
    except ModuleNotFoundError as error:
        raise MissingExtra("train", "training") from error

    epochs = min(epochs, QUICK_EPOCHS) if quick else epochs
    # What could end it is tried before the training, not after an hour of it: calibration needs the fonts, too.
    mnist = dataset.load_mnist(data)
    fonts.fetch()
    _try_folder(out)
    digits = mnist.train if only is None else mnist.train.take(dataset.some(mnist.train, only, seed))
    training, validation = dataset.split(
        digits, validation=min(dataset.VALIDATION, len(digits) // 10), seed=seed
    )
    trained = fit.train(training, validation, network=network, epochs=epochs, seed=seed, augment=augment)
    card = export.export(
        trained, validation, out, network=network, seed=seed, epochs=epochs,
        trained_on=f"{len(training):,} of MNIST's training digits{', and what was made from them' if augment else ''}",
    )  # fmt: skip
    # The test set is opened here, once, to measure the very files that were written.
    recognizer = Recognizer.load(out)
    test = evaluation.evaluate(
        recognizer, list(mnist.test.images), mnist.test.labels, label="MNIST's test set"
    )
    accuracy: dict[str, float] = {"MNIST test set": test.accuracy}
    measured: dict[str, float] = {}
    if not quick and only is None:
        accuracy, measured = benchmark.measure(recognizer, mnist.test)
    accuracy["MNIST validation split"] = round(trained.curve.validation_accuracy[-1], 5)
    card = msgspec.structs.replace(card, accuracy=accuracy, measured=measured)
    card.write(out)
    if augment:
        pictures.samples(epochs_of.samples(training, seed=seed), out / "samples.png")
    pictures.learning_curve(trained.curve, out / "learning-curve.png")
    pictures.confusion_matrix(test, out / "confusion-matrix.png")
    pictures.errors(test, list(mnist.test.images), out / "errors.png")
    click.echo(f"{card.version}: {test.accuracy:.2%} on MNIST's test set, {len(test.errors)} errors")
    click.echo(f"written to {out}; serve it with: digitpad serve --model {out}", err=True)


def _try_folder(folder: Path) -> None:
    """:raises DataError: it cannot be made, or written to."""
    try:
        folders.try_to_write(folder)
    except OSError as error:
        raise DataError(f"{folder}: {error.strerror}; choose another folder with --out DIR") from error
