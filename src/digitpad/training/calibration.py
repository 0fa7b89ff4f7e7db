"""Calibrates the chances made from logits, and sets the threshold below which nothing is read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

import numpy as np
from numpy.typing import NDArray

from digitpad import second_look
from digitpad.canonical import FloatArray
from digitpad.recognizer import chance_of_digit, sigmoid, softmax
from digitpad.second_look import Run, lead
from digitpad.training.dataset import NOT_A_DIGIT, Digits
from digitpad.training.synthesis.epochs import Forms, mixed, plain

REFUSED_PLAIN: Final = 0.002  # share of MNIST's own digits that may be refused
# Share of digits in every state, including unreadable ones, that may be refused.
REFUSED_SHIFTED: Final = 0.05
AT_ONCE: Final = 1_000  # forms in one run
STEPS: Final = 12  # of Newton's method: each doubles the number of correct digits
RIDGE: Final = 1e-3  # keeps it solvable where nothing varies


@dataclass(frozen=True, slots=True)
class Calibration:
    """The numbers that turn logits into a `Prediction`; see `ModelCard`."""

    temperature: float
    digit_weights: tuple[float, ...]
    threshold: float


def calibrate(run: Run, validation: Digits, *, seed: int) -> Calibration:
    """Fit on the validation split, bent and degraded as in real use.

    :param run: the network
    """
    shifted, own = mixed(validation, np.random.default_rng([seed, 1])), plain(validation)
    logits, digit = _read(run, shifted)
    digits = shifted.labels < NOT_A_DIGIT
    weights = fit_digit_weights(digit, logits, digits)
    logits_of_own, digit_of_own = _read(run, own)
    p_own = chance_of_digit(digit_of_own, logits_of_own, weights)
    p_shifted = chance_of_digit(digit[digits], logits[digits], weights)
    threshold = min(np.quantile(p_own, REFUSED_PLAIN), np.quantile(p_shifted, REFUSED_SHIFTED))
    temperature = fit_temperature(logits[digits], shifted.labels[digits])
    return Calibration(temperature, weights, round(float(threshold), 4))


def _read(run: Run, given: Forms) -> tuple[FloatArray, FloatArray]:
    """The logits as `Recognizer` has them: after a second look."""
    forms = given.as_input()[..., 0]
    parts = [forms[at : at + AT_ONCE] for at in range(0, len(forms), AT_ONCE)]
    read = [second_look.averaged(run, part, *run(part)) for part in parts]
    return np.concatenate([logits for logits, _ in read]), np.concatenate([digit for _, digit in read])


def fit_temperature(logits: FloatArray, labels: NDArray[np.uint8]) -> float:
    """The temperature under which `labels` are likeliest (Guo et al. 2017, section 4.2), to one per cent."""
    rows, temperatures = np.arange(len(labels)), np.exp(np.arange(-1.5, 1.5, 0.01))
    costs = [
        -np.log(np.maximum(softmax(logits / np.float32(t))[rows, labels], 1e-12)).mean() for t in temperatures
    ]
    return round(float(temperatures[int(np.argmin(costs))]), 3)


def fit_digit_weights(digit: FloatArray, logits: FloatArray, digits: NDArray[np.bool_]) -> tuple[float, ...]:
    """The weights of `chance_of_digit` under which `digits` are likeliest: logistic regression by Newton's method."""
    given = np.stack((digit, lead(logits), np.ones_like(digit)), axis=1).astype(np.float64)
    weights = np.array([1.0, 0.0, 0.0])
    for _ in range(STEPS):
        chances = sigmoid((given @ weights).astype(np.float32))
        slope = given.T @ (digits - chances)
        curvature = (given * (chances * (1 - chances))[:, None]).T @ given + RIDGE * np.eye(3)
        weights += np.linalg.solve(curvature, slope)
    by_logit, by_lead, bias = weights.round(4).tolist()
    return by_logit, by_lead, bias
