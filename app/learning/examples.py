"""Weeks of reports for the patients of the demonstration, from the simulator: believable courses that nobody lived."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from app.domain.reports import PastReport
from app.domain.rulebook import Rulebook
from app.learning.cohort import Cohort
from app.learning.files import answers_of, measurements_of
from app.learning.simulator.parameters import parameters
from app.learning.simulator.run import simulate
from app.learning.simulator.sites import default_site

Lives = Callable[[str, int], list[PastReport]]
PATIENTS = 450


def lives(rulebook: Rulebook, days: int, seed: int) -> Lives:
    """A function from regimen and days since its start to the reports of the last `days`, each with its age, oldest first.

    Every call takes another invented patient of that regimen. Weights are left out: the demonstration's people have their own.
    """
    cohort = simulate(rulebook, PATIENTS, seed, site=default_site(rulebook, parameters()))
    waiting = {regimen: _long_followed(cohort, regimen, days) for regimen in cohort.regimens}

    def next_life(regimen: str, started_days_ago: int) -> list[PastReport]:
        if not waiting.get(regimen):
            return []
        who = waiting[regimen].pop(0)
        today = min(started_days_ago, int(cohort.patients.last_day[who]) + 1, parameters().horizon.days)
        rows = np.flatnonzero((cohort.reports.patient == who) & (cohort.reports.day < today))
        ages = [(i, today - int(cohort.reports.day[i])) for i in rows.tolist()]
        return [_told(cohort, i, age) for i, age in ages if age <= days]

    return next_life


def _long_followed(cohort: Cohort, regimen: str, days: int) -> list[int]:
    """Patients of a regimen, those who stayed longest first."""
    own = np.flatnonzero(cohort.patients.regimen == cohort.regimens.index(regimen))
    order = sorted(own.tolist(), key=lambda i: (cohort.patients.last_day[i] < days, i))
    return [int(i) for i in order]


def _told(cohort: Cohort, row: int, age: int) -> PastReport:
    measured = {name: value for name, value in measurements_of(cohort, row).items() if name != "weight_kg"}
    return PastReport(age, answers_of(cohort, row), measured)
