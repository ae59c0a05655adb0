"""Everything that an evaluation reports, as figures with intervals (TRIPOD+AI): the HTML and the JSON say the same."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.domain.rulebook import Rulebook
from app.domain.verdicts import TriageLevel
from app.learning import alerts, metrics
from app.learning.calibration import NoFit, fit_line
from app.learning.cohort import Cohort, iso
from app.learning.matrix import card_matrix, highest_scores
from app.learning.metrics import Interval
from app.learning.rules import rule_levels
from app.scoring.batch import Batch
from app.scoring.card import Card
from app.scoring.score import MIN_ANSWERED, MIN_PATIENTS, Model

F64 = NDArray[np.float64]
Mask = NDArray[np.bool_]

ORANGE = TriageLevel.ORANGE.rank
EXTRA = (0.05, 0.10, 0.20, 0.30)
"""Alerts per patient-month above the rules, at which the model is judged."""
DECISIONS = (0.01, 0.02, 0.03, 0.05, 0.08, 0.10, 0.15, 0.20, 0.30)
FEW = 10
ROUNDS = 200


class Point(msgspec.Struct, frozen=True):
    """A point of a curve."""

    x: float
    y: float


class Bin(msgspec.Struct, frozen=True):
    """A tenth of the reports: mean prediction against what was observed."""

    predicted: float
    observed: Interval
    reports: int


class Benefit(msgspec.Struct, frozen=True):
    """Net benefit at one threshold, per 1,000 reports."""

    threshold: float
    model: float
    rules: float
    everybody: float


class Policy(msgspec.Struct, frozen=True, kw_only=True):
    """Who is alerted, at what burden, and how many events are seen coming within seven days."""

    name: str
    threshold: float | None
    alerts_per_month: float
    caught: Interval
    gain: Interval | None
    lead_days: float


class Horizon(msgspec.Struct, frozen=True, kw_only=True):
    """One horizon: discrimination and calibration on the reports at risk whose outcome is known."""

    days: int
    reports: int
    events: int
    auroc: Interval
    auprc: Interval
    highest_answer_auroc: Interval
    brier: float
    brier_null: float
    log_loss: float
    ece: float
    observed_over_expected: Interval
    slope: Interval
    calibration: tuple[Bin, ...]
    roc: tuple[Point, ...]
    precision_recall: tuple[Point, ...]
    decision: tuple[Benefit, ...]


class Group(msgspec.Struct, frozen=True, kw_only=True):
    """One regimen or subgroup, 7 days; no AUROC under ten events."""

    kind: str
    name: str
    patients: int
    reports: int
    events: int
    auroc: Interval
    observed_over_expected: Interval
    abstained: int = 0


class Evaluation(msgspec.Struct, frozen=True, kw_only=True):
    """The whole report."""

    model_id: str
    card_sha256: str
    trained_on: Literal["synthetic", "site"]
    trained_patients: int
    trained_events: int
    trained_sites: int
    data: str
    patients: int
    reports: int
    at_risk: int
    first_enrolled: str
    last_enrolled: str
    rulebook: str
    horizons: tuple[Horizon, ...]
    policies: tuple[Policy, ...]
    events: int
    without_report: float | None
    patient_months: float
    groups: tuple[Group, ...]
    abstentions: dict[str, int]
    low_support: int
    missing: dict[str, float]
    warnings: tuple[str, ...]
    rounds: int


class Scored(msgspec.Struct, frozen=True):
    """A cohort with what a card says of each report; `p` is NaN where it abstains."""

    p7: F64
    p14: F64
    reasons: dict[str, int]
    low_support: int
    missing: dict[str, float]


def scored(cohort: Cohort, card: Card) -> Scored:
    """Score every report, with the same abstentions as one by one (expiry apart: an evaluation looks back)."""
    model = Model(card)
    if model.fault:
        raise ValueError(f"this card cannot be used: {model.fault}")
    grid = card_matrix(cohort, card)
    patients = np.array([*(r.patients for r in card.regimens), 0])[grid.rows]
    reasons = {
        "regimen_unknown": grid.rows == len(card.regimens),
        "regimen_rare": (grid.rows < len(card.regimens)) & (patients < MIN_PATIENTS),
        "implausible_value": ~grid.plausible,
        "too_few_items": cohort.reports.answered < MIN_ANSWERED,
    }
    silent, counts = np.zeros(len(grid.rows), np.bool_), {}
    for reason, holds in reasons.items():
        counts[reason] = int((holds & ~silent).sum())
        silent |= holds
    p7, p14 = Batch(card).probabilities(grid.rows, grid.phases, grid.levels)
    rare = np.zeros(len(grid.rows), np.int64)
    for j, table in enumerate(model.rarity):
        rare += np.array(table)[grid.levels[:, j]]
    missing = {
        feature.name: float((grid.levels[:, j] < 0).mean())
        for j, feature in enumerate(card.features)
        if feature.kind != "symptom"
    }
    return Scored(
        np.where(silent, np.nan, p7),
        np.where(silent, np.nan, p14),
        counts,
        int((rare[~silent] > card.novelty_limit).sum()),
        missing,
    )


def evaluate(
    cohort: Cohort,
    card: Card,
    rulebook: Rulebook,
    *,
    seed: int = 1,
    rounds: int = ROUNDS,
    warnings: tuple[str, ...] = (),
    ruled: NDArray[np.int8] | None = None,
) -> Evaluation:
    """Judge a card on a cohort; `ruled` are the levels of the rules where somebody has them already."""
    found = scored(cohort, card)
    r = cohort.reports
    levels = rule_levels(cohort, rulebook) if ruled is None else ruled
    highest = highest_scores(cohort).astype(np.float64)
    horizons = tuple(
        one_horizon(days, outcome, p, r.at_risk, r.patient, highest, levels, seed, rounds)
        for days, outcome, p in ((7, r.outcome_7d, found.p7), (14, r.outcome_14d, found.p14))
    )
    policies: tuple[Policy, ...] = ()
    events, months = 0, 0.0
    without: float | None = None
    if cohort.events is not None:
        follow = alerts.followed(cohort)
        policies = tuple(_policies(cohort, follow, levels, found.p7, seed, rounds))
        events, months = len(follow.events.day), float(follow.months.sum())
        reported = alerts.caught(cohort, follow.events, np.ones(len(levels), np.bool_))
        without = float(1 - reported.seen.mean()) if events else None
    provenance = card.trained_on
    return Evaluation(
        model_id=card.model_id,
        card_sha256=card.sha256,
        trained_on=provenance.kind,
        trained_patients=provenance.patients,
        trained_events=provenance.events,
        trained_sites=provenance.sites,
        data="synthetic" if cohort.synthetic else "site",
        patients=len(cohort.patients.ids),
        reports=len(r.day),
        at_risk=int(r.at_risk.sum()),
        first_enrolled=iso(int(cohort.patients.enrolled.min())),
        last_enrolled=iso(int(cohort.patients.enrolled.max())),
        rulebook=rulebook.version,
        horizons=horizons,
        policies=policies,
        events=events,
        without_report=without,
        patient_months=months,
        groups=tuple(groups_of(cohort, found.p7, seed, rounds)),
        abstentions=found.reasons,
        low_support=found.low_support,
        missing=found.missing,
        warnings=warnings,
        rounds=rounds,
    )


def one_horizon(
    days: int,
    outcome: NDArray[np.int8],
    p_all: F64,
    at_risk: Mask,
    patient_of: NDArray[np.int32],
    highest: F64,
    levels: NDArray[np.int8],
    seed: int,
    rounds: int,
) -> Horizon:
    """Figures of one horizon."""
    use = at_risk & (outcome >= 0) & ~np.isnan(p_all)
    y, p, patient = outcome[use].astype(np.float64), p_all[use], patient_of[use]
    top, ruled = highest[use], levels[use] >= ORANGE
    n, events = len(y), int(y.sum())
    base = events / n if n else 0.0
    return Horizon(
        days=days,
        reports=n,
        events=events,
        auroc=metrics.bootstrap(patient, lambda w: metrics.auroc(y, p, w), metrics.auroc(y, p), seed, rounds),
        auprc=metrics.bootstrap(patient, lambda w: metrics.auprc(y, p, w), metrics.auprc(y, p), seed, rounds),
        highest_answer_auroc=metrics.bootstrap(
            patient, lambda w: metrics.auroc(y, top, w), metrics.auroc(y, top), seed, rounds
        ),
        brier=metrics.brier(y, p),
        brier_null=base * (1 - base),
        log_loss=metrics.log_loss(y, p),
        ece=metrics.ece(y, p),
        observed_over_expected=metrics.bootstrap(
            patient, lambda w: float((w * y).sum() / (w * p).sum()), events / float(p.sum()), seed, rounds
        ),
        slope=_slope(y, p),
        calibration=_bins(y, p),
        roc=_roc(y, p),
        precision_recall=_precision_recall(y, p),
        decision=tuple(
            Benefit(
                t,
                1000 * metrics.net_benefit(y, p, t),
                1000 * metrics.net_benefit(y, np.where(ruled, 1.0, 0.0), t),
                1000 * (base - (1 - base) * t / (1 - t)),
            )
            for t in DECISIONS
        ),
    )


def _slope(y: F64, p: F64) -> Interval:
    try:
        line = fit_line(metrics.logit(p), y)
    except NoFit:
        return Interval(None)
    return Interval(line.slope, line.slope - 1.96 * line.slope_se, line.slope + 1.96 * line.slope_se)


def _bins(y: F64, p: F64) -> tuple[Bin, ...]:
    parts = np.array_split(np.argsort(p, kind="stable"), 10)
    return tuple(
        Bin(float(p[part].mean()), metrics.wilson(float(y[part].sum()), len(part)), len(part))
        for part in parts
        if len(part)
    )


def _roc(y: F64, p: F64) -> tuple[Point, ...]:
    order = np.argsort(-p, kind="stable")
    hits, misses = np.cumsum(y[order]), np.cumsum(1 - y[order])
    if not len(y) or hits[-1] == 0 or misses[-1] == 0:
        return ()
    return _thinned(np.concatenate([[0], misses / misses[-1]]), np.concatenate([[0], hits / hits[-1]]))


def _precision_recall(y: F64, p: F64) -> tuple[Point, ...]:
    order = np.argsort(-p, kind="stable")
    hits = np.cumsum(y[order])
    if not len(y) or hits[-1] == 0:
        return ()
    start = min(len(y) - 1, 20)
    return _thinned((hits / hits[-1])[start:], (hits / np.arange(1, len(y) + 1))[start:])


def _thinned(x: F64, y: F64, n: int = 120) -> tuple[Point, ...]:
    """Evenly along x, first and last kept."""
    picked = np.unique(np.searchsorted(x, np.linspace(x[0], x[-1], n)).clip(0, len(x) - 1))
    return tuple(Point(round(float(x[i]), 5), round(float(y[i]), 5)) for i in picked)


def _policies(
    cohort: Cohort, follow: alerts.Follow, levels: NDArray[np.int8], p: F64, seed: int, rounds: int
) -> Iterator[Policy]:
    """Rules alone, the model alone at the same burden, and rules with the model at a few extra alerts."""
    score = np.nan_to_num(p, nan=-1.0)
    ruled = levels >= ORANGE
    months = float(follow.months.sum())
    rules_caught = alerts.caught(cohort, follow.events, ruled)
    every = np.ones(len(score), np.bool_)
    same = alerts.threshold_for(score, every, float(ruled.sum()))
    limit: float | None
    plans: list[tuple[str, float | None, Mask]] = [
        ("rules, orange or red", None, ruled),
        ("model alone, as many alerts", same, score >= same),
    ]
    for extra in EXTRA:
        limit = alerts.threshold_for(score, ~ruled, extra * months)
        plans.append((f"rules or model, +{extra:.2f}", limit, ruled | (score >= limit)))
    for name, limit, alerting in plans:
        seen = alerts.caught(cohort, follow.events, alerting)
        gain = None
        if limit is not None:
            more = seen.seen.astype(np.float64) - rules_caught.seen
            gain = _share(follow, more, seed, rounds)
        yield Policy(
            name=name,
            threshold=limit,
            alerts_per_month=float(alerting.sum() / months),
            caught=_share(follow, seen.seen.astype(np.float64), seed, rounds),
            gain=gain,
            lead_days=float(seen.lead[seen.seen].mean()) if seen.seen.any() else 0.0,
        )


def _share(follow: alerts.Follow, per_event: F64, seed: int, rounds: int) -> Interval:
    """Mean over events, interval by resampling patients."""
    patient = follow.events.patient
    if not len(patient):
        return Interval(None)
    return metrics.bootstrap(
        patient, lambda w: float((w * per_event).sum() / w.sum()), float(per_event.mean()), seed, rounds
    )


def groups_of(cohort: Cohort, p_all: F64, seed: int, rounds: int) -> Iterator[Group]:
    """Seven-day figures by regimen and by subgroup; `p_all` is NaN where the card abstains."""
    r, people = cohort.reports, cohort.patients
    who = r.patient
    regimen = people.regimen[who]
    for i, id_ in enumerate(cohort.regimens):
        if (regimen == i).any():
            yield _group(cohort, "regimen", id_, regimen == i, p_all, seed, rounds)
    age, woman, ecog = people.age[who], people.woman[who], people.ecog[who]
    level = np.array(cohort.levels)[regimen]
    for kind, name, mask in (
        ("sex", "women", woman == 1),
        ("sex", "men", woman == 0),
        ("age", "under 65", age < 65),
        ("age", "65 to 74", (age >= 65) & (age < 75)),
        ("age", "75 and over", age >= 75),
        ("ECOG", "0 or 1", (ecog >= 0) & (ecog <= 1)),
        ("ECOG", "2 or more", ecog >= 2),
        ("treatment", "simple", level == 1),
        ("treatment", "complex", level == 2),
        ("time", "cycles 1 and 2", r.cycle <= 2),
        ("time", "later", r.cycle > 2),
        ("report", "scheduled", r.scheduled),
        ("report", "spontaneous", ~r.scheduled),
    ):
        if mask.any():
            yield _group(cohort, kind, name, mask, p_all, seed, rounds)


def _group(cohort: Cohort, kind: str, name: str, mask: Mask, p_all: F64, seed: int, rounds: int) -> Group:
    r = cohort.reports
    known = mask & r.at_risk & (r.outcome_7d >= 0)
    use = known & ~np.isnan(p_all)
    y, p, patient = r.outcome_7d[use].astype(np.float64), p_all[use], r.patient[use]
    events = int(y.sum())
    enough = events >= FEW
    return Group(
        kind=kind,
        name=name,
        patients=len(np.unique(r.patient[mask])),
        reports=len(y),
        events=events,
        auroc=metrics.bootstrap(
            patient, lambda w: metrics.auroc(y, p, w), metrics.auroc(y, p), seed, max(rounds // 2, 20)
        )
        if enough
        else Interval(None),
        observed_over_expected=metrics.poisson_interval(events, float(p.sum())) if len(y) else Interval(None),
        abstained=int((known & np.isnan(p_all)).sum()),
    )
