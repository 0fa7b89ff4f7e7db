"""Checks that a loaded model works, before anybody relies on it."""

from __future__ import annotations

from typing import Final

import numpy as np

from digitpad.errors import ModelError
from digitpad.ink import Ink
from digitpad.recognizer import Recognizer

SEVEN: Final = [[(80.0, 70.0), (200.0, 66.0), (124.0, 232.0)]]


def check(recognizer: Recognizer) -> None:
    """Read two forms at once.

    :raises ModelError: reading fails, or does not give ten chances per form
    """
    version = recognizer.card.version
    try:
        answers = recognizer.predict_many([Ink.from_strokes(SEVEN)] * 2)
    except Exception as error:  # each engine has errors of its own for a network of another shape
        raise ModelError(
            f"model {version}: it cannot read forms of shape (n, 28, 28): {str(error).splitlines()[0]}"
        ) from error
    chances = np.array([answer.probabilities for answer in answers])
    if chances.shape != (2, 10) or not np.isfinite(chances).all():
        raise ModelError(
            f"model {version}: expected ten chances a form, got an array of shape {chances.shape}"
        )
