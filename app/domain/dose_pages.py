"""The doses of a regimen laid out for a clinician: per drug how much, of which tablets, on which days; and how the label adapts them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from msgspec import Struct

from app.domain.drugs import DoseRule, Drug, Schedule, Suggestion
from app.domain.texts import Text
from app.domain.treatments import Regimen


class DaySpan(Struct, frozen=True):
    """Days of the cycle, counted from 1, both included."""

    first: int
    last: int


class CalendarPage(Struct, frozen=True):
    """When a drug is taken: days of a cycle, how many times a day, how far apart, and how far from the hour is still on time."""

    cycle_days: int
    on_days: list[DaySpan]
    times_per_day: int
    interval_h: int
    timing_window_h: int
    continuous: bool
    evening_start: bool
    note: Text | None


class OtherCalendar(Struct, frozen=True):
    """Another calendar that may be prescribed; `number` is its place among them."""

    number: int
    cycle_days: int
    on_days: list[DaySpan]
    note: Text | None


class RisingDose(Struct, frozen=True):
    """Doses that rise step by step before the full one: mg per intake, and planned days at each step."""

    mg: list[float]
    days_per_step: int


class OtherDosePage(Struct, frozen=True):
    """Another dose that the label or custom knows, and when."""

    note: Text
    mg: float | None
    per_m2_mg: float | None
    max_mg: float | None


class Strength(Struct, frozen=True):
    """A tablet or capsule, as it stands on its box."""

    mg: float
    written: str


class DrugDoses(Struct, frozen=True):
    """One drug: mg per intake, fixed or by body surface, with the limits that the label states. `calendar` only when it is its own."""

    id: str
    title: Text
    partner: bool
    mg: float | None
    per_m2_mg: float | None
    round_to_mg: float | None
    max_mg: float | None
    max_daily_per_m2_mg: float | None
    ramp_up: RisingDose | None
    others: list[OtherDosePage]
    strengths: list[Strength]
    calendar: CalendarPage | None


class Partner(Struct, frozen=True):
    """Another regimen that may be prescribed beside this one."""

    id: str
    title: Text
    drugs: list[DrugDoses]


class AdaptingRule(Struct, frozen=True):
    """A sentence of the label about adapting the dose, and what it suggests where the sentence is that precise."""

    text: Text
    suggests: list[Suggestion]


class RegimenDoses(Struct, frozen=True):
    """Everything that a prescription of the regimen needs."""

    id: str
    title: Text
    calendar: CalendarPage | None
    alternates: list[OtherCalendar]
    drugs: list[DrugDoses]
    partners: list[Partner]


def doses_of(regimen: Regimen, all_of_them: Mapping[str, Regimen]) -> RegimenDoses:
    """The doses of one regimen, and of those that may go with it."""
    beside = [all_of_them[id_] for id_ in regimen.partners if id_ in all_of_them]
    line = regimen.schedule
    return RegimenDoses(
        id=regimen.id,
        title=regimen.title,
        calendar=_calendar(line) if line else None,
        alternates=[
            OtherCalendar(n, other.cycle_days, _spans(other.on_days), other.note)
            for n, other in enumerate(line.alternates if line else ())
        ],
        drugs=[_drug(drug, drug.schedule) for drug in regimen.drugs],
        partners=[Partner(p.id, p.title, [_drug(d, d.schedule or p.schedule) for d in p.drugs]) for p in beside],
    )


def adapting(rules: Iterable[DoseRule]) -> list[AdaptingRule]:
    """The label's sentences, in their order."""
    return [AdaptingRule(Text(rule.fr, rule.en), list(rule.suggests)) for rule in rules]


def _drug(drug: Drug, own: Schedule | None) -> DrugDoses:
    dose = drug.dose
    written = drug.written or tuple(f"{mg:g} mg" for mg in drug.strengths_mg)
    return DrugDoses(
        id=drug.inn,
        title=drug.title,
        partner=drug.partner,
        mg=dose.mg,
        per_m2_mg=dose.per_m2_mg,
        round_to_mg=dose.round_to_mg,
        max_mg=dose.max_mg,
        max_daily_per_m2_mg=dose.max_daily_per_m2_mg,
        ramp_up=RisingDose(list(dose.ramp_up.mg), dose.ramp_up.days_per_step) if dose.ramp_up else None,
        others=[OtherDosePage(o.note, o.mg, o.per_m2_mg, o.max_mg) for o in dose.others],
        strengths=[Strength(mg, words) for mg, words in zip(drug.strengths_mg, written, strict=True)],
        calendar=_calendar(own) if own else None,
    )


def _calendar(line: Schedule) -> CalendarPage:
    return CalendarPage(
        cycle_days=line.cycle_days,
        on_days=_spans(line.on_days),
        times_per_day=line.times_per_day,
        interval_h=line.interval_h,
        timing_window_h=line.timing_window_h,
        continuous=line.continuous,
        evening_start=line.evening_start,
        note=line.note,
    )


def _spans(on_days: Iterable[tuple[int, int]]) -> list[DaySpan]:
    return [DaySpan(first, last) for first, last in on_days]
