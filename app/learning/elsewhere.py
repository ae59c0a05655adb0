"""How a card does on patients that its own simulator did not make: told as information, and not a goal to be tuned for."""

from __future__ import annotations

from collections.abc import Callable

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.domain.rulebook import Rulebook
from app.learning import metrics
from app.learning.cohort import Cohort
from app.learning.evaluation import scored
from app.learning.matrix import highest_scores
from app.learning.metrics import Interval
from app.learning.recalibration import Recalibrated, Refused, recalibrate
from app.learning.split import by_enrolment
from app.learning.training import Order, train
from app.scoring.card import Card

FIRST = 0.5
"""The first half to enrol is what a site would have to learn from; everything is judged on the newest half."""
ROUNDS = 200


class Tried(msgspec.Struct, frozen=True, kw_only=True):
    """One card on the newest half; nothing is known of a card that gives no number there."""

    auroc: Interval
    observed_over_expected: Interval
    ece: float | None


class Elsewhere(msgspec.Struct, frozen=True, kw_only=True):
    """The card as it comes, recalibrated on the first half, and a card learned from the first half alone."""

    generator: str
    patients: int
    reports: int
    events: int
    learned_patients: int
    learned_events: int
    highest_answer_auroc: Interval
    as_it_comes: Tried
    recalibrated: Tried
    recalibrated_by: str
    learned_there: Tried


def elsewhere(
    cohort: Cohort, card: Card, rulebook: Rulebook, order: Order, say: Callable[[str], None] = lambda _: None
) -> Elsewhere:
    """Judge a card on a cohort of another making. Raises the refusals of learning when it is too small."""
    split = by_enrolment(cohort, FIRST, 0.0)
    older, newest = cohort.part(split.train), cohort.part(~split.train)
    r = newest.reports
    moved = _moved(older, card, order)
    say("learning from the first half of the other patients")
    own = train(older, rulebook, order).card
    use = r.at_risk & (r.outcome_7d >= 0)
    top = highest_scores(newest).astype(np.float64)
    return Elsewhere(
        generator=str(cohort.manifest.get("generator", "")),
        patients=len(newest.patients.ids),
        reports=int(use.sum()),
        events=int(r.outcome_7d[use].sum()),
        learned_patients=len(older.patients.ids),
        learned_events=own.trained_on.events,
        highest_answer_auroc=_auroc(newest, top, use),
        as_it_comes=_tried(newest, card),
        recalibrated=_tried(newest, moved.card),
        recalibrated_by=moved.step,
        learned_there=_tried(newest, own),
    )


def _moved(older: Cohort, card: Card, order: Order) -> Recalibrated:
    """As far up the ladder as it goes; the intercept alone where the slope would be out of bounds."""
    try:
        return recalibrate(older, card, model_id="elsewhere-moved", reviewed_on=order.reviewed_on)
    except Refused:
        return recalibrate(older, card, model_id="elsewhere-moved", reviewed_on=order.reviewed_on, step="intercept")


def _tried(cohort: Cohort, card: Card) -> Tried:
    r = cohort.reports
    p7 = scored(cohort, card).p7
    use = r.at_risk & (r.outcome_7d >= 0) & ~np.isnan(p7)
    y, p = r.outcome_7d[use].astype(np.float64), p7[use]
    if not len(y):
        return Tried(auroc=Interval(None), observed_over_expected=Interval(None), ece=None)
    return Tried(
        auroc=_auroc(cohort, p7, use),
        observed_over_expected=metrics.bootstrap(
            r.patient[use], lambda w: float((w * y).sum() / (w * p).sum()), float(y.sum() / p.sum()), 1, ROUNDS
        ),
        ece=metrics.ece(y, p),
    )


def _auroc(cohort: Cohort, score: NDArray[np.float64], use: NDArray[np.bool_]) -> Interval:
    y, s = cohort.reports.outcome_7d[use].astype(np.float64), score[use]
    return metrics.bootstrap(
        cohort.reports.patient[use], lambda w: metrics.auroc(y, s, w), metrics.auroc(y, s), 1, ROUNDS
    )
