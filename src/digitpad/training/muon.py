"""Muon, for convolutions too: each step of a matrix of weights is made orthogonal before it is taken."""

from __future__ import annotations

import math
from typing import Any

import keras
from keras import ops


class Muon(keras.optimizers.Muon):  # type: ignore[misc]  # Keras ships no types
    """Keras's Muon with the kernels of convolutions as matrices, one column a filter, as its author trains them.

    K. Jordan and others, "Muon: An optimizer for hidden layers in neural networks", 2024; the scale of a step is
    that of J. Liu and others, "Muon is scalable for LLM training", 2025 (arXiv 2502.16982), so that one rate serves
    AdamW too, which takes biases, normalisations and the layers named by `exclude_layers`.
    """

    def _should_use_adamw(self, variable: Any) -> bool:
        return len(variable.shape) not in (2, 4) or any(name in variable.path for name in self.exclude_layers)

    def zeropower_via_newtonschulz5(self, x: Any, steps: int) -> Any:
        """The nearest orthogonal matrix to `x`, nearly."""
        matrix = super().zeropower_via_newtonschulz5(ops.reshape(x, (-1, x.shape[-1])), steps)
        return ops.reshape(matrix, x.shape)

    def lr_adjust(self, x: Any) -> Any:
        """Make the root of the mean square of a step what AdamW's is."""
        return x * (self.rms_rate * math.sqrt(max(math.prod(x.shape[:-1]), x.shape[-1])))
