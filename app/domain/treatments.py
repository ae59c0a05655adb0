"""A treatment template, and where in its cycles a day falls."""

from datetime import date
from typing import Literal

import msgspec

from app.domain.drugs import DoseRule, Drug, Schedule
from app.domain.texts import Text

__all__ = [
    "NOT_BEGUN",
    "CycleDay",
    "FlagValue",
    "Incidence",
    "IntakeTexts",
    "Interaction",
    "OverAdherenceClass",
    "Regimen",
    "Schedule",
    "combined",
    "is_on_day",
    "position",
    "rescheduled",
]

FlagValue = bool | str
OverAdherenceClass = Literal["low", "standard", "high", "very_high"]


class Interaction(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """A medicine or food to ask the patient about; `ask` is a key of `Rulebook.interactions`."""

    ask: str
    severity: Literal["contraindicated", "avoid", "caution", "space"]
    note: str | None = None


class Incidence(msgspec.Struct, frozen=True, array_like=True):
    """Percentage of patients with the effect in trials: any grade, then grade 3 or more; None = not stated."""

    any_grade: float | None
    severe: float | None


class IntakeTexts(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What the patient does about food, a missed dose, a vomited dose and a doubled dose."""

    food: Text
    missed_dose: Text
    vomited_dose: Text
    double_dose: Text


class Regimen(msgspec.Struct, frozen=True, kw_only=True):
    """A treatment template as in force on a day. `level` 1 is a simple treatment, 2 a complex one.

    `flags` has a value for every flag of the vocabulary. Doses are per intake. `partners` are regimens that may be prescribed
    beside this one. Sources are in the regimen's own file.
    """

    id: str
    title: Text
    inn: tuple[str, ...]
    level: Literal[1, 2]
    flags: dict[str, FlagValue]
    over_adherence_class: OverAdherenceClass
    schedule: Schedule | None
    intake: IntakeTexts | None = None
    incidence: dict[str, Incidence] = {}
    interactions: tuple[Interaction, ...] = ()
    special: tuple[Text, ...] = ()
    dose_rules: tuple[DoseRule, ...] = ()
    drugs: tuple[Drug, ...] = ()
    partners: tuple[str, ...] = ()
    evidence: dict[str, str] = {}


def combined(regimen: Regimen, *partners: Regimen) -> Regimen:
    """The regimen with the drugs of others beside it, each on its own calendar (palbociclib and letrozole)."""
    beside = tuple(
        msgspec.structs.replace(drug, partner=True, schedule=drug.schedule or partner.schedule)
        for partner in partners
        for drug in partner.drugs
    )
    return msgspec.structs.replace(regimen, drugs=(*regimen.drugs, *beside))


def rescheduled(regimen: Regimen, alternate: int) -> Regimen:
    """The regimen on one of its other calendars, e.g. sunitinib two weeks out of three; IndexError when there is none."""
    if regimen.schedule is None:
        raise IndexError("a regimen without a calendar has no other one")
    other = regimen.schedule.alternates[alternate]
    schedule = msgspec.structs.replace(regimen.schedule, cycle_days=other.cycle_days, on_days=other.on_days)
    return msgspec.structs.replace(regimen, schedule=schedule)


class CycleDay(msgspec.Struct, frozen=True):
    """C2D8 is cycle 2, day 8."""

    cycle: int
    day: int


NOT_BEGUN = CycleDay(0, 0)


def position(regimen: Regimen, started_on: date, on: date) -> CycleDay:
    """Cycle and day of the cycle on a calendar day; the first day is C1D1, any day before it is `NOT_BEGUN`."""
    elapsed = (on - started_on).days
    if elapsed < 0:
        return NOT_BEGUN
    if regimen.schedule is None:
        return CycleDay(1, elapsed + 1)
    cycles, day = divmod(elapsed, regimen.schedule.cycle_days)
    return CycleDay(cycles + 1, day + 1)


def is_on_day(schedule: Schedule, day_of_cycle: int) -> bool:
    """Whether doses are planned on that day of the cycle (False: a rest day)."""
    return any(first <= day_of_cycle <= last for first, last in schedule.on_days)
