"""Discrimination, calibration and usefulness of probabilities, in numpy; intervals by resampling whole patients."""

from __future__ import annotations

import math
from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

F64 = NDArray[np.float64]


class Interval(msgspec.Struct, frozen=True):
    """A figure with its 95 % interval; None when it cannot be computed."""

    value: float | None
    low: float | None = None
    high: float | None = None


def auroc(y: F64, score: F64, weight: F64 | None = None) -> float:
    """Chance that a report before an event scores above one that is not; ties count half. NaN without both kinds."""
    w = np.ones(len(y)) if weight is None else weight
    order = np.argsort(score, kind="stable")
    s, positive, negative = score[order], (w * y)[order], (w * (1 - y))[order]
    new = np.flatnonzero(np.concatenate([[True], s[1:] != s[:-1]])) if len(s) else np.array([], np.int64)
    p, n = np.add.reduceat(positive, new), np.add.reduceat(negative, new)
    below = np.cumsum(n) - n
    total = p.sum() * n.sum()
    return float((p * (below + 0.5 * n)).sum() / total) if total > 0 else math.nan


def auprc(y: F64, score: F64, weight: F64 | None = None) -> float:
    """Average precision."""
    w = np.ones(len(y)) if weight is None else weight
    order = np.argsort(-score, kind="stable")
    s, positive, every = score[order], (w * y)[order], w[order]
    last = np.flatnonzero(np.concatenate([s[1:] != s[:-1], [True]])) if len(s) else np.array([], np.int64)
    caught, flagged = np.cumsum(positive)[last], np.cumsum(every)[last]
    if not len(last) or caught[-1] <= 0:
        return math.nan
    recall = np.diff(np.concatenate([[0.0], caught])) / caught[-1]
    return float((recall * caught / np.maximum(flagged, 1e-12)).sum())


def ece(y: F64, p: F64, bins: int = 15) -> float:
    """Expected calibration error over bins of equal size."""
    order = np.argsort(p, kind="stable")
    parts = np.array_split(order, bins)
    return float(sum(len(part) / len(y) * abs(y[part].mean() - p[part].mean()) for part in parts if len(part)))


def brier(y: F64, p: F64) -> float:
    """Mean squared error."""
    return float(((p - y) ** 2).mean())


def log_loss(y: F64, p: F64) -> float:
    """Mean negative log likelihood."""
    q = np.clip(p, 1e-12, 1 - 1e-12)
    return float(-(y * np.log(q) + (1 - y) * np.log(1 - q)).mean())


def logit(p: F64) -> F64:
    """Log odds."""
    q = np.clip(p, 1e-9, 1 - 1e-9)
    return np.asarray(np.log(q / (1 - q)))


def net_benefit(y: F64, p: F64, threshold: float) -> float:
    """True positives less false ones at the odds of the threshold, per report."""
    flagged = p >= threshold
    odds = threshold / (1 - threshold)
    return float((flagged & (y > 0)).mean() - odds * (flagged & (y == 0)).mean())


def poisson_interval(observed: int, expected: float) -> Interval:
    """Observed over expected with the exact 95 % Poisson interval of what was observed."""
    if expected <= 0:
        return Interval(None)
    low = _poisson_bound(observed, 0.975, upper=False) if observed else 0.0
    high = _poisson_bound(observed, 0.025, upper=True)
    return Interval(observed / expected, low / expected, high / expected)


def wilson(successes: float, n: float) -> Interval:
    """A proportion with Wilson's 95 % interval."""
    if n <= 0:
        return Interval(None)
    z, p = 1.959964, successes / n
    middle = (p + z * z / (2 * n)) / (1 + z * z / n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n)) / (1 + z * z / n)
    return Interval(p, max(0.0, middle - half), min(1.0, middle + half))


def bootstrap(
    patient: NDArray[np.int32], measure: Callable[[F64], float], value: float, seed: int, rounds: int = 200
) -> Interval:
    """95 % interval of a measure that takes a weight per report, patients drawn whole."""
    dice = np.random.Generator(np.random.PCG64(seed))
    ids, position = np.unique(patient, return_inverse=True)
    found = []
    for _ in range(rounds):
        counts = np.bincount(dice.integers(0, len(ids), len(ids)), minlength=len(ids)).astype(np.float64)
        found.append(measure(counts[position]))
    kept = np.array([f for f in found if math.isfinite(f)])
    if len(kept) < rounds / 2 or not math.isfinite(value):
        return Interval(value if math.isfinite(value) else None)
    low, high = np.quantile(kept, [0.025, 0.975])
    return Interval(value, float(low), float(high))


def _poisson_bound(observed: int, tail: float, *, upper: bool) -> float:
    """The mean at which observing as few (as many) has this chance, by bisection of the Poisson distribution."""
    k = observed if upper else observed - 1
    low, high = 0.0, 10.0 + 3 * observed + 20 * math.sqrt(observed + 1)
    for _ in range(200):
        middle = (low + high) / 2
        if _poisson_cdf(k, middle) > tail:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _poisson_cdf(k: int, mean: float) -> float:
    if mean <= 0:
        return 1.0
    if k > 2000:  # far beyond any site: the normal approximation is exact enough
        return 0.5 * (1 + math.erf((k + 0.5 - mean) / math.sqrt(2 * mean)))
    return min(1.0, math.fsum(math.exp(i * math.log(mean) - mean - math.lgamma(i + 1)) for i in range(k + 1)))
