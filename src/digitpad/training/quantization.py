"""Quantizes the network's convolutions to eight-bit integers: ONNX Runtime then takes less than half the time.

ONNX Runtime's own static quantization: weights by channel, activations by the range that they have on given forms
(B. Jacob and others, "Quantization and training of neural networks for efficient integer-arithmetic-only inference",
2018, section 2). What was tried, and what it costs in accuracy, is in docs/recognition-tried.md.
"""

from __future__ import annotations

import logging
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final

import numpy as np
import onnx
from onnxruntime.quantization import CalibrationDataReader, QuantFormat, QuantType, quantize_static
from onnxruntime.quantization.shape_inference import quant_pre_process

from digitpad.canonical import FloatArray

AT_ONCE: Final = 50  # forms in one run


def quantize(file: Path, forms: FloatArray) -> None:
    """Rewrite the network with its convolutions in integers.

    The first convolution and the dense layers stay as they are: they are fast, and a loss there matters most.

    :param file: an ONNX graph whose only input takes forms
    :param forms: forms such as it will see, shape (n, 28, 28, 1); the activations' ranges are measured on them
    """
    with TemporaryDirectory() as folder, _quietly():
        fused = Path(folder) / "fused.onnx"
        quant_pre_process(file, fused, skip_symbolic_shape=True)
        graph = onnx.load(fused).graph
        first, *_ = (node.name for node in graph.node if node.op_type == "Conv")
        dense = [node.name for node in graph.node if node.op_type == "Gemm"]
        quantize_static(
            fused,
            file,
            _Forms(graph.input[0].name, forms),
            quant_format=QuantFormat.QDQ,
            nodes_to_exclude=[first, *dense],
            per_channel=True,
            activation_type=QuantType.QUInt8,
            weight_type=QuantType.QInt8,
            # Weights of seven bits: with eight, sums overflow on processors without VNNI, which would then
            # give other answers than those with it.
            reduce_range=True,
        )
    model = onnx.load(file)
    # The file names every operator set that ONNX Runtime knows, including some that other tools do not.
    used = [each for each in model.opset_import if each.domain in {node.domain for node in model.graph.node}]
    del model.opset_import[:]
    model.opset_import.extend(used)
    onnx.checker.check_model(model)
    onnx.save(model, file)


class _Forms(CalibrationDataReader):  # type: ignore[misc]  # ONNX Runtime ships no types
    def __init__(self, name: str, forms: FloatArray) -> None:
        self._batches = ({name: forms[at : at + AT_ONCE]} for at in range(0, len(forms), AT_ONCE))

    def get_next(self) -> dict[str, np.ndarray[Any, Any]] | None:
        return next(self._batches, None)


@contextmanager
def _quietly() -> Iterator[None]:
    """Silence the advice to do what `quantize` already does."""
    before = logging.root.manager.disable
    logging.disable(logging.WARNING)
    try:
        yield
    finally:
        logging.disable(before)
