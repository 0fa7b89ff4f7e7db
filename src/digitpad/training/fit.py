"""The training loop: the same seed gives the same result, and each epoch prints a line on its progress."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import Any, Final

import click
import keras
import numpy as np
import tensorflow

from digitpad.canonical import FloatArray
from digitpad.training.dataset import NOT_A_DIGIT, Digits
from digitpad.training.muon import Muon
from digitpad.training.network import NETWORKS
from digitpad.training.synthesis.epochs import Epochs, Forms, plain

BATCH: Final = 128
PEAK_RATE: Final = 6e-3  # learning rate; after three epochs 5e-3 was ahead of 2e-3, and 1e-2 level with it
WARM_UP: Final = 0.05  # of all steps
WEIGHT_DECAY: Final = 2e-2
SMOOTHING: Final = 0.03  # of labels: keeps logits from growing without bound (Szegedy et al. 2016, section 7)
REFUSAL: Final = 0.5  # weight of telling digits from other things, against telling digits apart
AVERAGED: Final = 800  # steps whose weights are averaged (Polyak and Juditsky 1992), fewer in a short run


@dataclass(frozen=True, slots=True)
class Curve:
    """One value per epoch, for the learning-curve picture."""

    loss: list[float] = field(default_factory=list)
    accuracy: list[float] = field(default_factory=list)
    validation_loss: list[float] = field(default_factory=list)
    validation_accuracy: list[float] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Trained:
    """The result of training."""

    model: keras.Model
    curve: Curve


def train(
    training: Digits,
    validation: Digits,
    *,
    network: str = "compact",
    epochs: int = 40,
    seed: int = 1,
    augment: bool = True,
) -> Trained:
    """Train `network` on `training`, watching `validation`, which it never learns from.

    The same seed on the same machine and versions gives the same model. Progress goes to stderr.

    :param augment: each epoch is the mixture of `synthesis.epochs`; False: MNIST as it is, and no non-digits
    """
    keras.utils.set_random_seed(seed)
    tensorflow.config.experimental.enable_op_determinism()
    model = NETWORKS[network]()
    with Epochs(training, epochs=epochs, seed=seed, processes=os.cpu_count() or 1) as varied:
        seen = varied if augment else [plain(training)] * epochs
        curve = fit(model, seen, epochs=epochs, validation=plain(validation))
    return Trained(model, curve)


def fit(model: keras.Model, seen: Iterable[Forms], *, epochs: int, validation: Forms) -> Curve:
    """Train `model` on one item of `seen` per epoch; in the end it has the average of its last weights."""
    curve, averaged = Curve(), keras.callbacks.SwapEMAWeights()
    held_back = (validation.as_input(), _targets(validation), _weights(validation))
    for epoch, forms in enumerate(seen):
        if epoch == 0:
            _compile(model, steps=epochs * -(-len(forms) // BATCH))
        shown = _Progress(f"epoch {epoch + 1}/{epochs}")
        model.fit(
            forms.as_input(),
            _targets(forms),
            sample_weight=_weights(forms),
            batch_size=BATCH,
            initial_epoch=epoch,
            epochs=epoch + 1,
            verbose=0,
            validation_data=held_back,
            callbacks=[averaged, shown],
        )
        for ours, theirs in CURVES.items():
            getattr(curve, ours).append(shown.logs[theirs])
    model.optimizer.finalize_variable_values(model.trainable_variables)
    return curve


CURVES: Final = {
    "loss": "logits_loss",
    "accuracy": "logits_accuracy",
    "validation_loss": "val_logits_loss",
    "validation_accuracy": "val_logits_accuracy",
}
"""What Keras calls the values of a `Curve`."""


def _compile(model: keras.Model, *, steps: int) -> None:
    model.compile(
        optimizer=Muon(
            _schedule(steps),
            weight_decay=WEIGHT_DECAY,
            adam_weight_decay=WEIGHT_DECAY,
            exclude_layers=["logits", "digit"],  # as Keras advises: AdamW trains the output layers
            use_ema=True,
            ema_momentum=1 - 1 / min(AVERAGED, steps // 20 + 2),
        ),
        loss={
            "logits": keras.losses.CategoricalCrossentropy(from_logits=True),
            "digit": keras.losses.BinaryCrossentropy(from_logits=True, label_smoothing=0.01),
        },
        loss_weights={"logits": 1.0, "digit": REFUSAL},
        weighted_metrics={"logits": ["accuracy"], "digit": []},
    )


def _targets(forms: Forms) -> dict[str, FloatArray]:
    digits = np.eye(NOT_A_DIGIT + 1, dtype=np.float32)[forms.labels][:, :NOT_A_DIGIT]
    return {
        "logits": digits * (1 - SMOOTHING) + np.float32(SMOOTHING / NOT_A_DIGIT),
        "digit": (forms.labels < NOT_A_DIGIT).astype(np.float32)[:, np.newaxis],
    }


def _weights(forms: Forms) -> dict[str, FloatArray]:
    """Only digits count in telling which digit it is; these weights have mean 1, whatever the share of digits."""
    digits = (forms.labels < NOT_A_DIGIT).astype(np.float32)
    return {"logits": digits / digits.mean(), "digit": np.ones_like(digits)}


def _schedule(steps: int) -> Any:
    """Warm up, then fall along a cosine to zero."""
    warm_up = max(1, int(steps * WARM_UP))
    return keras.optimizers.schedules.CosineDecay(
        0.0, max(1, steps - warm_up), warmup_target=PEAK_RATE, warmup_steps=warm_up
    )


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
        """Close the bar and print the epoch's results."""
        self.logs = dict(logs or {})
        self._bar.__exit__(None, None, None)
        click.echo(
            f"{self._label}: loss {self.logs['logits_loss']:.4f}, accuracy {self.logs['logits_accuracy']:.2%}; "
            f"validation loss {self.logs['val_logits_loss']:.4f}, accuracy {self.logs['val_logits_accuracy']:.2%}",
            err=True,
        )
