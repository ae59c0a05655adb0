"""Adherence in numbers, for any window: counts, rates, intensity, phases and supply, with the part that is unreported beside each rate."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from fractions import Fraction

from msgspec import Struct

from app.db.days import DayRow
from app.domain.courses import schedule_of
from app.domain.facts import PatientStop
from app.domain.intakes import Intake
from app.domain.intensity import Intensity
from app.domain.phases import Phases, phases
from app.domain.supply import Fill, days_supplied, medication_possession_ratio, pill_count, proportion_of_days_covered
from app.domain.texts import Text
from app.services.courses import Loaded


class Counted(Struct, frozen=True):
    """Administrations of some days. `expected` = taken + partial + missed + unreported; extras are counted separately."""

    planned: int = 0
    held: int = 0
    expected: int = 0
    taken: int = 0
    partial: int = 0
    on_time: int = 0
    missed: int = 0
    vomited: int = 0
    unreported: int = 0
    extra: int = 0
    rest_day: int = 0
    during_hold: int = 0
    expected_days: int = 0
    correct_days: int = 0


class Rates(Struct, frozen=True):
    """0 to 1 and above; null when nothing was expected. `taking` counts what is unreported as not taken: it is the lower bound,
    `taking_of_reported` the rate among what somebody answered for, `unreported` how much that leaves open.
    """

    taking: float | None
    taking_of_reported: float | None
    unreported: float | None
    total_intake: float | None
    timing: float | None
    correct_days: float | None


class DoseIntensity(Struct, frozen=True):
    """Relative to the starting protocol: as taken, as prescribed, and mg taken of mg prescribed."""

    relative: float | None
    prescribed: float | None
    taken_of_prescribed: float | None
    mg_per_week: float | None
    planned_mg_per_week: float | None


class Phase(Struct, frozen=True):
    """Initiation, implementation, persistence. `discontinued`: by whom it ended; silence ends nothing."""

    planned_on: date
    first_on: date | None
    last_on: date | None
    initiation_days: int | None
    persistence_days: int | None
    discontinued: str | None


class Possession(Struct, frozen=True):
    """What dispensing tells: the upper limit of what was swallowed. Null where nothing was dispensed.

    `pill_count`: (dispensed − returned) / prescribed, from the first hand-over to the last return; null when nothing came back.
    """

    days_covered: float | None
    possession_ratio: float | None
    pill_count: float | None


class Measured(Struct, frozen=True):
    """One drug over a window."""

    drug: str
    title: Text
    partner: bool
    first: date
    last: date
    counts: Counted
    rates: Rates
    intensity: DoseIntensity | None
    phases: Phase | None
    supply: Possession


_SUMMED = (
    *("planned", "held", "expected", "taken", "partial", "on_time", "missed", "vomited", "unreported"),
    *("extra", "rest_day", "during_hold"),
)


def counted(rows: Iterable[DayRow]) -> Counted:
    """The sum of some days."""
    rows = list(rows)
    total = {name: sum(getattr(row, name) for row in rows) for name in _SUMMED}
    days = sum(1 for row in rows if row.expected)
    return Counted(**total, expected_days=days, correct_days=sum(row.correct for row in rows))


def rates(c: Counted) -> Rates:
    """Rates of counts."""
    return Rates(
        taking=ratio(c.taken, c.expected),
        taking_of_reported=ratio(c.taken, c.expected - c.unreported),
        unreported=ratio(c.unreported, c.expected),
        total_intake=ratio(c.taken + c.extra + c.rest_day + c.during_hold, c.expected),
        timing=ratio(c.on_time, c.expected),
        correct_days=ratio(c.correct_days, c.expected_days),
    )


def ratio(part: int, whole: int) -> float | None:
    """A rate; None when nothing was expected."""
    return part / whole if whole > 0 else None


def intensity(rows: Iterable[DayRow], today: date) -> DoseIntensity | None:
    """Dose intensity of whole days: today is not over. None while the dose is not prescribed."""
    whole = [row for row in rows if row.day < today]
    if not whole or any(row.planned_ug is None for row in whole):
        return None
    total = Intensity(
        planned_ug=sum(row.planned_ug or 0 for row in whole),
        prescribed_ug=sum(row.prescribed_ug or 0 for row in whole),
        delivered_ug=sum(row.delivered_ug or 0 for row in whole),
        protocol_days=sum(row.protocol_days for row in whole),
        elapsed_days=sum(row.elapsed_days for row in whole),
    )
    return DoseIntensity(
        relative=_float(total.relative),
        prescribed=_float(total.prescribed_relative),
        taken_of_prescribed=_float(total.taken_of_prescribed),
        mg_per_week=_float(total.mg_per_week),
        planned_mg_per_week=_float(total.planned_mg_per_week),
    )


def measured(
    known: Loaded,
    rows: list[DayRow],
    entries: list[Intake],
    stops: list[PatientStop],
    fills: dict[str, list[tuple[date, float]]],
    first: date,
    last: date,
    today: date,
    now: datetime,
) -> list[Measured]:
    """Each drug of a course over a window. `fills`: day and mg dispensed, by drug; below zero what was given back."""
    found = []
    for drug in known.course.regimen.drugs:
        mine = [row for row in rows if row.drug == drug.inn and first <= row.day <= last]
        counts = counted(mine)
        found.append(
            Measured(
                drug=drug.inn,
                title=drug.title,
                partner=drug.partner,
                first=first,
                last=last,
                counts=counts,
                rates=rates(counts),
                intensity=intensity(mine, today),
                phases=_phase(phases(known.course, drug, entries, now, stops)),
                supply=_possession(known, drug.inn, fills.get(drug.inn, []), mine, first, last),
            )
        )
    return found


def _phase(p: Phases) -> Phase:
    return Phase(p.planned_on, p.first_on, p.last_on, p.initiation_days, p.persistence_days, p.discontinued)


def _possession(
    known: Loaded, inn: str, given: list[tuple[date, float]], rows: list[DayRow], first: date, last: date
) -> Possession:
    """Days' supply by the dose prescribed when it was handed over."""
    drug = next(d for d in known.course.regimen.drugs if d.inn == inn)
    line, mg = schedule_of(known.course, drug), known.course.doses.get(inn, drug.dose.mg)
    if not given or line is None or not mg:
        return Possession(None, None, None)
    fills = [Fill(on, days_supplied(line, int(amount // mg))) for on, amount in given if amount > 0]
    return Possession(
        _float(proportion_of_days_covered(fills, first, last)),
        _float(medication_possession_ratio(fills, first, last)),
        _float(_counted_back(given, rows, first, last)),
    )


def _counted_back(given: list[tuple[date, float]], rows: list[DayRow], first: date, last: date) -> Fraction | None:
    """Whoever brings back what is left, at the end of a box or of the treatment, is counted until the day before."""
    here = sorted((on, amount) for on, amount in given if first <= on <= last)
    back = [on for on, amount in here if amount < 0]
    if not back or here[0][1] < 0:
        return None  # what came before the window is not known to have been used up
    days = [row for row in rows if here[0][0] <= row.day < back[-1]]
    if any(row.prescribed_ug is None for row in days):
        return None
    told = [(on, round(amount * 1000)) for on, amount in here if on <= back[-1]]
    dispensed, returned = sum(ug for _, ug in told if ug > 0), -sum(ug for _, ug in told if ug < 0)
    return pill_count(dispensed, returned, sum(row.prescribed_ug or 0 for row in days))


def _float(value: Fraction | None) -> float | None:
    return None if value is None else float(value)
