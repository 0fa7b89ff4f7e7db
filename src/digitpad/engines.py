"""What runs the network: ONNX Runtime (the default) or Keras, behind one small interface."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any, Final, Literal, Protocol

import numpy as np

from digitpad.canonical import FloatArray
from digitpad.errors import MissingExtra, ModelError

EngineName = Literal["onnx", "keras"]

ARCHITECTURE: Final = "model_mnist.json"
WEIGHTS: Final = "model_mnist.weights.h5"
ONNX: Final = "model_mnist.onnx"


Output = Literal["logits", "digit", "features", "maps"]
"""What a network gives for n forms: `logits` (n, 10), one a digit; `digit` (n, 1), the logit that it is one at all;
`features` (n, k), its last layer but one; `maps` (n, height, width, channels), its first layer."""
OUTPUTS: Final[tuple[Output, ...]] = ("logits", "digit", "features", "maps")


class Engine(Protocol):
    """A loaded network."""

    name: EngineName

    def run(self, forms: FloatArray, *outputs: Output) -> list[FloatArray]:
        """Run the network.

        :param forms: canonical forms, shape (n, 28, 28), float32
        :returns: an array of float32 for each of `outputs`, in their order
        """
        ...


def load_engine(folder: Path, name: EngineName = "onnx") -> Engine:
    """Load the network in `folder`.

    :raises ModelError: a file is missing or damaged
    :raises MissingExtra: Keras is asked for and not installed
    """
    return KerasEngine(folder) if name == "keras" else OnnxEngine(folder)


class OnnxEngine:
    """ONNX Runtime on one thread: many requests run side by side, so none needs more."""

    name: EngineName = "onnx"

    def __init__(self, folder: Path) -> None:
        import onnxruntime  # noqa: PLC0415  slow to load, and most commands read nothing

        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = options.inter_op_num_threads = 1
        try:
            self._session = onnxruntime.InferenceSession(
                str(folder / ONNX), options, providers=["CPUExecutionProvider"]
            )
        except Exception as error:  # its exceptions share no base of their own
            raise ModelError(f"{folder / ONNX}: no usable ONNX model ({error})") from error
        (given,) = self._session.get_inputs()
        if given.shape[1:] != [28, 28, 1]:
            raise ModelError(f"{folder / ONNX}: expected input (n, 28, 28, 1), found {tuple(given.shape)}")
        if {output.name for output in self._session.get_outputs()} != set(OUTPUTS):
            raise ModelError(f"{folder / ONNX}: expected the outputs {', '.join(OUTPUTS)}; train again")
        self._input = given.name

    def run(self, forms: FloatArray, *outputs: Output) -> list[FloatArray]:
        """See `Engine.run`."""
        result: list[FloatArray] = self._session.run(list(outputs), {self._input: forms[..., np.newaxis]})
        return result


class KerasEngine:
    """Keras itself, from the architecture as JSON and the weights as HDF5: what the original serves with."""

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
            self._all = with_all_outputs(self._model)
        except Exception as error:  # keras raises ValueError, OSError, KeyError, … for a damaged file
            raise ModelError(f"{folder}: no usable Keras model ({error})") from error

    def run(self, forms: FloatArray, *outputs: Output) -> list[FloatArray]:
        """See `Engine.run`."""
        given = self._all(forms[..., np.newaxis], training=False)
        return [np.asarray(given[name], np.float32) for name in outputs]


def with_all_outputs(model: Any) -> Any:
    """The same Keras network with OUTPUTS: its layers are named after them."""
    import keras  # noqa: PLC0415

    return keras.Model(model.input, {name: model.get_layer(name).output for name in OUTPUTS})
