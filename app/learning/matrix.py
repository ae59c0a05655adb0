"""Many reports on the grid of a card: the same levels as `app.scoring.features` gives one by one."""

from __future__ import annotations

from collections.abc import Sequence

import msgspec
import numpy as np
from numpy.typing import NDArray

from app.learning.cohort import I8, I64, MEASURED, Cohort
from app.scoring.batch import Levels, quantised
from app.scoring.card import PHASES, Card, Feature
from app.scoring.features import HISTORY_DAYS, HISTORY_REPORTS

I16 = NDArray[np.int16]


class Matrix(msgspec.Struct, frozen=True):
    """A row per report: regimen row of the card, phase of the cycle, levels. `plausible` is false where scoring abstains."""

    rows: I16
    phases: I16
    levels: Levels
    plausible: NDArray[np.bool_]


def matrix(cohort: Cohort, features: Sequence[Feature], regimens: Sequence[tuple[str, int]]) -> Matrix:
    """Put every report on a grid; `regimens` are ids with their cycle length, any other is the row after them."""
    reports, patients = cohort.reports, cohort.patients
    who = reports.patient
    rows = _rows(cohort, regimens)[patients.regimen[who]]
    lengths = np.array([*(days for _, days in regimens), 28], np.int64)[rows]
    phases = np.clip((reports.day_of_cycle - 1) * PHASES // lengths, 0, PHASES - 1).astype(np.int16)
    values = _values(cohort, lengths)
    levels = np.full((len(who), len(features)), -1, np.int16)
    plausible = np.ones(len(who), np.bool_)
    given = np.maximum(reports.scores, 0).sum(axis=2, dtype=np.int16)
    for column, feature in enumerate(features):
        if feature.kind == "symptom":
            found = given[:, cohort.symptoms.index(feature.name)] if feature.name in cohort.symptoms else 0
            levels[:, column] = np.minimum(found, feature.levels - 1)
            continue
        value = values.get(feature.name)
        if value is None:
            continue
        if feature.plausible:
            low, high = feature.plausible
            wrong = ~np.isnan(value) & ~((value >= low) & (value <= high))
            plausible &= ~wrong
            value = np.where(wrong, np.nan, value)
        levels[:, column] = quantised(feature, value)
    return Matrix(rows, phases, levels, plausible)


def card_matrix(cohort: Cohort, card: Card) -> Matrix:
    """Put every report on the grid of a card."""
    return matrix(cohort, card.features, [(regimen.id, regimen.cycle_days) for regimen in card.regimens])


def highest_scores(cohort: Cohort) -> I8:
    """The highest score of each report, 0 to 4."""
    return np.asarray(np.maximum(cohort.reports.scores.max(axis=(1, 2)), 0), np.int8)


def _rows(cohort: Cohort, regimens: Sequence[tuple[str, int]]) -> I16:
    known = {id_: row for row, (id_, _) in enumerate(regimens)}
    return np.array([known.get(id_, len(regimens)) for id_ in cohort.regimens], np.int16)


def _values(cohort: Cohort, lengths: I64) -> dict[str, NDArray[np.float64]]:
    reports, patients = cohort.reports, cohort.patients
    who = reports.patient
    values = {name: reports.measured[:, i] for i, name in enumerate(MEASURED)}
    before = patients.weight_kg[who]
    values["weight_loss_pct"] = 100 * (before - values["weight_kg"]) / np.where(before > 0, before, np.nan)
    values["worst_before"] = _worst_before(cohort)
    values["age"] = patients.age[who].astype(np.float64)
    for name in ("ecog", "comorbidities"):
        values[name] = _known(getattr(patients, name)[who])
    values["prior_grade3"], values["prior_visit"] = (_known(reports.prior[:, i]) for i in (0, 1))
    day = (reports.cycle.astype(np.int64) - 1) * lengths + reports.day_of_cycle - 1
    values["week"] = (day // 7).astype(np.float64)
    return values


def _known(codes: I8) -> NDArray[np.float64]:
    return np.where(codes < 0, np.nan, codes.astype(np.float64))


def _worst_before(cohort: Cohort) -> NDArray[np.float64]:
    """Rows are sorted by patient and day: the earlier reports of a patient are just above."""
    reports = cohort.reports
    highest = highest_scores(cohort).astype(np.float64)
    worst = np.full(len(highest), np.nan)
    for back in range(1, HISTORY_REPORTS + 1):
        same = reports.patient[back:] == reports.patient[:-back]
        recent = same & (reports.day[back:] - reports.day[:-back] <= HISTORY_DAYS)
        worst[back:] = np.where(recent, np.fmax(worst[back:], highest[:-back]), worst[back:])
    return worst
