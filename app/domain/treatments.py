"""A treatment template, and where in its cycles a day falls."""

from datetime import date
from typing import Literal

import msgspec

from app.domain.texts import Text

FlagValue = bool | str
OverAdherenceClass = Literal["low", "standard", "high", "very_high"]


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When doses are planned. `on_days` are first and last day, counted from 1 inside the cycle, both included."""

    cycle_days: int
    on_days: tuple[tuple[int, int], ...]
    times_per_day: int
    interval_h: int
    timing_window_h: int
    continuous: bool = False
    note: Text | None = None


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

    `flags` has a value for every flag of the vocabulary. Doses are per intake. Sources are in the regimen's own file.
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
    dose_rules: tuple[Text, ...] = ()
    evidence: dict[str, str] = {}


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
