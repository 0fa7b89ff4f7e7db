"""The networks, by name. Each takes canonical forms (n, 28, 28, 1) and has four layers that others know by name.

`logits` (n, 10), one a digit; `digit` (n, 1), the logit that it is a digit at all; `features`, what both are
made from; `maps`, the first layer. Input and the first two are the model's own input and outputs.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import keras
from keras import layers


def original() -> keras.Model:
    """The original project's: two convolutions of 5×5, pooling, a dense layer of 1,024. 1.1 M parameters."""
    form = layers.Input((28, 28, 1), name="form")
    x = layers.Conv2D(32, 5, activation="relu", name="maps")(form)
    x = layers.MaxPooling2D()(x)
    x = layers.Conv2D(64, 5, activation="relu")(x)
    x = layers.MaxPooling2D()(x)
    x = layers.Dropout(0.25)(x)
    x = layers.Flatten()(x)
    x = layers.Dense(1024, activation="relu", name="features")(x)
    return _answers("original", form, x, dropout=0.5)


def compact() -> keras.Model:
    """Six convolutions with batch normalisation, two beside shortcuts: 0.35 M parameters, 10.4 M multiplications."""
    form = layers.Input((28, 28, 1), name="form")
    x = _convolution(form, 32, size=5, strides=2, name="maps")
    x = _convolution(x, 48)
    x = layers.MaxPooling2D()(x)
    x = _convolution(x, 80)
    x = _convolution(x, 80, beside=x)
    x = _convolution(x, 80, beside=x)
    x = layers.MaxPooling2D()(x)
    x = _convolution(x, 256, padding="valid")
    return _answers("compact", form, layers.Flatten(name="features")(x), dropout=0.3)


def _convolution(
    x: Any,
    filters: int,
    *,
    size: int = 3,
    strides: int = 1,
    padding: str = "same",
    beside: Any = None,
    **named: str,
) -> Any:
    """Convolve, normalise, add what came by a shortcut (He et al. 2016, “Deep residual learning”), cut at 0."""
    x = layers.Conv2D(filters, size, strides=strides, padding=padding, use_bias=False)(x)
    # Statistics over the last 20 batches or so, not the usual 100: a run on few digits has no more than that.
    x = layers.BatchNormalization(momentum=0.97)(x)
    return layers.ReLU(**named)(x if beside is None else layers.Add()([x, beside]))


def _answers(name: str, form: Any, features: Any, *, dropout: float) -> keras.Model:
    x = layers.Dropout(dropout)(features)
    outputs = {"logits": layers.Dense(10, name="logits")(x), "digit": layers.Dense(1, name="digit")(x)}
    return keras.Model(form, outputs, name=name)


NETWORKS: Final[dict[str, Callable[[], keras.Model]]] = {"compact": compact, "original": original}
