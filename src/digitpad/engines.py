"""What runs the network: ONNX Runtime (the default) or Keras, behind one small interface."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import numpy as np

from digitpad.canonical import FloatArray
from digitpad.errors import MissingExtra, ModelError

# Set before ONNX Runtime is imported anywhere: otherwise 1.32 reports the machine and its use to Microsoft.
os.environ["ORT_DISABLE_TELEMETRY"] = "1"

EngineName = Literal["onnx", "keras"]

ARCHITECTURE: Final = "model_mnist.json"
WEIGHTS: Final = "model_mnist.weights.h5"
ONNX: Final = "model_mnist.onnx"
MAPS_ONNX: Final = "model_mnist.maps.onnx"

Output = Literal["logits", "digit", "features"]
"""A network's outputs for n forms: `logits` (n, 10), one per digit; `digit` (n, 1), the logit of being a digit at all;
`features` (n, k), the last layer but one."""
OUTPUTS: Final[tuple[Output, ...]] = ("logits", "digit", "features")
MAPS: Final = ("maps", "second_maps")
"""The outputs of its first two convolutions, each (n, height, width, channels). ONNX Runtime computes every output of
a graph, requested or not, so these have a small graph of their own, which reading never runs."""


class Engine(Protocol):
    """A loaded network."""

    name: EngineName

    def run(self, forms: FloatArray, *outputs: Output) -> list[FloatArray]:
        """Run the network.

        :param forms: canonical forms, shape (n, 28, 28), float32
        :returns: an array of float32 for each of `outputs`, in their order
        """
        ...

    def maps(self, forms: FloatArray) -> list[FloatArray]:
        """Run the first two convolutions, or the first alone where the model was exported without the second.

        :param forms: canonical forms, shape (n, 28, 28), float32
        :returns: for each convolution its activations, shape (n, height, width, channels), float32
        """
        ...


def load_engine(folder: Path, name: EngineName = "onnx") -> Engine:
    """Load the network in `folder`.

    :raises ModelError: a file is missing or damaged
    :raises MissingExtra: Keras is asked for but not installed
    """
    return KerasEngine(folder) if name == "keras" else OnnxEngine(folder)


class OnnxEngine:
    """ONNX Runtime on one thread: many requests run side by side, so none needs more."""

    name: EngineName = "onnx"

    def __init__(self, folder: Path) -> None:
        self._session = _session(folder / ONNX, OUTPUTS)
        (given,) = self._session.get_inputs()
        if given.shape[1:] != [28, 28, 1]:
            raise ModelError(f"{folder / ONNX}: expected input (n, 28, 28, 1), found {tuple(given.shape)}")
        self._input = given.name
        file = folder / MAPS_ONNX
        self._maps = _session(file, MAPS) if file.exists() else self._session

    def run(self, forms: FloatArray, *outputs: Output) -> list[FloatArray]:
        """See `Engine.run`."""
        result: list[FloatArray] = self._session.run(list(outputs), {self._input: forms[..., np.newaxis]})
        return result

    def maps(self, forms: FloatArray) -> list[FloatArray]:
        """See `Engine.maps`."""
        there = [output.name for output in self._maps.get_outputs() if output.name in MAPS]
        result: list[FloatArray] = (
            self._maps.run(there, {self._input: forms[..., np.newaxis]}) if there else []
        )
        return result


def _session(file: Path, outputs: tuple[str, ...]) -> Any:
    """Load `file` and check that it has `outputs`."""
    import onnxruntime  # noqa: PLC0415  slow to load, and most commands read nothing

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = options.inter_op_num_threads = 1
    try:
        session = onnxruntime.InferenceSession(str(file), options, providers=["CPUExecutionProvider"])
    except Exception as error:  # its exceptions share no base class of their own
        raise ModelError(f"{file}: no usable ONNX model ({error})") from error
    if not {output.name for output in session.get_outputs()} >= set(outputs):
        raise ModelError(f"{file}: expected the outputs {', '.join(outputs)}; train again")
    return session


class KerasEngine:
    """Keras itself, with the architecture as JSON and the weights as HDF5: what the original serves with."""

    name: EngineName = "keras"

    def __init__(self, folder: Path) -> None:
        os.environ.setdefault("TF_CPP_MIN_LOG_LEVEL", "3")
        try:
            import keras  # noqa: PLC0415  1.7 GB that serving does without
        except ImportError as error:
            raise MissingExtra("train", "the Keras engine") from error
        try:
            self._model = keras.models.model_from_json((folder / ARCHITECTURE).read_text("utf-8"))
            self._model.load_weights(folder / WEIGHTS)
            self._all = with_outputs(self._model, OUTPUTS)
            self._maps = with_outputs(self._model, MAPS)
        except Exception as error:  # keras raises ValueError, OSError, KeyError, … for a damaged file
            raise ModelError(f"{folder}: no usable Keras model ({error})") from error

    def run(self, forms: FloatArray, *outputs: Output) -> list[FloatArray]:
        """See `Engine.run`."""
        given = dict(zip(OUTPUTS, self._all(forms[..., np.newaxis], training=False), strict=True))
        return [np.asarray(given[name], np.float32) for name in outputs]

    def maps(self, forms: FloatArray) -> list[FloatArray]:
        """See `Engine.maps`."""
        given = self._maps(forms[..., np.newaxis], training=False)
        return [np.asarray(each, np.float32) for each in given]


def with_outputs(model: Any, names: Sequence[str]) -> Any:
    """The same Keras network with other outputs: each names a layer, except `second_maps`."""
    import keras  # noqa: PLC0415

    first = model.layers.index(model.get_layer(MAPS[0]))
    # `second_maps` is the next activation after the first layer: a convolution's own, or a separate layer.
    active = (
        layer
        for layer in model.layers[first + 1 :]
        if isinstance(layer, keras.layers.ReLU)
        or (isinstance(layer, keras.layers.Conv2D) and layer.activation is not keras.activations.linear)
    )
    second = next(active).name
    wanted = [second if name == MAPS[1] else name for name in names]
    return keras.Model(model.input, [model.get_layer(name).output for name in wanted])
