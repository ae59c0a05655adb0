"""Taking, timing and excess over any days, as counts that add up; adherence.md gives the words and the formulas."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime, timedelta
from fractions import Fraction

import msgspec

from app.domain.answers import Answers, answers
from app.domain.calendars import Calendar, calendar
from app.domain.courses import Course, day_of
from app.domain.drugs import Drug
from app.domain.intakes import Intake, effective
from app.domain.positions import bits, by_day

HOLIDAY_DAYS = 3  # adherence.md section 2: a drug holiday is 3 or more consecutive expected on-days without any dose
_TOO_MUCH = Fraction(105, 100)  # adherence.md section 5
WINDOW_DAYS = {2: 7, 1: 14}  # adherence.md section 5, by level of the regimen


class Counts(msgspec.Struct, frozen=True, kw_only=True):
    """Administrations and days of one drug over some days. Counts of patients, drugs or centres are added with `+`.

    `expected` = planned − held, as far as answered or past its window; `expected` = taken + partial + missed + unreported.
    `vomited` are among the taken: the label says not to repeat them. `patients` lets a sum say of how many it speaks.
    """

    planned: int = 0
    held: int = 0
    expected: int = 0
    taken: int = 0
    on_time: int = 0
    partial: int = 0
    missed: int = 0
    unreported: int = 0
    vomited: int = 0
    extra: int = 0
    rest_day: int = 0
    during_hold: int = 0
    expected_days: int = 0
    correct_days: int = 0
    holidays: int = 0
    patients: int = 1

    def __add__(self, other: Counts) -> Counts:
        return Counts(**{name: getattr(self, name) + getattr(other, name) for name in self.__struct_fields__})

    @property
    def total_extra(self) -> int:
        """Over-adherence: every administration too many."""
        return self.extra + self.rest_day + self.during_hold

    @property
    def taking_rate(self) -> Fraction | None:
        """DTR = taken / expected; what is unreported counts as not taken, so it is the lower bound. None when nothing was expected."""
        return _rate(self.taken, self.expected)

    @property
    def taking_rate_of_reported(self) -> Fraction | None:
        """The same among the administrations that somebody answered for."""
        return _rate(self.taken, self.expected - self.unreported)

    @property
    def total_intake_ratio(self) -> Fraction | None:
        """TIR = (taken + extra) / expected; can exceed 1."""
        return _rate(self.taken + self.total_extra, self.expected)

    @property
    def too_much(self) -> bool:
        """TIR above 105 %: flagged on the dashboard over a full cycle, even when each extra dose was dealt with (adherence.md 5)."""
        ratio = self.total_intake_ratio
        return ratio is not None and ratio > _TOO_MUCH

    @property
    def timing(self) -> Fraction | None:
        """Within the timing window / expected."""
        return _rate(self.on_time, self.expected)

    @property
    def correct_dosing_days(self) -> Fraction | None:
        """Days with exactly the planned number of administrations / expected on-days."""
        return _rate(self.correct_days, self.expected_days)

    @property
    def unreported_share(self) -> Fraction | None:
        """Unreported / expected: shown beside every rate, never hidden."""
        return _rate(self.unreported, self.expected)


NOTHING = Counts(patients=0)


def measure(course: Course, drug: Drug, entries: Iterable[Intake], since: date, until: date, now: datetime) -> Counts:
    """The counts of one drug from one adherence day to another, both included, as known at `now`."""
    plan = calendar(course, drug, since, until)
    return NOTHING if plan is None else count(plan, answers(plan, effective(entries)), now)


def count(plan: Calendar, found: Answers, now: datetime) -> Counts:
    """The counts of a plan and its answers. A few operations on bits, whatever the number of days."""
    wanted, swallowed = plan.expected, found.taken | found.partial
    answered = swallowed | found.missed
    expected = wanted & (answered | bits(0, plan.before(now - timedelta(hours=plan.schedule.timing_window_h))))
    held_doses = swallowed & plan.held
    astray = swallowed & ~plan.planned & ~plan.held  # told for a slot that is not in the plan (any more)
    on_days = by_day(plan.planned & ~plan.held, plan.times, plan.days)
    astray_on_day = _on(astray, on_days, plan.times)
    odd_days = found.odd_days | by_day(held_doses | astray, plan.times, plan.days)
    taken = found.taken & expected
    days = by_day(expected, plan.times, plan.days)
    wrong = by_day(expected & ~taken, plan.times, plan.days) | odd_days
    return Counts(
        planned=plan.planned.bit_count(),
        held=(plan.planned & plan.held).bit_count(),
        expected=expected.bit_count(),
        taken=taken.bit_count(),
        on_time=(found.on_time & expected).bit_count(),
        partial=(found.partial & expected).bit_count(),
        missed=(found.missed & expected).bit_count(),
        unreported=(expected & ~answered).bit_count(),
        vomited=(found.vomited & expected).bit_count(),
        extra=found.extra + astray_on_day.bit_count(),
        rest_day=found.rest_day + (astray & ~astray_on_day).bit_count(),
        during_hold=found.during_hold + held_doses.bit_count(),
        expected_days=days.bit_count(),
        correct_days=(days & ~wrong).bit_count(),
        holidays=sum(1 for run in runs(plan, found, expected) if run >= HOLIDAY_DAYS),
    )


def runs(plan: Calendar, found: Answers, expected: int) -> list[int]:
    """Lengths of the runs of expected on-days known to be without any dose.

    Rest days, days on hold and days without an answer neither count nor end a run; a dose ends it.
    """
    unknown = expected & ~(found.taken | found.partial | found.missed)
    dosed = by_day(expected & (found.taken | found.partial), plan.times, plan.days)
    empty = by_day(expected & found.missed, plan.times, plan.days) & ~dosed & ~by_day(unknown, plan.times, plan.days)
    if not empty:
        return []
    lengths, last = [0], 0
    while empty:
        lowest = empty & -empty
        if dosed & (lowest - 1) >> last << last and lengths[-1]:
            lengths.append(0)
        lengths[-1] += 1
        last = lowest.bit_length()
        empty ^= lowest
    return lengths


def _on(positions: int, days: int, times: int) -> int:
    """Those of the positions that lie on these days."""
    spread = days
    for number in range(1, times):
        spread |= days << number
    return positions & spread


def _rate(part: int, whole: int) -> Fraction | None:
    return Fraction(part, whole) if whole > 0 else None


def window(course: Course, now: datetime) -> tuple[date, date]:
    """First and last adherence day that rules look at: 7 days for a complex regimen, 14 for a simple one."""
    today = day_of(course.zones, now)
    return today - timedelta(days=WINDOW_DAYS[course.regimen.level] - 1), today
