"""Doses of the last week as triage counts them: from what was logged only, silence is not a missed dose."""

from __future__ import annotations

import numpy as np

from app.learning.cohort import ADHERENCE, I16
from app.learning.simulator.body import Ints
from app.learning.simulator.care import Care
from app.learning.simulator.channels import Drugs

WINDOW = {1: 14, 2: 7}
"""Days of the adherence window by regimen level (adherence reference, section 5)."""


def adherence_facts(care: Care, table: Drugs, regimen: Ints, patient: Ints, day: Ints, silent: I16) -> I16:
    """A row of facts per report, in the order of `ADHERENCE`."""
    logged = care.logged
    expected = np.where(logged & ~care.on_hold, care.planned, 0)
    taken = np.where(logged, np.minimum(care.taken, expected), 0)
    extra = np.where(logged & ~care.on_hold, np.maximum(care.taken - care.planned, 0), 0)
    window = np.where(table.level[regimen[patient]] == 1, WINDOW[1], WINDOW[2])

    def within(counts: np.ndarray[tuple[int, ...], np.dtype[np.int8]]) -> Ints:
        total = np.concatenate(
            [np.zeros((len(counts), 1), np.int64), np.cumsum(counts, axis=1, dtype=np.int64)], axis=1
        )
        return np.asarray(total[patient, day] - total[patient, np.maximum(day - window, 0)])

    missed_days = np.zeros(expected.shape, np.int16)
    run = np.zeros(len(expected), np.int16)
    for d in range(expected.shape[1]):
        run = np.where(expected[:, d] > 0, np.where(taken[:, d] == 0, run + 1, 0), run)
        missed_days[:, d] = run
    facts = {
        "window_days": window,
        "doses_expected": within(expected),
        "doses_taken": within(taken),
        "extra_doses": within(extra),
        "rest_day_doses": within(np.where(logged, care.rest_taken, 0)),
        "doses_during_hold": within(np.where(logged, care.hold_taken, 0)),
        "consecutive_days_missed": missed_days[patient, np.maximum(day - 1, 0)],
        "patient_stopped": np.zeros(len(patient), np.int64),
        "reports_missed_consecutive": silent,
    }
    return np.column_stack([facts[name] for name in ADHERENCE]).astype(np.int16)
