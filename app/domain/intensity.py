"""Dose intensity: milligrams delivered over time, beside what was prescribed and what the protocol planned."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from fractions import Fraction

import msgspec

from app.domain.answers import Answers, answers
from app.domain.calendars import Calendar, calendar, covered
from app.domain.courses import Course, day_of
from app.domain.drugs import Drug
from app.domain.intakes import Intake, effective
from app.domain.positions import amount


class Intensity(msgspec.Struct, frozen=True, kw_only=True):
    """Amounts of one drug in µg, and days. Sums over patients of one molecule are added with `+`; two molecules are never added.

    `planned_ug` over `protocol_days`: starting dose on the days of the cycles that have run (a delay is not one of them);
    `prescribed_ug` after holds and reductions, and `delivered_ug` as taken, extra doses included, over `elapsed_days`.
    """

    planned_ug: int = 0
    prescribed_ug: int = 0
    delivered_ug: int = 0
    protocol_days: int = 0
    elapsed_days: int = 0

    def __add__(self, other: Intensity) -> Intensity:
        return Intensity(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})

    @property
    def mg_per_week(self) -> Fraction | None:
        """DI = mg delivered / weeks elapsed."""
        return Fraction(self.delivered_ug * 7, self.elapsed_days * 1000) if self.elapsed_days else None

    @property
    def planned_mg_per_week(self) -> Fraction | None:
        """DI planned = starting protocol dose and calendar."""
        return Fraction(self.planned_ug * 7, self.protocol_days * 1000) if self.protocol_days else None

    @property
    def relative(self) -> Fraction | None:
        """RDI = DI delivered / DI planned; None when nothing was planned."""
        return self._to_plan(self.delivered_ug)

    @property
    def prescribed_relative(self) -> Fraction | None:
        """Prescribed RDI = DI after clinician holds and reductions / DI planned."""
        return self._to_plan(self.prescribed_ug)

    @property
    def taken_of_prescribed(self) -> Fraction | None:
        """mg taken / mg prescribed over the same dates; times the prescribed RDI it gives the RDI."""
        return Fraction(self.delivered_ug, self.prescribed_ug) if self.prescribed_ug else None

    def _to_plan(self, ug: int) -> Fraction | None:
        if not self.planned_ug or not self.elapsed_days:
            return None
        return Fraction(ug * self.protocol_days, self.elapsed_days * self.planned_ug)


def intensity(
    course: Course, drug: Drug, entries: Iterable[Intake], since: date, until: date, now: datetime
) -> Intensity | None:
    """Dose intensity of one drug over whole adherence days, both included; the day of `now` is left out, it is not over.

    None when the regimen has no calendar, no day is over yet, or the dose is not prescribed.
    """
    until = min(until, day_of(course.zones, now) - timedelta(days=1))
    plan = calendar(course, drug, max(since, course.started_on), until)
    return None if plan is None else intensity_of(plan, answers(plan, effective(entries)))


def intensity_of(plan: Calendar, found: Answers) -> Intensity | None:
    """Dose intensity of a plan and its answers."""
    planned, prescribed = amount(plan.protocol, plan.planned), amount(plan.doses, plan.expected)
    swallowed = found.taken | found.partial
    told = sum(1 << position for position in found.amounts)
    delivered = amount(plan.doses, swallowed & ~told)
    if planned is None or prescribed is None or delivered is None or found.extra_ug is None:
        return None
    return Intensity(
        planned_ug=planned,
        prescribed_ug=prescribed,
        delivered_ug=delivered + sum(found.amounts.values()) + found.extra_ug,
        protocol_days=covered(plan),
        elapsed_days=max(0, min(plan.days, -(-plan.ended // plan.times)) - plan.begun),
    )
