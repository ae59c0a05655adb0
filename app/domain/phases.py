"""The three phases of taking: initiation, implementation, persistence (ABC taxonomy; adherence.md section 1)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import date, datetime
from typing import Literal

import msgspec

from app.domain.adherence import Counts, measure
from app.domain.courses import Course, day_of
from app.domain.drugs import Drug
from app.domain.facts import PatientStop
from app.domain.intakes import Intake, effective
from app.domain.orders import CourseState, state_at

Ending = Literal["patient", "stopped", "completed"]


class Phases(msgspec.Struct, frozen=True, kw_only=True):
    """Where one drug stands. `initiation_days`: from the planned start to the first dose, None while there is none.

    `implementation`: counts from the first to the last dose, or to now while it goes on. `persistence_days`: from the first dose to
    the last one, both included. `discontinued`: by whom it ended (the course was completed, a clinician stopped it, the patient
    decided alone); silence ends nothing.
    """

    planned_on: date
    first_on: date | None = None
    last_on: date | None = None
    initiation_days: int | None = None
    persistence_days: int | None = None
    implementation: Counts | None = None
    discontinued: Ending | None = None


def phases(
    course: Course, drug: Drug, entries: Iterable[Intake], now: datetime, stops: Iterable[PatientStop] = ()
) -> Phases:
    """Initiation, implementation and persistence of one drug as known at `now`."""
    counted = effective(entries)
    doses = sorted(e.day for e in counted if e.drug == drug.inn and e.kind != "missed")
    if not doses:
        return Phases(planned_on=course.started_on, discontinued=_ending(course, now, stops))
    first, last = doses[0], doses[-1]
    ending = _ending(course, now, stops)
    until = last if ending else day_of(course.zones, now)
    return Phases(
        planned_on=course.started_on,
        first_on=first,
        last_on=last,
        initiation_days=(first - course.started_on).days,
        persistence_days=(last - first).days + 1,
        implementation=measure(course, drug, counted, first, until, now),
        discontinued=ending,
    )


def _ending(course: Course, now: datetime, stops: Iterable[PatientStop]) -> Ending | None:
    state = state_at(course.orders, now)
    if state is CourseState.COMPLETED:
        return "completed"
    if state is CourseState.STOPPED:
        return "stopped"
    stopped = any(s.at <= now and (s.resumed_at is None or s.resumed_at > now) for s in stops)
    return "patient" if stopped else None
