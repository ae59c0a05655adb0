"""Platt calibration and what it is built of: a logistic regression of one or two numbers, by Newton's method."""

from __future__ import annotations

import math

import msgspec
import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


class Line(msgspec.Struct, frozen=True):
    """logit = intercept + slope x score, with standard errors."""

    intercept: float
    slope: float
    intercept_se: float
    slope_se: float


class NoFit(ValueError):
    """There is nothing to fit: no event, or nothing but events."""


def fit_line(score: F64, outcome: F64, *, slope: bool = True) -> Line:
    """Maximum likelihood; with `slope=False` the slope stays 1 and only the intercept moves. Raises NoFit."""
    events = float(outcome.sum())
    if not 0 < events < len(outcome):
        raise NoFit("calibration needs at least one event and one report without")
    here = np.array([0.0, 1.0])
    best = _likelihood(here, score, outcome)
    information = np.zeros((2, 2))
    for _ in range(200):
        p = 1 / (1 + np.exp(-np.clip(here[0] + here[1] * score, -40, 40)))
        w = p * (1 - p)
        rest = outcome - p
        information = np.array([[w.sum(), (w * score).sum()], [(w * score).sum(), (w * score * score).sum()]])
        gradient = np.array([rest.sum(), (rest * score).sum()])
        alone = np.array([gradient[0] / information[0, 0], 0.0])
        step = np.linalg.solve(information + 1e-9 * np.eye(2), gradient) if slope else alone
        while np.abs(step).max() > 1e-10:  # a full step may overshoot: halve it until it climbs
            there = _likelihood(here + step, score, outcome)
            if there >= best:
                break
            step = step / 2
        if np.abs(step).max() <= 1e-10:
            break
        here, best = here + step, there
    a, b = (float(value) for value in here)
    if not slope:
        return Line(a, b, 1 / math.sqrt(information[0, 0]), 0.0)
    spread = np.sqrt(np.diag(np.linalg.inv(information + 1e-9 * np.eye(2))))
    return Line(a, b, float(spread[0]), float(spread[1]))


def _likelihood(line: F64, score: F64, outcome: F64) -> float:
    """Log likelihood of a line."""
    logit = line[0] + line[1] * score
    return float((outcome * logit - np.logaddexp(0, logit)).sum())
