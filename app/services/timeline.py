"""One line for the oncologist: scheduled dose, taken dose, orders, grade per symptom, alerts, weight; and the numbers of the window."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.db import adherence as states
from app.db import days, events, intakes, orders, stock, timeline
from app.db.days import DayRow
from app.domain.courses import day_of
from app.domain.errors import ContentRefused, Fault
from app.domain.facts import PatientStop
from app.domain.people import Caller
from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.domain.triage import Grade
from app.services import adherence, courses
from app.services.courses import Loaded, OrderContent, begins_at
from app.services.measures import Counted, Measured, Rates, counted, measured, rates
from app.services.worklists import Reason, reason_title

LONGEST = 366  # days


class DoseDay(Struct, frozen=True):
    """One drug on one adherence day; amounts in mg per day, null while no dose is prescribed. `extra` counts every dose too many."""

    day: date
    cycle: int
    day_of_cycle: int
    planned: int
    held: int
    expected: int
    taken: int
    partial: int
    on_time: int
    missed: int
    vomited: int
    unreported: int
    extra: int
    rest_day: int
    during_hold: int
    mg_planned: float | None
    mg_prescribed: float | None
    mg_taken: float | None


class DrugLane(Struct, frozen=True):
    """The days of one drug."""

    drug: str
    title: Text
    partner: bool
    days: list[DoseDay]


class OrderMark(Struct, frozen=True):
    """An order on the line."""

    number: int
    kind: str
    at: datetime
    reason: str
    doses: dict[str, float]
    signed_by: str | None


class GradePoint(Struct, frozen=True):
    """A grade as it was told."""

    at: datetime
    grade: int


class SymptomLane(Struct, frozen=True):
    """Grades of one symptom; reports in which it was 0 or absent are in `reports`."""

    symptom: str
    title: Text
    points: list[GradePoint]


class ReportMark(Struct, frozen=True):
    """A report on the line."""

    id: UUID
    at: datetime
    level: str
    emergency: bool


class AlertMark(Struct, frozen=True):
    """An episode on the line."""

    id: UUID
    level: str
    emergency: bool
    state: str
    reasons: list[Reason]
    opened_at: datetime
    closed_at: datetime | None


class Weight(Struct, frozen=True):
    """A weight as it was told, in kg."""

    at: datetime
    kg: float


class Timeline(Struct, frozen=True):
    """Everything of one patient over a window, both days included."""

    patient_id: UUID
    course_id: UUID
    title: Text
    started_on: date
    first: date
    last: date
    today: date
    zone: str
    drugs: list[DrugLane]
    orders: list[OrderMark]
    stopped: list[tuple[datetime, datetime | None]]
    symptoms: list[SymptomLane]
    reports: list[ReportMark]
    alerts: list[AlertMark]
    weights: list[Weight]
    measures: list[Measured]


class CalendarDay(Struct, frozen=True):
    """A day of the calendar: counts of all drugs that the regimen is about, and what kind of day it is."""

    day: date
    cycle: int
    day_of_cycle: int
    kind: str
    counts: Counted


class AdherencePage(Struct, frozen=True):
    """The calendar of a window and its numbers; `all` adds up the drugs that the regimen is about."""

    patient_id: UUID
    first: date
    last: date
    calendar: list[CalendarDay]
    measures: list[Measured]
    all: Counted
    rates: Rates


_grades = json.Decoder(dict[str, Grade])
_content = json.Decoder(OrderContent)


def window(known: Loaded, first: date | None, last: date | None) -> tuple[date, date]:
    """The window asked for; without days the last ninety. Raises ContentRefused."""
    today = day_of(known.course.zones, known.row.now)
    until = min(last or today, today)
    since = first or until - timedelta(days=89)
    if not 0 <= (until - since).days < LONGEST:
        raise ContentRefused(faults=(Fault("from", f"A window of 1 to {LONGEST} days, not in the future."),))
    return since, until


async def page(
    con: asyncpg.Connection,
    rulebook: Rulebook,
    caller: Caller,
    patient_id: UUID,
    first: date | None,
    last: date | None,
) -> Timeline:
    """One patient's line; reading it is written down. Raises NotFound, NoCourse, ContentRefused."""
    known = await courses.of_patient(con, rulebook, caller, patient_id)
    await events.add(con, caller, "timeline_read", patient_id=patient_id, subject_id=known.row.id)
    return await draw(con, rulebook, caller.establishment_id, known, *window(known, first, last))


async def draw(
    con: asyncpg.Connection, rulebook: Rulebook, here: UUID, known: Loaded, first: date, last: date
) -> Timeline:
    """The line over a window."""
    row, zone = known.row, known.row.timezone
    begin, end = begins_at(first, zone), begins_at(last + timedelta(days=1), zone)
    rows = await _rows(con, here, known, first, last)
    points = await timeline.reports(con, here, row.patient_id, begin, end)
    symptoms: dict[str, list[GradePoint]] = defaultdict(list)
    for point in points:
        for symptom, grade in _grades.decode(point.grades).items():
            if grade.grade:
                symptoms[symptom].append(GradePoint(point.told_at, grade.grade))
    stops = await _stops(con, here, known)
    return Timeline(
        patient_id=row.patient_id,
        course_id=row.id,
        title=known.regimen.title,
        started_on=row.started_on,
        first=first,
        last=last,
        today=day_of(known.course.zones, row.now),
        zone=zone,
        drugs=[
            DrugLane(d.inn, d.title, d.partner, [dose_day(r) for r in rows if r.drug == d.inn])
            for d in known.course.regimen.drugs
        ],
        orders=[_mark(o) for o in await orders.of_course(con, here, row.id)],
        stopped=[(s.at, s.resumed_at) for s in stops],
        symptoms=[
            SymptomLane(id_, rulebook.symptoms[id_].title, told)
            for id_, told in sorted(symptoms.items(), key=lambda each: (-max(p.grade for p in each[1]), each[0]))
            if id_ in rulebook.symptoms
        ],
        reports=[ReportMark(p.id, p.told_at, p.level, p.emergency) for p in points],
        alerts=[
            AlertMark(
                a.id,
                a.level,
                a.emergency,
                a.state,
                [Reason(id_, reason_title(rulebook, id_)) for id_ in a.reasons],
                a.opened_at,
                a.closed_at,
            )
            for a in await timeline.alerts(con, here, row.patient_id, begin, end)
        ],
        weights=[Weight(p.told_at, p.weight_kg) for p in points if p.weight_kg is not None],
        measures=await measures(con, here, known, rows, stops, first, last),
    )


async def _rows(con: asyncpg.Connection, here: UUID, known: Loaded, first: date, last: date) -> list[DayRow]:
    """The kept days, and what has gone by since the last daily look counted as it stands now."""
    today = day_of(known.course.zones, known.row.now)
    rows = await days.of_course(con, here, known.row.id, first, last)
    if not first <= today <= last or known.ended or today < adherence.counted_from(known):
        return rows
    state = await states.state(con, here, known.row.id)
    since = max(adherence.uncounted(known, state), adherence.counted_from(known), first)
    entries = await adherence.told(con, here, known, since, today)
    fresh = adherence.count_days(known, entries, since, today, known.row.now)
    return sorted([r for r in rows if r.day < since] + fresh, key=lambda r: (r.drug, r.day))


async def measures(
    con: asyncpg.Connection,
    here: UUID,
    known: Loaded,
    rows: list[DayRow],
    stops: list[PatientStop],
    first: date,
    last: date,
) -> list[Measured]:
    """The numbers of a window."""
    row, now = known.row, known.row.now
    main = adherence.main_drug(known)
    kept = await intakes.first_and_last(con, here, row.patient_id, row.id)
    fills: dict[str, list[tuple[date, float]]] = defaultdict(list)
    for given in await stock.of_course(con, here, row.id):
        mg = given.strength_mg * given.units
        fills[given.drug].append((given.dispensed_on, mg if given.kind == "dispensed" else -mg))
    entries = [adherence.entry(each, main) for each in kept]
    today = day_of(known.course.zones, now)
    return measured(known, rows, entries, stops, fills, first, last, today, now)


async def _stops(con: asyncpg.Connection, here: UUID, known: Loaded) -> list[PatientStop]:
    return [
        PatientStop(at=s.at, reason=s.reason, resumed_at=s.resumed_at)  # type: ignore[arg-type] # checked when it came in
        for s in await intakes.stops(con, here, known.row.id)
    ]


def _mark(row: orders.OrderRow) -> OrderMark:
    c = _content.decode(row.content)
    return OrderMark(row.number, row.kind, c.at, c.reason, c.doses, row.signed_by)


def dose_day(r: DayRow) -> DoseDay:
    """A kept day as it is shown."""
    return DoseDay(
        day=r.day,
        cycle=r.cycle,
        day_of_cycle=r.day_of_cycle,
        planned=r.planned,
        held=r.held,
        expected=r.expected,
        taken=r.taken,
        partial=r.partial,
        on_time=r.on_time,
        missed=r.missed,
        vomited=r.vomited,
        unreported=r.unreported,
        extra=r.extra + r.rest_day + r.during_hold,
        rest_day=r.rest_day,
        during_hold=r.during_hold,
        mg_planned=_mg(r.planned_ug),
        mg_prescribed=_mg(r.prescribed_ug),
        mg_taken=_mg(r.delivered_ug),
    )


def _mg(ug: int | None) -> float | None:
    return None if ug is None else ug / 1000


async def calendar_page(
    con: asyncpg.Connection,
    rulebook: Rulebook,
    caller: Caller,
    patient_id: UUID,
    first: date | None,
    last: date | None,
) -> AdherencePage:
    """The adherence calendar and its numbers. Raises NotFound, NoCourse, ContentRefused."""
    here = caller.establishment_id
    known = await courses.of_patient(con, rulebook, caller, patient_id)
    await events.add(con, caller, "adherence_read", patient_id=patient_id, subject_id=known.row.id)
    since, until = window(known, first, last)
    rows = await _rows(con, here, known, since, until)
    main = {d.inn for d in known.course.regimen.drugs if not d.partner}
    by_day: dict[date, list[DayRow]] = defaultdict(list)
    for row in rows:
        if row.drug in main:
            by_day[row.day].append(row)
    total = counted(row for each in by_day.values() for row in each)
    return AdherencePage(
        patient_id=patient_id,
        first=since,
        last=until,
        calendar=[
            CalendarDay(day, each[0].cycle, each[0].day_of_cycle, _kind(counted(each)), counted(each))
            for day, each in sorted(by_day.items())
        ],
        measures=await measures(con, here, known, rows, await _stops(con, here, known), since, until),
        all=total,
        rates=rates(total),
    )


def _kind(c: Counted) -> str:
    """What the day is first of all: too much, on hold, rest, to come, unreported, all taken, some, none."""
    if c.extra or c.rest_day or c.during_hold:
        return "excess"
    if not c.planned:
        return "rest"
    if c.held == c.planned:
        return "hold"
    if not c.expected:
        return "to_come"
    if c.taken == c.expected:
        return "taken"
    if c.unreported == c.expected:
        return "unreported"
    return "partly" if c.taken or c.partial or c.unreported else "missed"
