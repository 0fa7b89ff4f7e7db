"""Muon, for convolutions too: each update of a weight matrix is made orthogonal before it is applied."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops


class Muon(keras.optimizers.Muon):  # type: ignore[misc]  # Keras ships no types
    """Keras's Muon with convolution kernels as matrices, one column per filter, as Muon's author trains them.

    K. Jordan and others, "Muon: An optimizer for hidden layers in neural networks", 2024. The update is scaled as in
    J. Liu and others, "Muon is scalable for LLM training", 2025 (arXiv 2502.16982). One learning rate thus also serves
    AdamW, which trains biases, normalisations and the layers named by `exclude_layers`.
    """

    def _should_use_adamw(self, variable: Any) -> bool:
        return len(variable.shape) not in (2, 4) or any(name in variable.path for name in self.exclude_layers)

    def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:
        """The orthogonal matrix nearest to `x`, approximately."""
        matrix = super().zeropower_via_newtonschulz5(ops.reshape(x, (-1, x.shape[-1])), steps)
        return ops.reshape(matrix, x.shape)

    def lr_adjust(self, x: Any) -> Any:
        """Give the update the same root mean square as AdamW's."""
        return x * (self.rms_rate * math.sqrt(max(math.prod(x.shape[:-1]), x.shape[-1])))
