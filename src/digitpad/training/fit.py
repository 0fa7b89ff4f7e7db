"""The training loop: one seed, one result, and a line an epoch that says how it goes."""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass, field
from typing import Any, Final

import click
import keras
import numpy as np
import tensorflow
from numpy.typing import NDArray

from digitpad.canonical import FloatArray
from digitpad.recognizer import softmax
from digitpad.training.augmentation import Epochs, as_forms
from digitpad.training.dataset import Digits
from digitpad.training.network import NETWORKS

BATCH: Final = 128
PEAK_RATE: Final = 2e-3  # of learning; usual for AdamW and batches of 128, not searched for
WARM_UP: Final = 0.05  # of all steps
WEIGHT_DECAY: Final = 1e-2
SMOOTHING: Final = 0.05  # of labels: keeps logits from growing without bound (Szegedy et al. 2016, section 7)
AVERAGED: Final = 500  # steps whose weights are averaged (Polyak and Juditsky 1992), fewer in a short run


@dataclass(frozen=True, slots=True)
class Curve:
    """One value an epoch, for the learning-curve picture."""

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trained:
    """What training gives."""

    model: keras.Model
    curve: Curve
    temperature: float
    """Logits are divided by it; fitted on the validation split."""


def train(
    training: Digits,
    validation: Digits,
    *,
    network: str = "compact",
    epochs: int = 14,
    seed: int = 1,
    augment: bool = True,
) -> Trained:
    """Train `network` on `training`, watching `validation`, which it never learns from.

    The same seed on the same machine and versions gives the same model. Progress goes to stderr.

    :param augment: vary every digit anew each epoch (`augmentation`); False trains on MNIST as it is
    """
    keras.utils.set_random_seed(seed)
    tensorflow.config.experimental.enable_op_determinism()
    model = NETWORKS[network]()
    steps = epochs * -(-len(training) // BATCH)
    model.compile(
        optimizer=keras.optimizers.AdamW(
            _schedule(steps),
            weight_decay=WEIGHT_DECAY,
            use_ema=True,
            ema_momentum=1 - 1 / min(AVERAGED, steps // 20 + 2),
        ),
        loss=keras.losses.CategoricalCrossentropy(from_logits=True, label_smoothing=SMOOTHING),
        metrics=["accuracy"],
    )
    seen = as_forms(validation.images)[..., np.newaxis]
    targets, held_back = np.eye(10, dtype=np.float32)[training.labels], np.eye(10)[validation.labels]
    curve, averaged = Curve(), keras.callbacks.SwapEMAWeights()
    for epoch, forms in enumerate(_epochs(training, epochs, seed, augment)):
        shown = _Progress(f"epoch {epoch + 1}/{epochs}")
        model.fit(
            forms[..., np.newaxis],
            targets,
            batch_size=BATCH,
            initial_epoch=epoch,
            epochs=epoch + 1,
            verbose=0,
            validation_data=(seen, held_back),
            callbacks=[averaged, shown],
        )
        for name in ("loss", "accuracy"):
            getattr(curve, name).append(shown.logs[name])
            getattr(curve, f"validation_{name}").append(shown.logs[f"val_{name}"])
    model.optimizer.finalize_variable_values(model.trainable_variables)
    logits = model.predict(seen, batch_size=1000, verbose=0)
    return Trained(model, curve, fit_temperature(logits, validation.labels))


def fit_temperature(logits: FloatArray, labels: NDArray[np.uint8]) -> float:
    """The temperature under which `labels` are likeliest (Guo et al. 2017, section 4.2), to one per cent."""
    temperatures = np.exp(np.arange(-1.5, 1.5, 0.01))
    rows = np.arange(len(labels))
    costs = [
        -np.log(np.maximum(softmax(logits / np.float32(t))[rows, labels], 1e-12)).mean() for t in temperatures
    ]
    return round(float(temperatures[int(np.argmin(costs))]), 3)


def _schedule(steps: int) -> Any:
    """Warm up, then fall along a cosine to nothing."""
    warm_up = max(1, int(steps * WARM_UP))
    return keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warm_up), warmup_target=PEAK_RATE, warmup_steps=warm_up
    )


def _epochs(training: Digits, epochs: int, seed: int, augment: bool) -> Any:
    if not augment:
        forms = as_forms(training.images)
        yield from (forms for _ in range(epochs))
        return
    with Epochs(training.images, epochs=epochs, seed=seed, processes=os.cpu_count() or 1) as varied:
        yield from varied


class _Progress(keras.callbacks.Callback):  # type: ignore[misc]  # Keras ships no types
    """A bar on stderr while the epoch runs, and a line when it is done."""

    def __init__(self, label: str) -> None:
        super().__init__()
        self._label = label
        self.logs: dict[str, float] = {}

    def on_train_begin(self, logs: dict[str, float] | None = None) -> None:
        """Open the bar."""
        self._bar: Any = click.progressbar(
            length=self.params["steps"],
            label=self._label,
            file=sys.stderr,
            item_show_func=lambda _: f"loss {self.logs.get('loss', 0):.4f}",
        )
        self._bar.__enter__()

    def on_train_batch_end(self, batch: int, logs: dict[str, float] | None = None) -> None:
        """Move the bar."""
        self.logs = dict(logs or {})
        self._bar.update(1)

    def on_epoch_end(self, epoch: int, logs: dict[str, float] | None = None) -> None:
        """Close the bar and say what the epoch brought."""
        self.logs = dict(logs or {})
        self._bar.__exit__(None, None, None)
        click.echo(
            f"{self._label}: loss {self.logs['loss']:.4f}, accuracy {self.logs['accuracy']:.2%}; "
            f"validation loss {self.logs['val_loss']:.4f}, accuracy {self.logs['val_accuracy']:.2%}",
            err=True,
        )
