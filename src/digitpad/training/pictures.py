"""The pictures that training leaves beside a model: learning curve, confusion matrix, the errors themselves."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from matplotlib.figure import Figure

from digitpad.training.dataset import Digits
from digitpad.training.evaluation import REFUSED, Evaluation
from digitpad.training.fit import Curve


def learning_curve(curve: Curve, file: Path) -> None:
    """Loss and error of each epoch, on the training and the validation split."""
    epochs = np.arange(1, len(curve.loss) + 1)
    figure = Figure(figsize=(9, 3.6), layout="constrained")
    left, right = figure.subplots(1, 2)
    left.plot(epochs, curve.loss, "o-", markersize=3, label="training (varied anew each epoch)")
    left.plot(epochs, curve.validation_loss, "o-", markersize=3, label="validation (MNIST as it is)")
    left.set(xlabel="epoch", ylabel="cross-entropy, labels smoothed")
    left.legend()
    for name, values in (("training", curve.accuracy), ("validation", curve.validation_accuracy)):
        right.plot(epochs, [max(100 * (1 - value), 0.01) for value in values], "o-", markersize=3, label=name)
    right.set(xlabel="epoch", ylabel="read wrongly, %", yscale="log")
    right.legend()
    figure.savefig(file, dpi=120)


def confusion_matrix(evaluation: Evaluation, file: Path) -> None:
    """What was read against what it was; colour shows the errors only, as they would vanish otherwise."""
    table = evaluation.confusion
    wrong = table.copy()
    np.fill_diagonal(wrong, 0)
    figure = Figure(figsize=(6.4, 5.6), layout="constrained")
    axes = figure.subplots()
    axes.imshow(wrong, cmap="Blues", vmax=max(int(wrong.max()), 1) * 1.4)
    for (row, column), count in np.ndenumerate(table):
        if count:
            axes.text(
                column,
                row,
                f"{count}",
                ha="center",
                va="center",
                fontsize=9,
                alpha=0.5 if row == column else 1,
            )
    axes.set(
        xlabel="read as",
        ylabel="true digit",
        title=f"{evaluation.accuracy:.2%} of {table.sum():,} read rightly",
    )
    axes.set_xticks(range(11), [*map(str, range(10)), "refused"])
    axes.set_yticks(range(10))
    figure.savefig(file, dpi=120)


def errors(evaluation: Evaluation, digits: Digits, file: Path, *, most: int = 80) -> None:
    """The digits that were read wrongly, the surest first: what a person looks at to see what is missing."""
    wrong = sorted(evaluation.errors, key=lambda at: -evaluation.predictions[at].confidence)[:most]
    columns = 10
    rows = max(1, -(-len(wrong) // columns))
    figure = Figure(figsize=(columns * 0.9, rows * 1.1 + 0.4), layout="constrained")
    figure.suptitle(f"{len(evaluation.errors)} of {len(digits):,} read wrongly: true → read")
    for axes, at in zip(
        np.ravel(figure.subplots(rows, columns, squeeze=False)),
        [*wrong, *[None] * (rows * columns)],
        strict=False,
    ):
        axes.axis("off")
        if at is not None:
            read = evaluation.read[at]
            axes.imshow(digits.images[at], cmap="gray_r")
            axes.set_title(f"{digits.labels[at]} → {'refused' if read == REFUSED else read}", fontsize=8)
    figure.savefig(file, dpi=100)
