"""The gate between a card in service and one that would replace it: every criterion is printed, passed, failed or open.

Nothing here promotes anything: two named people do, on a site's own page, and the old card is kept.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.domain.rulebook import Rulebook
from app.domain.verdicts import TriageLevel
from app.learning import metrics
from app.learning.calibration import NoFit, fit_line
from app.learning.cohort import Cohort, iso
from app.learning.evaluation import Group, groups_of, scored
from app.learning.metrics import Interval
from app.learning.rules import rule_levels
from app.scoring.card import Card
from app.scoring.proof import violations

F64 = NDArray[np.float64]

WORSE_BY = 0.01
RANGE = (0.8, 1.25)
SUBGROUP = (0.67, 1.5)
SUBGROUP_EVENTS = 50
BUDGET = 0.2
SHADOW_DAYS = 14


class Criterion(msgspec.Struct, frozen=True):
    """One criterion and what was found; `open` is for what these files cannot show."""

    name: str
    verdict: Literal["passed", "failed", "open"]
    found: str


class Terms(msgspec.Struct, frozen=True, kw_only=True):
    """What the site fixed: orange threshold of the challenger, alerts per 100 patient-weeks, days it ran in shadow."""

    threshold: float | None = None
    budget: float | None = None
    shadow_days: int | None = None


def challenge(
    champion: Card,
    challenger: Card,
    cohort: Cohort,
    rulebook: Rulebook,
    terms: Terms,
    *,
    seed: int = 1,
    rounds: int = 400,
) -> tuple[Criterion, ...]:
    """Judge a challenger on patients that neither card was fitted on."""
    return tuple(_criteria(champion, challenger, cohort, rulebook, terms, seed, rounds))


def _criteria(
    champion: Card, challenger: Card, cohort: Cohort, rulebook: Rulebook, terms: Terms, seed: int, rounds: int
) -> Iterator[Criterion]:
    flaws = violations(challenger)
    yield _said("worse answers never lower it", not flaws, "; ".join(flaws[:3]) or "proved from the tables")
    same = [f.name for f in champion.features] == [f.name for f in challenger.features]
    lost = {r.id for r in champion.regimens} - {r.id for r in challenger.regimens}
    yield _said(
        "same inputs",
        same and not lost,
        f"regimens lost: {', '.join(sorted(lost))}" if lost else f"inputs equal: {same}",
    )
    first, until = iso(int(cohort.patients.enrolled.min())), _fitted_until(challenger)
    yield _said(
        "newest patients, never used for fitting", first > until, f"enrolled from {first}; fitted up to {until}"
    )
    old, new = scored(cohort, champion).p7, scored(cohort, challenger).p7
    r = cohort.reports
    use = r.at_risk & (r.outcome_7d >= 0) & ~np.isnan(old) & ~np.isnan(new)
    y, p, q, who = r.outcome_7d[use].astype(np.float64), old[use], new[use], r.patient[use]
    if not 0 < y.sum() < len(y):
        yield Criterion(
            "events", "failed", f"{int(y.sum())} reports before an event among {len(y)}: nothing can be judged"
        )
        return
    better = _paired(lambda w: metrics.auroc(y, q, w) - metrics.auroc(y, p, w), who, len(y), seed, rounds)
    yield _said(f"AUROC not worse by more than {WORSE_BY}", (better.low or -1) > -WORSE_BY, _told(better, 4))
    loss = _paired(lambda w: _loss(y, q, w) - _loss(y, p, w), who, len(y), seed, rounds)
    yield _said("log loss better", (loss.value or 0) < 0, _told(loss, 5))
    ratio = _paired(lambda w: float((w * y).sum() / (w * q).sum()), who, len(y), seed, rounds)
    yield _said("observed / expected 0.8 to 1.25", RANGE[0] <= (ratio.value or 0) <= RANGE[1], _told(ratio, 2))
    yield _slope(y, q)
    yield _budget(cohort, new, rulebook, terms)
    yield _subgroups(groups_of(cohort, new, seed, 20))
    days = terms.shadow_days
    shadow = f"{days} days" if days is not None else "not told (--shadow-days)"
    yield (
        Criterion("two weeks in shadow", "open", shadow)
        if days is None
        else _said("two weeks in shadow", days >= SHADOW_DAYS, shadow)
    )
    yield Criterion("two named people approve", "open", "asked at promotion; the old card is kept")


def _fitted_until(card: Card) -> str:
    own = card.trained_on
    return max(own.tuned_until, own.last_enrolled if own.kind == "site" else "")


def _said(name: str, passed: bool, found: str) -> Criterion:
    return Criterion(name, "passed" if passed else "failed", found)


def _told(found: Interval, digits: int) -> str:
    if found.value is None:
        return "cannot be computed"
    words = f"{found.value:+.{digits}f}" if digits > 2 else f"{found.value:.{digits}f}"
    return words if found.low is None else f"{words} (95 % {found.low:.{digits}f} to {found.high or 0:.{digits}f})"


def _paired(measure: Callable[[F64], float], patient: NDArray[np.int32], n: int, seed: int, rounds: int) -> Interval:
    return metrics.bootstrap(patient, measure, measure(np.ones(n)), seed, rounds)


def _loss(y: F64, p: F64, w: F64) -> float:
    q = np.clip(p, 1e-12, 1 - 1e-12)
    return float(-(w * (y * np.log(q) + (1 - y) * np.log(1 - q))).sum() / w.sum())


def _slope(y: F64, q: F64) -> Criterion:
    try:
        line = fit_line(metrics.logit(q), y)
    except NoFit as why:
        return Criterion("slope 0.8 to 1.25", "failed", str(why))
    found = Interval(line.slope, line.slope - 1.96 * line.slope_se, line.slope + 1.96 * line.slope_se)
    return _said("slope 0.8 to 1.25", RANGE[0] <= line.slope <= RANGE[1], _told(found, 2))


def _budget(cohort: Cohort, p: F64, rulebook: Rulebook, terms: Terms) -> Criterion:
    name = "alerts within the budget, give or take 20 %"
    if terms.threshold is None or terms.budget is None:
        return Criterion(name, "open", "no threshold and budget given (--threshold, --budget)")
    ruled = rule_levels(cohort, rulebook) >= TriageLevel.ORANGE.rank
    added = ~ruled & (np.nan_to_num(p, nan=-1.0) >= terms.threshold)
    last = cohort.patients.last_day.astype(np.float64)
    stop = int(cohort.manifest.get("report_days", 0) or 0)  # type: ignore[arg-type] # whole in what we write
    weeks = float((np.minimum(last, stop - 1) if stop else last).sum() + len(last)) / 7
    rate = 100 * float(added.sum()) / max(weeks, 1e-9)
    held = (1 - BUDGET) * terms.budget <= rate <= (1 + BUDGET) * terms.budget
    return _said(name, held, f"{rate:.2f} alerts of the model per 100 patient-weeks, budget {terms.budget:g}")


def _subgroups(groups: Iterator[Group]) -> Criterion:
    bad, judged = [], 0
    for group in groups:
        ratio = group.observed_over_expected.value
        if group.events < SUBGROUP_EVENTS or ratio is None:
            continue
        judged += 1
        if not SUBGROUP[0] <= ratio <= SUBGROUP[1]:
            bad.append(f"{group.kind} {group.name}: {ratio:.2f}")
    found = "; ".join(bad) or f"{judged} subgroups of {SUBGROUP_EVENTS} events or more, none outside"
    return _said(f"no subgroup outside {SUBGROUP[0]} to {SUBGROUP[1]}", not bad, found)
