"""The networks, by name. Each takes canonical forms (n, 28, 28, 1) and gives ten logits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Final

import keras
from keras import layers


def original() -> keras.Model:
    """The original project's: two convolutions of 5×5, pooling, a dense layer of 1,024. 1.1 M parameters."""
    return keras.Sequential(
        [
            layers.Input((28, 28, 1), name="form"),
            layers.Conv2D(32, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Conv2D(64, 5, activation="relu"),
            layers.MaxPooling2D(),
            layers.Dropout(0.25),
            layers.Flatten(),
            layers.Dense(1024, activation="relu"),
            layers.Dropout(0.5),
            layers.Dense(10, name="logits"),
        ],
        name="original",
    )


def compact() -> keras.Model:
    """Four convolutions with batch normalisation after a strided one: 0.2 M parameters, faster, reads better."""
    form = layers.Input((28, 28, 1), name="form")
    x = _convolution(form, 24, size=5, strides=2)
    x = _convolution(x, 48)
    x = layers.MaxPooling2D()(x)
    x = _convolution(x, 80)
    x = _convolution(x, 96)
    x = layers.MaxPooling2D()(x)
    x = _convolution(x, 96, padding="valid")
    x = layers.Flatten()(x)
    x = layers.Dropout(0.3)(x)
    return keras.Model(form, layers.Dense(10, name="logits")(x), name="compact")


def _convolution(x: Any, filters: int, *, size: int = 3, strides: int = 1, padding: str = "same") -> Any:
    x = layers.Conv2D(filters, size, strides=strides, padding=padding, use_bias=False)(x)
    # Statistics over the last 20 batches or so, not the usual 100: a run on few digits has no more than that.
    return layers.ReLU()(layers.BatchNormalization(momentum=0.95)(x))


NETWORKS: Final[dict[str, Callable[[], keras.Model]]] = {"compact": compact, "original": original}
