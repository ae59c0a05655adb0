"""What a treatment template says of each drug, to the milligram: calendar, dose per intake, strengths, label dose rules."""

from __future__ import annotations

from typing import Annotated, Literal

import msgspec
from msgspec import Meta

from app.domain.texts import Text

Milligrams = Annotated[float, Meta(gt=0, le=5000)]
MissedReason = Literal["forgot", "side_effect", "ran_out", "cost", "felt_well", "travel", "doctor_said_so", "other"]
DrugId = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$", max_length=64)]


class Alternate(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Another calendar that the label or custom knows for the same drug, chosen when the course is prescribed."""

    cycle_days: Annotated[int, Meta(ge=1, le=366)]
    on_days: tuple[tuple[int, int], ...]
    note: Text | None = None


class Schedule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """When doses are planned. `on_days` are first and last day, counted from 1 inside the cycle, both included.

    `evening_start`: the first dose may be the evening one; each block of days then ends on the morning after, with as many doses.
    """

    cycle_days: int
    on_days: tuple[tuple[int, int], ...]
    times_per_day: int
    interval_h: int
    timing_window_h: int
    continuous: bool = False
    evening_start: bool = False
    alternates: tuple[Alternate, ...] = ()
    note: Text | None = None


class RampUp(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Doses that rise step by step before the full one: mg per intake, and planned days at each step."""

    mg: Annotated[tuple[Milligrams, ...], Meta(min_length=1)]
    days_per_step: Annotated[int, Meta(ge=1)]


class OtherDose(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """A dose that the label or custom gives in other cases: shown to the prescriber, never taken by itself."""

    note: Text
    mg: Milligrams | None = None
    per_m2_mg: Milligrams | None = None
    max_mg: Milligrams | None = None


class Dose(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """Label dose of one intake: either fixed (`mg`) or by body surface (`per_m2_mg`).

    `round_to_mg` and `max_mg` (per intake), `max_daily_per_m2_mg`: limits that the label itself states.
    """

    mg: Milligrams | None = None
    per_m2_mg: Milligrams | None = None
    ramp_up: RampUp | None = None
    round_to_mg: Milligrams | None = None
    max_mg: Milligrams | None = None
    max_daily_per_m2_mg: Milligrams | None = None
    others: tuple[OtherDose, ...] = ()

    def __post_init__(self) -> None:
        if (self.mg is None) is (self.per_m2_mg is None):
            raise ValueError("a dose has either `mg` or `per_m2_mg`")
        if self.ramp_up is not None and self.ramp_up.mg[-1] != self.mg:
            raise ValueError("the last step of `ramp_up` is the full dose `mg`")


class Drug(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One drug of a regimen. `schedule` only when its calendar is not that of the regimen.

    A `partner` goes with the treatment (a corticosteroid, an endocrine drug): it has a plan of its own, is not counted
    in the adherence that rules judge, and goes on during a hold unless the order names it.
    """

    inn: DrugId
    title: Text
    dose: Dose
    strengths_mg: tuple[Milligrams, ...] = ()
    written: tuple[str, ...] = ()
    partner: bool = False
    schedule: Schedule | None = None

    def __post_init__(self) -> None:
        if self.written and len(self.written) != len(self.strengths_mg):
            raise ValueError("`written` names each of `strengths_mg`, in the same order")


class Suggestion(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """What the label says to do at a grade, in data. Shown with its source to whoever signs orders; never applied by itself.

    Without `symptoms` it holds for any toxicity; without `occurrence`, each time. `resume_pct` is of the starting dose.
    """

    grade: Annotated[int, Meta(ge=1, le=4)]
    then: Literal["continue", "hold", "reduce", "stop"]
    symptoms: tuple[str, ...] = ()
    occurrence: Annotated[int, Meta(ge=1)] | None = None
    until_grade: Annotated[int, Meta(ge=0, le=3)] | None = None
    resume_pct: Annotated[int, Meta(ge=1, le=100)] | None = None
    reduce_by_mg: Milligrams | None = None
    at_least_days: Annotated[int, Meta(ge=1)] | None = None
    if_persists_h: Annotated[int, Meta(ge=1)] | None = None


class DoseRule(msgspec.Struct, frozen=True, forbid_unknown_fields=True, kw_only=True, omit_defaults=True):
    """One sentence of the label about adapting the dose, and what it suggests where the sentence is that precise."""

    fr: str
    en: str
    suggests: tuple[Suggestion, ...] = ()


def suggestions(rules: tuple[DoseRule, ...], symptom: str, grade: int, occurrence: int = 1) -> tuple[DoseRule, ...]:
    """The label's sentences that speak of this symptom at this grade (CTCAE 1 to 4) the n-th time it reaches it.

    Each keeps only what it suggests here. A suggestion without an occurrence holds each time.
    """
    found = []
    for rule in rules:
        here = tuple(
            s
            for s in rule.suggests
            if s.grade == grade
            and (not s.symptoms or symptom in s.symptoms)
            and (s.occurrence is None or s.occurrence == occurrence or (s.then == "stop" and s.occurrence < occurrence))
        )
        if here:
            found.append(msgspec.structs.replace(rule, suggests=here))
    return tuple(found)
