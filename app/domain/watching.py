"""The weekly look at the model of one site: is it calibrated, does it abstain, is anything drifting; and when it must be frozen.

Figures and rules: risk-model.md, section 9 (freeze when the interval of observed over expected excludes 0.67 to 1.5, when more than
30 % of reports get no score, when the card is older than 12 months without review; PSI only from 500 reports).
"""

import math
from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date

from msgspec import Struct

OE_LOW, OE_HIGH = 0.67, 1.5
ABSTENTION_SHARE = 0.30
ABSTENTION_REPORTS = 10
"""So many reports in a week before their share may freeze the model: of fewer, one patient on an unknown regimen is already over 30 %.

Ours, to be confirmed: with ten, four must be silent. A site below ten reports a week is judged on its calibration and its card alone."""
CARD_MONTHS = 12
PSI_REPORTS = 500
_TAIL = 0.025  # each side of a 95 % interval


class Scored(Struct, frozen=True):
    """What a monitor needs of one stored score; `happened` is None while the outcome of 7 days is not known."""

    p7: float | None
    abstained: str | None
    missing: tuple[str, ...]
    rules_level: str
    model_level: str
    raised: bool
    at_risk: bool = True
    happened: bool | None = None


class Calibration(Struct, frozen=True):
    """Observed over expected events among mature outcomes, with its exact 95 % interval, and the two one-sided sums (CUSUM)."""

    reports: int
    observed: int
    expected: float
    ratio: float | None
    low: float | None
    high: float | None
    rising: float  # CUSUM of observed - expected: more happens than the model expects
    falling: float


class Watch(Struct, frozen=True):
    """One week at one site."""

    reports: int
    scored: int
    abstained: dict[str, int]
    missing: dict[str, float]  # share of reports in which an input of the model was missing
    alerts: int
    alerts_by_model: int  # raised by it when live, or that it would have raised
    calibration: Calibration
    psi: float | None = None

    @property
    def abstention_share(self) -> float:
        """Of the reports of the period."""
        return sum(self.abstained.values()) / self.reports if self.reports else 0.0


def watch(
    week: Sequence[Scored], mature: Sequence[Scored], now: Sequence[float] = (), before: Sequence[float] = ()
) -> Watch:
    """Count the reports of a period; `mature` are those with a known outcome, in the order they were told."""
    missing: Counter[str] = Counter(name for one in week for name in one.missing)
    return Watch(
        reports=len(week),
        scored=sum(one.p7 is not None for one in week),
        abstained=dict(sorted(Counter(one.abstained for one in week if one.abstained).items())),
        missing={name: round(count / len(week), 4) for name, count in sorted(missing.items())},
        alerts=sum(one.rules_level != "green" or one.model_level != "green" for one in week),
        alerts_by_model=sum(_higher(one.model_level, one.rules_level) for one in week),
        calibration=calibration(mature),
        psi=psi(before, now),
    )


def calibration(mature: Iterable[Scored]) -> Calibration:
    """Calibration-in-the-large of reports at risk whose outcome is known."""
    reports = observed = 0
    expected = rising = falling = 0.0
    for one in mature:
        if one.p7 is None or one.happened is None or not one.at_risk:
            continue
        difference = one.happened - one.p7
        reports, observed, expected = reports + 1, observed + one.happened, expected + one.p7
        rising, falling = max(0.0, rising + difference), max(0.0, falling - difference)
    if expected <= 0:
        return Calibration(reports, observed, 0.0, None, None, None, rising, falling)
    low, high = poisson_interval(observed)
    return Calibration(
        reports, observed, expected, observed / expected, low / expected, high / expected, rising, falling
    )


def poisson_interval(count: int) -> tuple[float, float]:
    """The exact 95 % interval (Garwood) of the mean of a Poisson count."""
    low = 0.0 if count == 0 else _solve(lambda mean: 1 - _at_most(count - 1, mean), _TAIL, count, rising=True)
    return low, _solve(lambda mean: _at_most(count, mean), _TAIL, count + 10, rising=False)


def psi(before: Sequence[float], now: Sequence[float], bins: int = 10) -> float | None:
    """Population stability of two samples of scores in bins of equal counts of the first; None under 500 reports on either side."""
    if min(len(before), len(now)) < PSI_REPORTS:
        return None
    ordered = sorted(before)
    edges = sorted({ordered[len(ordered) * k // bins] for k in range(1, bins)})
    shares = [_shares(sample, edges) for sample in (before, now)]
    return float(sum((b - a) * math.log(b / a) for a, b in zip(*shares, strict=True)))


def freeze_reason(seen: Watch, card_on: date | None, today: date) -> str | None:
    """Why levels must be those of the rules alone from now on; None when nothing forbids the model. `card_on`: made or reviewed."""
    of = seen.calibration
    if of.low is not None and of.high is not None and (of.low > OE_HIGH or of.high < OE_LOW):
        return "calibration"
    if seen.reports >= ABSTENTION_REPORTS and seen.abstention_share > ABSTENTION_SHARE:
        return "abstention"
    if card_on is not None and _months(card_on, today) >= CARD_MONTHS:
        return "card_age"
    return None


_ORDER: Mapping[str, int] = {"green": 0, "yellow": 1, "orange": 2, "red": 3}


def _higher(model: str, rules: str) -> bool:
    return _ORDER[model] > _ORDER[rules]


def _months(since: date, today: date) -> int:
    return (today.year - since.year) * 12 + today.month - since.month - (today.day < since.day)


def _at_most(count: int, mean: float) -> float:
    """P(X <= count) of a Poisson variable; logarithms, so that large means do not underflow."""
    if mean <= 0:
        return 1.0
    return min(1.0, math.fsum(math.exp(k * math.log(mean) - mean - math.lgamma(k + 1)) for k in range(count + 1)))


def _solve(chance: Callable[[float], float], tail: float, above: float, *, rising: bool) -> float:
    """The mean at which `chance`, rising or falling with it, is `tail`; halving to a relative 1e-9."""
    low, high = 0.0, above + 1
    while (chance(high) < tail) if rising else (chance(high) > tail):
        high *= 2
    while high - low > 1e-9 * high:
        middle = (low + high) / 2
        if (chance(middle) < tail) is rising:
            low = middle
        else:
            high = middle
    return (low + high) / 2


def _shares(sample: Sequence[float], edges: Sequence[float]) -> list[float]:
    """Share of each bin; an empty one counts as half a report, or its logarithm would be infinite."""
    counts = Counter(bisect_right(edges, value) for value in sample)
    return [max(counts[number], 0.5) / len(sample) for number in range(len(edges) + 1)]
