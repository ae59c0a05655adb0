"""The ladder by which a site makes a card its own: no step without the events it needs (risk model notes, section 9)."""

from __future__ import annotations

from collections.abc import Callable
from datetime import date
from typing import Literal

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.domain.rulebook import Rulebook
from app.learning import cohort as c
from app.learning.calibration import Line, fit_line
from app.learning.evaluation import scored
from app.learning.matrix import card_matrix
from app.learning.split import Split
from app.learning.training import REVIEW_AFTER, Order, Trained, train
from app.scoring.batch import Batch
from app.scoring.card import Calibration, Card, Table, Vector, sealed
from app.scoring.score import Model

Step = Literal["as it is", "intercept", "intercept and slope", "pooled", "local"]
LADDER: tuple[tuple[Step, int, int], ...] = (
    ("intercept", 50, 25),
    ("intercept and slope", 100, 50),
    ("pooled", 500, 100),
    ("local", 2001, 100),
)
"""Step, reports before an event, and patients they come from, at least."""
SLOPES = (0.3, 2.0)
LOCAL_TRAIN = 0.7


class Refused(ValueError):
    """The step may not be taken; the message says what is missing."""


class Evidence(msgspec.Struct, frozen=True):
    """What a site has to learn from: reports before an event that the card scored, and the patients they come from."""

    events: int
    patients: int
    reports: int

    @property
    def steps(self) -> tuple[Step, ...]:
        """The steps that it allows, the boldest last."""
        return tuple(step for step, events, patients in LADDER if self.events >= events and self.patients >= patients)


class Recalibrated(msgspec.Struct, frozen=True):
    """The new card, the step taken, and the line it was moved by."""

    card: Card
    step: Step
    evidence: Evidence
    intercept: float
    slope: float


def evidence(cohort: c.Cohort, card: Card) -> Evidence:
    """Count what counts: at risk, outcome known, card not abstaining."""
    use = _usable(cohort, card, cohort.reports.outcome_7d)
    positive = use & (cohort.reports.outcome_7d == 1)
    return Evidence(int(positive.sum()), len(np.unique(cohort.reports.patient[positive])), int(use.sum()))


def recalibrate(
    cohort: c.Cohort, card: Card, *, model_id: str, reviewed_on: date, step: Step | None = None
) -> Recalibrated:
    """Move intercept, or intercept and slope, to what the site saw. Raises Refused.

    Without `step` the boldest of the two that the events allow. The second table moves by its own events, if there are enough.
    """
    found = evidence(cohort, card)
    allowed = [s for s in found.steps if s in ("intercept", "intercept and slope")]
    chosen = step or (allowed[-1] if allowed else "intercept")
    _allow(found, chosen)
    if chosen not in ("intercept", "intercept and slope"):
        raise Refused(f"{chosen} is a retraining, not a recalibration")
    slope = chosen == "intercept and slope"
    reports = cohort.reports
    early = _usable(cohort, card, reports.outcome_7d)
    line = _line(cohort, card, early, reports.outcome_7d, slope=slope, late=False)
    later = _usable(cohort, card, reports.outcome_14d) & (reports.outcome_7d == 0)
    calibration_late, table_late = card.calibration_late, card.late
    events_late = int(reports.outcome_14d[later].sum())
    if events_late >= LADDER[0][1]:
        line_late = _line(
            cohort, card, later, reports.outcome_14d, slope=slope and events_late >= LADDER[1][1], late=True
        )
        table_late = moved(card.late, line_late)
        calibration_late = _calibration(cohort, later, reports.outcome_14d, line_late)
    tuned = msgspec.structs.replace(
        card.trained_on,
        parent=card.sha256,
        tuned_until=c.iso(int(cohort.patients.enrolled.max())),
        note=f"{chosen} recalibrated on {found.events} event reports of {found.patients} patients",
    )
    fresh = msgspec.structs.replace(
        card,
        model_id=model_id,
        reviewed_on=reviewed_on,
        expires_on=reviewed_on + REVIEW_AFTER,
        trained_on=tuned,
        calibration=_calibration(cohort, early, reports.outcome_7d, line),
        calibration_late=calibration_late,
        table=moved(card.table, line),
        late=table_late,
    )
    vectors = tuple(_again(Model(fresh), vector) for vector in card.vectors)
    return Recalibrated(
        sealed(msgspec.structs.replace(fresh, vectors=vectors)), chosen, found, line.intercept, line.slope
    )


def retrain(
    cohort: c.Cohort,
    card: Card,
    rulebook: Rulebook,
    order: Order,
    prior: c.Cohort | None,
    say: Callable[[str], None] = lambda _: None,
) -> Trained:
    """A challenger learned anew: pooled with the `prior` cohort, or from the site alone. Calibrated on the site's newest patients.

    Raises Refused when the site's events do not carry it.
    """
    found = evidence(cohort, card)
    _allow(found, "pooled" if prior is not None else "local")
    newest = cohort.patients.enrolled > np.quantile(cohort.patients.enrolled, LOCAL_TRAIN, method="lower")
    if prior is None:
        return train(cohort, rulebook, order, say, Split(~newest, newest, np.zeros(len(newest), np.bool_)))
    both = c.together(c.aligned([prior, cohort]))
    before = np.ones(len(prior.patients.ids), np.bool_)
    both.manifest["synthetic"] = prior.synthetic or cohort.synthetic
    split = Split(
        np.concatenate([before, ~newest]),
        np.concatenate([~before, newest]),
        np.zeros(len(before) + len(newest), np.bool_),
    )
    return train(both, rulebook, order, say, split)


def moved(table: Table, line: Line) -> Table:
    """The table after logit' = intercept + slope x logit, in whole numbers again; order is kept because the slope is positive."""
    s = line.slope
    return Table(
        intercept=round(1000 * line.intercept + s * table.intercept),
        block=tuple(tuple(round(s * v) for v in row) for row in table.block),
        base_block=round(s * table.base_block),
        points=tuple(tuple(round(s * v) for v in row) for row in table.points),
    )


def _allow(found: Evidence, step: Step) -> None:
    events, patients = next((e, p) for s, e, p in LADDER if s == step)
    if step not in found.steps:
        raise Refused(
            f"{step} needs {events} reports before an event from {patients} patients; "
            f"there are {found.events} from {found.patients}. The card stays as it is, in shadow."
        )


def _usable(cohort: c.Cohort, card: Card, outcome: NDArray[np.int8]) -> NDArray[np.bool_]:
    return np.asarray(cohort.reports.at_risk & (outcome >= 0) & ~np.isnan(scored(cohort, card).p7))


def _line(
    cohort: c.Cohort, card: Card, use: NDArray[np.bool_], outcome: NDArray[np.int8], *, slope: bool, late: bool
) -> Line:
    grid = card_matrix(cohort, card)
    total = Batch(card).totals(grid.rows[use], grid.phases[use], grid.levels[use], late=late) / 1000
    line = fit_line(total, outcome[use].astype(np.float64), slope=slope)
    if not SLOPES[0] <= line.slope <= SLOPES[1]:
        raise Refused(
            f"the slope would be {line.slope:.2f}, outside {SLOPES[0]:g} to {SLOPES[1]:g}: the card ranks this site's "
            "patients too differently to be stretched. Take the intercept alone, or look at the data first."
        )
    return line


def _calibration(cohort: c.Cohort, use: NDArray[np.bool_], outcome: NDArray[np.int8], line: Line) -> Calibration:
    return Calibration(
        "platt",
        round(line.slope, 6),
        round(line.intercept, 6),
        len(np.unique(cohort.reports.patient[use])),
        int(use.sum()),
        int(outcome[use].sum()),
    )


def _again(model: Model, vector: Vector) -> Vector:
    return Vector(vector.row, vector.phase, vector.levels, *model.totals(vector.row, vector.phase, vector.levels))
