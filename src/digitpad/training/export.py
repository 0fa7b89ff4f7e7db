"""Writes a model's folder: what the original had (JSON and HDF5), ONNX for serving, and the card.

`python -m digitpad.training.export FOLDER` rebuilds the ONNX files of a trained model, calibrates and measures it.
"""

from __future__ import annotations

import contextlib
import hashlib
import sys
import warnings
from collections.abc import Sequence
from datetime import UTC, datetime
from importlib.metadata import version
from pathlib import Path
from typing import Final

import click
import keras
import msgspec
import numpy as np
import onnx

from digitpad.canonical import FloatArray
from digitpad.engines import ARCHITECTURE, MAPS, MAPS_ONNX, ONNX, OUTPUTS, WEIGHTS, load_engine, with_outputs
from digitpad.errors import DigitpadError
from digitpad.model_card import ModelCard, checksum
from digitpad.recognizer import Recognizer
from digitpad.training import benchmark
from digitpad.training.calibration import calibrate
from digitpad.training.dataset import VALIDATION, Digits, load_mnist, split
from digitpad.training.fit import Trained
from digitpad.training.network import NETWORKS
from digitpad.training.quantization import quantize
from digitpad.training.synthesis.epochs import mixed

INTENDED_USE: Final = (
    "Reading one handwritten digit, 0 to 9, drawn on a screen or scanned, with a person there to correct it. "
    "Not for decisions about people, nor for numbers of several digits."
)
LIMITS: Final = [
    "Trained on MNIST alone, digits written in the United States of the 1990s, and on what programs made from them.",
    "Reads one digit at a time, upright to about 20 degrees.",
    "Letters that could be digits (o, l, s, z, b, …) are read as such; a few others pass for digits, too: G, y, U, J.",
]
FILES: Final = (ARCHITECTURE, WEIGHTS, ONNX, MAPS_ONNX)
RANGED: Final = 1_000  # validation digits on which quantization measures ranges
SOFTWARE: Final = ("keras", "numpy", "pillow", "onnxruntime")


def export(
    trained: Trained,
    validation: Digits,
    folder: Path,
    *,
    network: str,
    seed: int,
    epochs: int,
    trained_on: str,
) -> ModelCard:
    """Write architecture, weights, ONNX and a first model card into `folder`.

    :param validation: the network for serving is quantized and calibrated on these
    """
    folder.mkdir(parents=True, exist_ok=True)
    # A copy that was never compiled: the optimizer's own variables would make the file four times as large.
    model = NETWORKS[network]()
    model.set_weights(trained.model.get_weights())
    (folder / ARCHITECTURE).write_text(model.to_json(indent=1) + "\n", "utf-8")
    model.save_weights(folder / WEIGHTS)
    write_onnx(model, folder, _for_ranges(validation, seed))
    now = datetime.now(UTC)
    card = ModelCard(
        version=f"{now:%Y.%m}-{_fingerprint(trained.model)}",
        network=network,
        parameters=trained.model.count_params(),
        seed=seed,
        epochs=epochs,
        trained_on=trained_on,
        created=f"{now:%Y-%m-%d}",
        software={name: version(name) for name in SOFTWARE},
        intended_use=INTENDED_USE,
        limits=LIMITS,
        sha256={name: checksum(folder / name) for name in FILES},
    )
    card = _calibrated(card, folder, validation)
    card.write(folder)
    return card


def write_onnx(model: keras.Model, folder: Path, forms: FloatArray) -> None:
    """Export `model` for serving: the graph that reads, and a graph of its first layers, which only explain.

    :param forms: forms such as it will see, shape (n, 28, 28, 1); the graph that reads is quantized on them
    """
    _write_onnx(model, folder / ONNX, OUTPUTS)
    quantize(folder / ONNX, forms)
    _write_onnx(model, folder / MAPS_ONNX, MAPS)


def export_again(folder: Path) -> None:
    """Rebuild the ONNX files in `folder` from architecture and weights, and record their checksums in the card.

    Nothing is trained and the version stays: the weights are the same.
    """
    card = ModelCard.alone(folder)
    model = keras.models.model_from_json((folder / ARCHITECTURE).read_text("utf-8"))
    model.load_weights(folder / WEIGHTS)
    _, validation = split(load_mnist().train, validation=VALIDATION, seed=card.seed)
    write_onnx(model, folder, _for_ranges(validation, card.seed))
    card = msgspec.structs.replace(card, sha256={name: checksum(folder / name) for name in FILES})
    card.write(folder)


def calibrate_again(folder: Path) -> None:
    """Calibrate the model in `folder` again, and measure it; this takes some minutes."""
    card = ModelCard.read(folder)
    mnist = load_mnist()
    _, validation = split(mnist.train, validation=VALIDATION, seed=card.seed)
    card = _calibrated(card, folder, validation)
    card.write(folder)
    accuracy, measured = benchmark.measure(Recognizer.load(folder), mnist.test)
    msgspec.structs.replace(card, accuracy=card.accuracy | accuracy, measured=measured).write(folder)


def _for_ranges(validation: Digits, seed: int) -> FloatArray:
    """Forms as training mixes them, shape (n, 28, 28, 1)."""
    some = validation.take(np.arange(min(len(validation), RANGED)))
    return mixed(some, np.random.default_rng([seed, 2])).as_input()


def _calibrated(card: ModelCard, folder: Path, validation: Digits) -> ModelCard:
    """The card with the calibration of the model in `folder`."""
    fitted = calibrate(Recognizer(load_engine(folder), card).look, validation, seed=card.seed)
    return msgspec.structs.replace(
        card, temperature=fitted.temperature, digit_weights=fitted.digit_weights, threshold=fitted.threshold
    )


def _write_onnx(model: keras.Model, file: Path, outputs: Sequence[str]) -> None:
    """Export for any number of forms per run, with the input named `form` and the outputs named as in `outputs`."""
    whole = with_outputs(model, outputs)
    with contextlib.redirect_stdout(sys.stderr), warnings.catch_warnings():
        warnings.simplefilter("ignore")  # tf2onnx probes NumPy for names that are gone
        whole(np.zeros((1, 28, 28, 1), np.float32))
        whole.export(file, format="onnx", verbose=False)
    graph = onnx.load(file)
    # Keras names them after its own tensors, differently each time.
    names = {graph.graph.input[0].name: "form"}
    names |= {given.name: name for given, name in zip(graph.graph.output, outputs, strict=True)}
    for node in graph.graph.node:
        node.input[:] = [names.get(name, name) for name in node.input]
        node.output[:] = [names.get(name, name) for name in node.output]
    for value in (*graph.graph.input, *graph.graph.output):
        value.name = names.get(value.name, value.name)
        value.type.tensor_type.shape.dim[0].dim_param = "n"
    onnx.checker.check_model(graph)
    onnx.save(graph, file)


def _fingerprint(model: keras.Model) -> str:
    """Six hexadecimal digits of the weights: the same weights, the same version."""
    return hashlib.sha256(
        b"".join(np.ascontiguousarray(w).tobytes() for w in model.get_weights())
    ).hexdigest()[:6]


@click.command()
@click.argument(
    "folders",
    nargs=-1,
    required=True,
    metavar="FOLDER...",
    type=click.Path(path_type=Path, file_okay=False, exists=True),
)
def main(folders: tuple[Path, ...]) -> None:
    """Rebuild the ONNX files of each trained model, calibrate and measure it; this takes some minutes."""
    try:
        for folder in folders:
            export_again(folder)
            calibrate_again(folder)
    except (DigitpadError, OSError) as error:  # in one line, as everywhere
        raise click.ClickException(str(error)) from error


if __name__ == "__main__":
    main()
