"""The product's own rules on the reports of a cohort: the yardstick that a model must add something to."""

from __future__ import annotations

import numpy as np

from app.domain.reports import AdherenceFacts, Baseline, Chart, PastReport
from app.domain.rulebook import Rulebook
from app.domain.triage import triage
from app.learning import cohort as c
from app.learning.files import answers_of, measurements_of


def rule_levels(cohort: c.Cohort, rulebook: Rulebook) -> c.I8:
    """Rank of the triage level of each report (0 green to 3 red), with its chart and its two earlier reports."""
    r, people = cohort.reports, cohort.patients
    ranks = np.zeros(len(r.day), np.int8)
    current, earlier, baseline = -1, [], Baseline()  # type: tuple[int, list[tuple[int, PastReport]], Baseline]
    for i, who in enumerate(r.patient.tolist()):
        if who != current:
            current, earlier, baseline = who, [], _baseline(cohort, who)
        day = int(r.day[i])
        answers, measurements = answers_of(cohort, i), measurements_of(cohort, i)
        history = tuple(
            PastReport(day - then, past.answers, past.measurements) for then, past in reversed(earlier[-2:])
        )
        facts = dict(zip(c.ADHERENCE, r.adherence[i].tolist(), strict=True))
        facts["patient_stopped"] = bool(facts["patient_stopped"])
        chart = Chart(
            cohort.regimens[people.regimen[who]],
            int(r.cycle[i]),
            int(r.day_of_cycle[i]),
            baseline,
            history,
            AdherenceFacts(**facts),
        )
        ranks[i] = triage(answers, measurements, chart, rulebook).level.rank
        earlier.append((day, PastReport(0, answers, measurements)))
    return ranks


def _baseline(cohort: c.Cohort, who: int) -> Baseline:
    weight = float(cohort.patients.weight_kg[who])
    grades = zip(cohort.symptoms, cohort.patients.baseline[who].tolist(), strict=True)
    return Baseline(None if weight != weight else weight, {symptom: grade for symptom, grade in grades if grade})
