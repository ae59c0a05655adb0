"""What the rules may know of intakes and reports: counts over the last days, from a course and what was told."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date, datetime, timedelta

import msgspec

from app.domain.adherence import NOTHING, Counts, count, runs, window
from app.domain.answers import answers
from app.domain.calendars import Calendar, calendar
from app.domain.courses import Course, day_of, main_drugs
from app.domain.drugs import MissedReason
from app.domain.intakes import Intake, effective
from app.domain.orders import CourseState, state_at
from app.domain.positions import bits
from app.domain.questionnaire import interval_days
from app.domain.reports import AdherenceFacts
from app.domain.rulebook import Rulebook
from app.domain.treatments import position


class PatientStop(msgspec.Struct, frozen=True, kw_only=True):
    """The patient decided alone to stop, and said so; `resumed_at` once taking again. Never inferred from silence."""

    at: datetime
    reason: MissedReason = "other"
    resumed_at: datetime | None = None


def facts(
    course: Course,
    entries: Iterable[Intake],
    now: datetime,
    *,
    stops: Iterable[PatientStop] = (),
    reports_missed_consecutive: int = 0,
    over: tuple[date, date] | None = None,
) -> AdherenceFacts:
    """Intakes of the drugs that the regimen is about (no partner) over the last 7 days, or 14 for a simple regimen (or `over`).

    `doses_expected` counts the administrations that somebody answered for: silence is unreported, not missed, and has rules of its
    own (reports, first dose). Of several drugs the worst counts. `entries` are all those of the window and, to know that the
    course has begun, any earlier one.
    """
    counted = effective(entries)
    since, until = over or window(course, now)
    plans = [plan for drug in main_drugs(course) if (plan := calendar(course, drug, since, until))]
    stopped = [s for s in stops if s.at <= now and (s.resumed_at is None or s.resumed_at > now)]
    ended = state_at(course.orders, now) in (CourseState.STOPPED, CourseState.COMPLETED)
    worst, missed, reasons = NOTHING, 0, Counter[str]()
    extra = rest_day = during_hold = 0
    for plan in plans:
        found = answers(plan, counted)
        counts = count(plan, found, now)
        if _worse(counts, worst):
            worst = counts
        missed = max(missed, max(runs(plan, found, _expected(plan, now) | (plan.expected & found.missed)), default=0))
        extra, rest_day = max(extra, counts.extra), max(rest_day, counts.rest_day)
        during_hold = max(during_hold, counts.during_hold)
        reasons.update(found.reasons)
    reasons.update(stop.reason for stop in stopped if not ended)
    return AdherenceFacts(
        window_days=(until - since).days + 1,
        doses_expected=worst.expected - worst.unreported,
        doses_taken=worst.taken,
        extra_doses=extra,
        rest_day_doses=rest_day,
        doses_during_hold=during_hold,
        consecutive_days_missed=missed,
        patient_stopped=bool(stopped) and not ended,
        reports_missed_consecutive=reports_missed_consecutive,
        days_not_begun=_days_not_begun(course, counted, now),
        missed_reasons=dict(reasons),
    )


def reports_missed(course: Course, last_report_on: date | None, today: date, rulebook: Rulebook) -> int:
    """How many expected reports in a row did not come, by the cadence of triage.md section 9.

    Counted from the last report, or from the start of the course; a report due today is not missed yet.
    """
    day = max(last_report_on or course.started_on, course.started_on)
    missed = -1
    while day < today:
        cycle = position(course.regimen, course.started_on, day).cycle
        day += timedelta(days=interval_days(course.regimen, cycle, rulebook))
        missed += 1
    return max(missed, 0)


def _worse(counts: Counts, than: Counts) -> bool:
    rate, other = counts.taking_rate_of_reported, than.taking_rate_of_reported
    return rate is not None and (other is None or rate < other)


def _expected(plan: Calendar, now: datetime) -> int:
    return plan.expected & bits(0, plan.before(now - timedelta(hours=plan.schedule.timing_window_h)))


def _days_not_begun(course: Course, counted: Iterable[Intake], now: datetime) -> int:
    """Days since the planned start without a first dose; 0 once begun, before the start, on hold or after the end."""
    names = {drug.inn for drug in main_drugs(course)}
    if any(entry.drug in names and entry.kind != "missed" for entry in counted):
        return 0
    if not names or state_at(course.orders, now) in (CourseState.ON_HOLD, CourseState.STOPPED, CourseState.COMPLETED):
        return 0
    return max(0, (day_of(course.zones, now) - course.started_on).days)
