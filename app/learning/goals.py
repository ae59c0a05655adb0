"""The goals of the risk model and what was reached, each with its interval: one command, and the figures of the model card."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Literal

import msgspec
import numpy as np

from app.domain.rulebook import Rulebook
from app.learning import boosting, metrics, worklist
from app.learning.cohort import Cohort
from app.learning.elsewhere import Elsewhere, elsewhere
from app.learning.evaluation import Evaluation, evaluate, scored
from app.learning.matrix import card_matrix
from app.learning.metrics import Interval
from app.learning.recipe import Draw, Recipe, independent_cohort, training_cohort
from app.learning.rules import rule_levels
from app.learning.split import by_enrolment
from app.learning.training import hidden
from app.scoring.card import Card
from app.scoring.proof import violations

UNRESTRICTED = boosting.Recipe(restricted=False, iterations=200, leaves=31)


class Goal(msgspec.Struct, frozen=True):
    """One goal."""

    name: str
    wanted: str
    found: str
    verdict: Literal["met", "missed"]


class Figures(msgspec.Struct, frozen=True, kw_only=True):
    """What is quoted in the model card."""

    card_sha256: str
    goals: tuple[Goal, ...]
    evaluation: Evaluation
    worklist: tuple[worklist.Order, ...]
    unrestricted_auroc: float
    restriction_cost: Interval
    test: Draw
    validation: Draw | None = None
    elsewhere: Elsewhere | None = None


def judge(
    recipe: Recipe,
    card: Card,
    rulebook: Rulebook,
    say: Callable[[str], None] = lambda _: None,
    other: Cohort | None = None,
) -> Figures:
    """Judge a card on the recipe's independent draw, and against unrestricted boosting on the same training reports.

    `other` is a cohort of another making: how the card does there is told beside the goals.
    """
    say(f"simulating {recipe.test.patients} patients of {recipe.test.sites} other sites")
    test = independent_cohort(recipe, rulebook)
    say("evaluating, with the product's own rules on every report")
    ruled = rule_levels(test, rulebook)
    found = evaluate(test, card, rulebook, ruled=ruled)
    say("learning the unrestricted yardstick")
    free = _unrestricted(recipe, card, rulebook, test)
    p7 = scored(test, card).p7
    cost, free_auroc = _cost(test, p7, free)
    say("ordering the worklist")
    orders = worklist.compare(test, ruled, p7)
    return Figures(
        card_sha256=card.sha256,
        goals=tuple(_goals(card, found, cost, p7, scored(test, card).p14)),
        evaluation=found,
        worklist=orders,
        unrestricted_auroc=free_auroc,
        restriction_cost=cost,
        test=recipe.test,
        validation=recipe.validation,
        elsewhere=elsewhere(other, card, rulebook, recipe.order, say) if other else None,
    )


def told(figures: Figures) -> str:
    """The goals as a Markdown table."""
    lines = ["| goal | wanted | found (95 % interval) | |", "|---|---|---|---|"]
    lines += [f"| {g.name} | {g.wanted} | {g.found} | {g.verdict} |" for g in figures.goals]
    return "\n".join(lines)


def words(found: Interval, digits: int, scale: float = 1) -> str:
    """A figure with its interval."""
    if found.value is None:
        return "–"
    value = f"{scale * found.value:.{digits}f}"
    if found.low is None or found.high is None:
        return value
    return f"{value} ({scale * found.low:.{digits}f} to {scale * found.high:.{digits}f})"


def _unrestricted(
    recipe: Recipe, card: Card, rulebook: Rulebook, test: Cohort
) -> np.ndarray[tuple[int], np.dtype[np.float64]]:
    cohort = training_cohort(recipe, rulebook)
    split = by_enrolment(cohort, recipe.train, recipe.calibrate)
    r = cohort.reports
    learn = r.at_risk & (r.outcome_7d >= 0) & split.train[r.patient]
    grid = hidden(card_matrix(cohort, card), cohort, card.features, recipe.order, len(card.regimens))
    model = boosting.learner(card.features, UNRESTRICTED, recipe.seed)
    boosting.fit(model, boosting.design(grid.rows[learn], grid.phases[learn], grid.levels[learn]), r.outcome_7d[learn])
    on = card_matrix(test, card)
    return boosting.raw(model, boosting.design(on.rows, on.phases, on.levels))


def _cost(
    test: Cohort, p7: np.ndarray[tuple[int], np.dtype[np.float64]], free: np.ndarray[tuple[int], np.dtype[np.float64]]
) -> tuple[Interval, float]:
    """AUROC of unrestricted boosting less that of the card, patients resampled in pairs."""
    r = test.reports
    use = r.at_risk & (r.outcome_7d >= 0) & ~np.isnan(p7)
    y, p, q = r.outcome_7d[use].astype(np.float64), p7[use], free[use]
    best = metrics.auroc(y, q)
    difference = metrics.bootstrap(
        r.patient[use], lambda w: metrics.auroc(y, q, w) - metrics.auroc(y, p, w), best - metrics.auroc(y, p), 1
    )
    return difference, best


def _goals(
    card: Card,
    e: Evaluation,
    cost: Interval,
    p7: np.ndarray[tuple[int], np.dtype[np.float64]],
    p14: np.ndarray[tuple[int], np.dtype[np.float64]],
) -> list[Goal]:
    seven, fourteen = e.horizons
    ratio, slope = seven.observed_over_expected, seven.slope
    extra = next((p for p in e.policies if p.name.endswith("+0.10")), None)
    gain = extra.gain if extra and extra.gain else Interval(None)
    flaws = violations(card)
    ordered = bool(np.all(p14[~np.isnan(p14)] >= p7[~np.isnan(p7)]))
    over = (seven.auroc.value or 0) - (seven.highest_answer_auroc.value or 0)
    return [
        _goal("AUROC, 7 days", "at least 0.79", words(seven.auroc, 3), (seven.auroc.value or 0) >= 0.79),
        _goal(
            "AUROC lost to unrestricted boosting", "at most 0.015", words(cost, 4), (cost.value or math.inf) <= 0.015
        ),
        _goal("AUROC over the highest answer alone", "at least 0.05", f"{over:.3f}", over >= 0.05),
        _goal("calibration error (ECE, 15 bins)", "under 0.01", f"{seven.ece:.4f}", seven.ece < 0.01),
        _goal("observed / expected", "0.9 to 1.1", words(ratio, 3), 0.9 <= (ratio.value or 0) <= 1.1),
        _goal("calibration slope", "0.85 to 1.15", words(slope, 2), 0.85 <= (slope.value or 0) <= 1.15),
        _goal(
            "more events seen at +0.10 alerts per patient-month over the rules",
            "at least 8 points",
            words(gain, 1, 100),
            100 * (gain.value or 0) >= 8,
        ),
        _goal("monotonicity, read off the tables", "0 violations", f"{len(flaws)} violations", not flaws),
        _goal("p14 at least p7", "on every report", "on every report" if ordered else "not always", ordered),
        _goal("AUROC, 14 days", "(told, no goal)", words(fourteen.auroc, 3), True),
    ]


def _goal(name: str, wanted: str, found: str, met: bool) -> Goal:
    return Goal(name, wanted, found, "met" if met else "missed")
