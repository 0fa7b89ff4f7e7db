"""The pictures that training leaves beside a model: learning curve, confusion matrix, the errors themselves."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from matplotlib.figure import Figure
from PIL import Image

from digitpad.picture import GreyArray
from digitpad.training.dataset import NOT_A_DIGIT
from digitpad.training.evaluation import Evaluation
from digitpad.training.fit import Curve
from digitpad.training.synthesis.epochs import Forms

SAMPLES: Final = 24  # in a row
ERRORS: Final = 80  # drawings on the sheet of errors
THUMBNAIL: Final = 56  # pixels: the longer side of each


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
    """The answers against the true labels; colour shows only the errors, which would vanish otherwise."""
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
        ylabel="what it is",
        title=f"{evaluation.accuracy:.2%} of {table.sum():,} read rightly",
    )
    axes.set_xticks(range(11), [*map(str, range(10)), "refused"])
    axes.set_yticks(range(11), [*map(str, range(10)), "no digit"])
    figure.savefig(file, dpi=120)


def errors(evaluation: Evaluation, drawings: Sequence[GreyArray], file: Path) -> None:
    """The drawings that were read wrongly, the most confident first, for a person to see what is missing."""
    wrong = sorted(evaluation.errors, key=lambda at: -evaluation.predictions[at].confidence)[:ERRORS]
    columns = 10
    rows = max(1, -(-len(wrong) // columns))
    figure = Figure(figsize=(columns * 0.9, rows * 1.1 + 0.4), layout="constrained")
    figure.suptitle(f"{len(evaluation.errors)} of {len(drawings):,} read wrongly: what it is → what was read")
    for axes, at in zip(
        np.ravel(figure.subplots(rows, columns, squeeze=False)),
        [*wrong, *[None] * (rows * columns)],
        strict=False,
    ):
        axes.axis("off")
        if at is not None:
            truth, read = evaluation.labels[at], evaluation.read[at]
            small = _thumbnail(drawings[at])
            axes.imshow(small, cmap="gray" if np.median(small) > 127 else "gray_r", vmin=0, vmax=255)
            none = "none" if truth == NOT_A_DIGIT else truth
            axes.set_title(f"{none} → {'refused' if read == NOT_A_DIGIT else read}", fontsize=8)
    figure.savefig(file, dpi=100)


def samples(forms: Forms, file: Path) -> None:
    """What the network was shown: digits in every state above, non-digits below."""
    digits = forms.forms[forms.labels != NOT_A_DIGIT][: 8 * SAMPLES]
    others = forms.forms[forms.labels == NOT_A_DIGIT][: 4 * SAMPLES]
    rows = [
        np.hstack(list(part[at : at + SAMPLES]))
        for part in (digits, others)
        for at in range(0, len(part), SAMPLES)
    ]
    whole = [row for row in rows if row.shape[1] == rows[0].shape[1]]
    image = Image.fromarray(255 - np.vstack(whole))
    image.resize((image.width * 2, image.height * 2), Image.Resampling.NEAREST).save(file, optimize=True)


def _thumbnail(grey: GreyArray) -> GreyArray:
    image = Image.fromarray(grey)
    image.thumbnail((THUMBNAIL, THUMBNAIL), Image.Resampling.BOX)
    return np.asarray(image)
