"""From what is known of a report to the levels of a card.

Every level is non-decreasing in every answer: a symptom counts the sum of its scores, an attribute not given counts nothing.
Counts and answers stay apart: a stool count may lower a grade, it must not lower an answer.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from math import floor, isfinite

import msgspec

from app.domain.reports import Answer, Chart, PastReport
from app.scoring.card import OTHER, PHASES, Card, Feature

HISTORY_REPORTS = 3
HISTORY_DAYS = 21
"""The worst earlier answer is looked for in so many reports, none of them older than this."""

MISSING = -1
_NO_ANSWER = Answer()


class Person(msgspec.Struct, frozen=True, kw_only=True):
    """What is known of a patient beside reports; None is unknown, which is not zero.

    Age in years; ECOG 0 to 4; number of comorbidities; whether a grade 3 toxicity, an unplanned visit, is already on record.
    """

    age: float | None = None
    ecog: int | None = None
    comorbidities: int | None = None
    prior_grade3: bool | None = None
    prior_visit: bool | None = None


NOBODY = Person()


class Features(msgspec.Struct, frozen=True):
    """The levels of a report on one card; -1 is a missing value. `implausible` names the value that cannot be right."""

    regimen: str
    row: int
    phase: int
    levels: tuple[int, ...]
    answered: float = 1.0
    implausible: str = ""


def features(
    card: Card,
    answers: Mapping[str, Answer],
    measurements: Mapping[str, float],
    chart: Chart,
    person: Person = NOBODY,
    not_asked: Collection[str] = (),
) -> Features:
    """Put one report on the grid of a card.

    A symptom that is not in `answers` was answered "no", unless it is in `not_asked`; an answer without any score was declined.
    """
    values = _values(card, measurements, chart, person)
    levels, implausible, required, given = [], "", 0, 0
    for feature in card.features:
        if feature.kind == "symptom":
            answer = answers.get(feature.name)
            levels.append(0 if answer is None else min(symptom_score(answer), feature.levels - 1))
            if feature.required:
                required += 1
                given += feature.name not in not_asked if answer is None else answer != _NO_ANSWER
            continue
        value = values.get(feature.name)
        if value is None:
            levels.append(MISSING)
            continue
        if not isfinite(value) or (feature.plausible and not feature.plausible[0] <= value <= feature.plausible[1]):
            implausible = implausible or feature.name
            levels.append(MISSING)
            continue
        levels.append(level_of(feature, value))
    row, cycle_days = _row(card, chart.regimen)
    return Features(
        chart.regimen,
        row,
        phase_of(chart.day_of_cycle, cycle_days),
        tuple(levels),
        given / required if required else 1.0,
        implausible,
    )


def symptom_score(answer: Answer) -> int:
    """Sum of the scores given, 0 to 12 (0 or 1 for yes or no)."""
    return (answer.F or 0) + (answer.S or 0) + (answer.I or 0) + (answer.A or 0) + (answer.P or 0)


def highest(answer: Answer) -> int:
    """The highest score given, 0 to 4; a yes counts as 1."""
    return max(answer.F or 0, answer.S or 0, answer.I or 0, answer.A or 0, answer.P or 0)


def level_of(feature: Feature, value: float) -> int:
    """The level of a finite value on the grid of a feature."""
    return min(max(floor((value - feature.low) / feature.step + 0.5), 0), feature.levels - 1)


def phase_of(day_of_cycle: int, cycle_days: int) -> int:
    """Where in its cycle a day falls, 0 to 15; a day past the end of the cycle counts as its last."""
    return min(max((day_of_cycle - 1) * PHASES // cycle_days, 0), PHASES - 1)


def worst_before(history: tuple[PastReport, ...]) -> int | None:
    """The highest answer of the last recent reports; None when there is none."""
    recent = [past for past in history[:HISTORY_REPORTS] if past.days_ago <= HISTORY_DAYS]
    if not recent:
        return None
    return max((highest(answer) for past in recent for answer in past.answers.values()), default=0)


def _row(card: Card, regimen: str) -> tuple[int, int]:
    for row, known in enumerate(card.regimens):
        if known.id == regimen:
            return row, known.cycle_days
    return len(card.regimens), 28


def _values(card: Card, measurements: Mapping[str, float], chart: Chart, person: Person) -> dict[str, float | None]:
    values: dict[str, float | None] = dict(measurements)
    weight, before = measurements.get("weight_kg"), chart.baseline.weight_kg
    values["weight_loss_pct"] = 100 * (before - weight) / before if weight is not None and before else None
    values["worst_before"] = worst_before(chart.history)
    for name in person.__struct_fields__:
        values[name] = getattr(person, name)
    cycle_days = _row(card, chart.regimen)[1]
    values["week"] = ((chart.cycle - 1) * cycle_days + chart.day_of_cycle - 1) // 7
    return values


__all__ = [
    "HISTORY_DAYS",
    "HISTORY_REPORTS",
    "MISSING",
    "NOBODY",
    "OTHER",
    "Features",
    "Person",
    "features",
    "highest",
    "level_of",
    "phase_of",
    "symptom_score",
    "worst_before",
]
