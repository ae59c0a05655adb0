"""The course as a clinician reads it: orders, doses in force, what the label suggests, what the caller may do."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.db import events, intakes, orders
from app.domain.calendars import calendar
from app.domain.courses import Course, day_of, main_drugs, schedule_of
from app.domain.dosing import DoseUnreachable, units
from app.domain.drugs import Alternate, Drug
from app.domain.orders import CourseState, state_at
from app.domain.people import Caller, Role
from app.domain.positions import dose_of
from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.services import courses, supplies
from app.services.courses import Loaded, OrderContent, Prescription
from app.services.label_doses import Label, label_of
from app.services.plans import PlanUnits
from app.services.supplies import Supplies


class OtherDoseLine(Struct, frozen=True):
    """Another dose that the label or custom knows."""

    note: Text
    mg: float | None
    per_m2_mg: float | None
    max_mg: float | None


class DrugLine(Struct, frozen=True):
    """A drug with the dose in force, in mg per intake; what the label says, to choose from and never taken by itself."""

    id: str
    title: Text
    partner: bool
    mg: float | None
    units: list[PlanUnits]
    label_mg: float | None
    label_per_m2_mg: float | None
    others: list[OtherDoseLine]
    strengths_mg: list[float]
    times_per_day: int | None
    held: bool


class OrderLine(Struct, frozen=True):
    """One order. `signed_by` null: copied from a prescription, to be signed. `read_at`: the patient's phone has shown it."""

    number: int
    kind: str
    at: datetime
    reason: str
    doses: dict[str, float]
    drugs: list[str]
    next_cycle: int | None
    next_cycle_on: date | None
    rule: int | None
    note: str | None
    entered_by: str | None
    entered_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    read_at: datetime | None


class CourseMay(Struct, frozen=True):
    """What the caller may do now. `kinds`: orders that can follow."""

    order: bool
    kinds: list[str]
    sign: bool
    begin: bool
    assist: bool


class CoursePage(Struct, frozen=True):
    """One patient's course."""

    id: UUID
    patient_id: UUID
    regimen: str
    title: Text
    level: int
    started_on: date
    state: str
    zone: str
    version: int
    read_version: int
    cycle: int
    day_of_cycle: int
    cycle_days: int | None
    prescription: Prescription
    partners: list[str]
    alternates: list[Alternate]
    evening_start: bool
    drugs: list[DrugLine]
    orders: list[OrderLine]
    label: Label
    supplies: Supplies
    conflicts: int
    may: CourseMay


_content = json.Decoder(OrderContent)
_KINDS: dict[CourseState, tuple[str, ...]] = {
    CourseState.PLANNED: ("stop",),
    CourseState.ACTIVE: ("hold", "dose_change", "stop", "complete"),
    CourseState.ON_HOLD: ("resume", "dose_change", "stop", "complete"),
    CourseState.STOPPED: (),
    CourseState.COMPLETED: (),
}


async def page(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID) -> CoursePage:
    """One patient's course; reading it is written down. Raises NotFound, NoCourse."""
    known = await courses.of_patient(con, rulebook, caller, patient_id)
    await events.add(con, caller, "course_read", patient_id=patient_id, subject_id=known.row.id)
    return await page_of(con, rulebook, caller, known)


async def page_of(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, known: Loaded) -> CoursePage:
    """A loaded course as the caller sees it."""
    here, row, course = caller.establishment_id, known.row, known.course
    listed = await orders.of_course(con, here, row.id)
    today = day_of(course.zones, row.now)
    cycle, day = cycle_day(course, today)
    state = state_at(course.orders, row.now)
    schedule = known.course.regimen.schedule
    signs = caller.role is Role.ONCOLOGIST
    drugs = [drug_line(course, drug, today) for drug in course.regimen.drugs]
    return CoursePage(
        id=row.id,
        patient_id=row.patient_id,
        regimen=row.regimen,
        title=known.regimen.title,
        level=known.regimen.level,
        started_on=row.started_on,
        state=state,
        zone=row.timezone,
        version=row.last,
        read_version=max((o.number for o in listed if o.read_at), default=0),
        cycle=cycle,
        day_of_cycle=day,
        cycle_days=schedule.cycle_days if schedule else None,
        prescription=known.prescription,
        partners=list(known.regimen.partners),
        alternates=list(known.regimen.schedule.alternates) if known.regimen.schedule else [],
        evening_start=bool(schedule and schedule.evening_start),
        drugs=drugs,
        orders=[_order_line(o) for o in listed],
        label=await label_of(con, rulebook, here, known, listed, {d.id: d.mg for d in drugs}),
        supplies=await supplies.supplies(con, here, known, row.now),
        conflicts=await intakes.conflicts(con, here, row.patient_id),
        may=CourseMay(
            order=signs and not known.ended,
            kinds=list(_KINDS[state]) if signs else [],
            sign=signs and not known.ended and any(o.number == 1 and o.signed_at is None for o in listed),
            begin=signs and not _KINDS[state],
            assist=not known.ended,
        ),
    )


def cycle_day(course: Course, today: date) -> tuple[int, int]:
    """Cycle and day of the main drug; 0, 0 before the start."""
    main = next(iter(main_drugs(course)), None)
    plan = calendar(course, main, today, today) if main and today >= course.started_on else None
    return plan.cycle_day(plan.times - 1) if plan else (0, 0)


def drug_line(course: Course, drug: Drug, today: date) -> DrugLine:
    """A drug with the dose that is in force on a day."""
    plan, line = calendar(course, drug, today, today), schedule_of(course, drug)
    ug = dose_of(plan.doses, plan.times - 1) if plan else None
    mg = ug / 1000 if ug is not None else None
    slot = _units_of(course, drug, mg)
    return DrugLine(
        id=drug.inn,
        title=drug.title,
        partner=drug.partner,
        mg=mg,
        units=slot,
        label_mg=drug.dose.mg,
        label_per_m2_mg=drug.dose.per_m2_mg,
        others=[OtherDoseLine(o.note, o.mg, o.per_m2_mg, o.max_mg) for o in drug.dose.others],
        strengths_mg=list(drug.strengths_mg),
        times_per_day=line.times_per_day if line else None,
        held=bool(plan and plan.held & plan.planned and not plan.expected),
    )


def _units_of(course: Course, drug: Drug, mg: float | None) -> list[PlanUnits]:
    if mg is None:
        return []
    try:
        return [PlanUnits(u.count, u.strength_mg, u.written) for u in units(drug, mg)]
    except DoseUnreachable:
        return []


def _order_line(row: orders.OrderRow) -> OrderLine:
    c = _content.decode(row.content)
    return OrderLine(
        number=row.number,
        kind=row.kind,
        at=c.at,
        reason=c.reason,
        doses=c.doses,
        drugs=list(c.drugs),
        next_cycle=c.next_cycle.cycle if c.next_cycle else None,
        next_cycle_on=c.next_cycle.on if c.next_cycle else None,
        rule=c.rule,
        note=row.note,
        entered_by=row.entered_by,
        entered_at=row.entered_at,
        signed_by=row.signed_by,
        signed_at=row.signed_at,
        read_at=row.read_at,
    )
