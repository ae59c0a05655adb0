"""The course as a clinician sees and orders it: orders, doses in force, what the label suggests, whole cycles before they are signed."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Literal
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.db import courses as course_rows
from app.db import events, intakes, notices, orders, patients
from app.db.door import hold_person
from app.domain.calendars import calendar
from app.domain.courses import Course, Zone, day_of, main_drugs, schedule_of
from app.domain.dosing import DoseUnreachable, units
from app.domain.drugs import Alternate, Drug, Suggestion
from app.domain.errors import NotFound, OrderRefused
from app.domain.notices import NewNotice, NoticeKind, PersonKind
from app.domain.orders import CourseState, Order, state_at
from app.domain.people import Caller, Role
from app.domain.positions import dose_of
from app.domain.reports import Baseline
from app.domain.rulebook import Rulebook
from app.domain.schedules import Slot, preview
from app.domain.texts import Text
from app.services import adherence, caregivers, courses, reminders, supplies
from app.services.courses import Loaded, NewOrder, OrderContent, Prescription
from app.services.plans import PlanSlot, PlanUnits, plan_slot
from app.services.supplies import Supplies
from app.services.vault import Safe


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


class DoseRuleLine(Struct, frozen=True):
    """A sentence of the label about adapting the dose: a suggestion with its source. `number` goes with an order that follows it."""

    number: int
    text: Text
    suggests: list[Suggestion]


class Label(Struct, frozen=True):
    """What the label says, and where this was taken from."""

    rules: list[DoseRuleLine]
    source: str
    checked: str | None
    review_by: date | None


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


class PreviewAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """The order to look at before it is signed, and which cycle (default: the one it begins in)."""

    order: NewOrder
    cycle: int | None = None


class CyclePage(Struct, frozen=True):
    """A whole cycle as it would be: every intake, doses that the boxes cannot make, boxes needed."""

    cycle: int
    state: str
    slots: list[PlanSlot]
    problems: list[str]
    boxes: dict[str, list[PlanUnits]]
    intakes: int


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    """An oncologist's signature under the start that was copied, with the prescription corrected where it must be."""

    prescription: Prescription | None = None


class NewCourse(Struct, frozen=True, forbid_unknown_fields=True):
    """Another treatment, once the last one has ended."""

    regimen: str
    started_on: date
    prescription: Prescription | None = None


class Leaving(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a patient is no longer followed here."""

    reason: Literal["died", "moved", "ended_follow_up"]


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
    return await _page(con, rulebook, caller, known)


async def _page(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, known: Loaded) -> CoursePage:
    here, row, course = caller.establishment_id, known.row, known.course
    listed = await orders.of_course(con, here, row.id)
    today = day_of(course.zones, row.now)
    cycle, day = cycle_day(course, today)
    state = state_at(course.orders, row.now)
    schedule = known.course.regimen.schedule
    signs = caller.role is Role.ONCOLOGIST
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
        drugs=[drug_line(course, drug, today) for drug in course.regimen.drugs],
        orders=[_order_line(o) for o in listed],
        label=_label(rulebook, known),
        supplies=await supplies.supplies(con, here, known, row.now),
        conflicts=await intakes.conflicts(con, here, row.patient_id),
        may=CourseMay(
            order=signs and not known.ended,
            kinds=list(_KINDS[state]) if signs else [],
            sign=signs and any(o.number == 1 and o.signed_at is None for o in listed),
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


def _label(rulebook: Rulebook, known: Loaded) -> Label:
    file = rulebook.regimen_files.get(known.row.regimen)
    rules = [DoseRuleLine(n, Text(r.fr, r.en), list(r.suggests)) for n, r in enumerate(known.regimen.dose_rules)]
    if file is None:
        return Label(rules, "", None, None)
    return Label(rules, file.source, file.evidence.get("label_dose_rules"), file.review_by)


async def preview_order(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, ask: PreviewAsk
) -> CyclePage:
    """What a signature would set in motion. Raises NotFound, NoCourse, CourseChanged, OrderRefused, ContentRefused."""
    known = await courses.of_patient(con, rulebook, caller, patient_id)
    order, course = courses.ordered(known, ask.order, known.row.now, caller.person_id)
    return cycle_page(course, ask.cycle or _cycle_of(course, order), order.at)


async def preview_course(rulebook: Rulebook, caller: Caller, new: NewCourse, zone: str) -> CyclePage:
    """The first cycle of a course that is not recorded yet. Raises ContentRefused."""
    how = new.prescription or Prescription()
    regimen = courses.check_prescription(rulebook, new.regimen, how)
    course = Course(
        regimen=regimen,
        started_on=new.started_on,
        zones=(Zone(zone),),
        starts_with=how.starts_with,
        doses=dict(how.doses),
        ramp_up=how.ramp_up,
    )
    return cycle_page(course, 1, courses.begins_at(new.started_on, zone))


def _cycle_of(course: Course, order: Order) -> int:
    if order.next_cycle is not None:
        return order.next_cycle.cycle
    cycle, _ = cycle_day(course, max(day_of(course.zones, order.at), course.started_on))
    return max(cycle, 1)


def cycle_page(course: Course, cycle: int, at: datetime) -> CyclePage:
    """A cycle as the domain plans it."""
    seen = preview(course, cycle)
    return CyclePage(
        cycle=cycle,
        state=state_at(course.orders, at),
        slots=[plan_slot(slot) for slot in seen.slots],
        problems=list(seen.problems),
        boxes={inn: [PlanUnits(u.count, u.strength_mg, u.written) for u in each] for inn, each in seen.boxes.items()},
        intakes=_intakes(seen.slots),
    )


def _intakes(slots: tuple[Slot, ...]) -> int:
    return sum(1 for slot in slots if not slot.held)


async def order(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, new: NewOrder
) -> CoursePage:
    """Sign an order: the plan, the reminders and the counts follow in the same transaction, the phone at its next sync.

    Raises NotFound, NoCourse, CourseChanged, OrderRefused, ContentRefused.
    """
    known = await courses.of_patient(con, rulebook, caller, patient_id, hold=True)
    signed, _ = await courses.sign_order(con, caller, known, new, known.row.now)
    return await _follow(con, rulebook, caller, patient_id, day_of(known.course.zones, signed.at))


async def sign(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, signature: Signature
) -> CoursePage:
    """Sign the start that was copied. Raises NotFound, NoCourse, CourseChanged, ContentRefused."""
    known = await courses.of_patient(con, rulebook, caller, patient_id, hold=True)
    await courses.countersign(con, rulebook, caller, known, signature.prescription)
    return await _follow(con, rulebook, caller, patient_id, known.row.started_on)


async def begin(
    con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, caller: Caller, patient_id: UUID, new: NewCourse
) -> CoursePage:
    """Another course, signed as it begins. Raises NotFound, OrderRefused, ContentRefused."""
    if not await patients.may_see(con, caller, patient_id):
        raise NotFound
    await hold_person(con, patient_id)
    last = await course_rows.current(con, caller.establishment_id, patient_id)
    if last is not None and not courses.loaded(last, rulebook).ended:
        raise OrderRefused("A treatment is running. Stop or complete it first.")
    zone = last.timezone if last else safe.establishment.timezone
    how = new.prescription or Prescription()
    baseline = json.decode(last.baseline, type=Baseline) if last else Baseline()
    await courses.begin(con, rulebook, caller, patient_id, new.regimen, new.started_on, baseline, how, zone)
    return await _follow(con, rulebook, caller, patient_id, new.started_on)


async def _follow(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, since: date
) -> CoursePage:
    """Everything that hangs on the plan follows it."""
    here = caller.establishment_id
    known = await courses.current(con, rulebook, here, patient_id)
    now = known.row.now
    await reminders.call_back(con, here, known.row.id)
    await reminders.rewrite(con, here, known, now)
    await adherence.recount(con, here, known, since, day_of(known.course.zones, now), now)
    await adherence.look_again(con, rulebook, here, known, now)
    if known.ended or known.row.state == "on_hold":
        await supplies.settle(con, here, known, caller.person_id)
    else:
        await supplies.check(con, here, known, now)
    await notices.put(
        con,
        NewNotice(
            establishment_id=here,
            person_kind=PersonKind.PATIENT,
            person_id=patient_id,
            kind=NoticeKind.PLAN_CHANGED,
            dedupe_key=f"plan:{known.row.id}:{known.row.last}",
            expires_at=now + timedelta(days=2),
            subject_id=known.row.id,
        ),
    )
    return await _page(con, rulebook, caller, known)


async def leave(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, leaving: Leaving
) -> None:
    """The patient has died, moved or is no longer followed: nothing reminds, asks or watches any more. Raises NotFound."""
    if not await patients.may_see(con, caller, patient_id):
        raise NotFound
    here = caller.establishment_id
    await hold_person(con, patient_id)
    if not await course_rows.leave(con, here, patient_id):
        raise NotFound
    row = await course_rows.current(con, here, patient_id)
    if row is not None:
        known = courses.loaded(row, rulebook)
        await reminders.call_back(con, here, row.id)
        await reminders.rewrite(con, here, known, row.now)
        await adherence.watch(con, here, known, row.now)
        await supplies.settle(con, here, known, caller.person_id)
    await caregivers.end_all(con, caller, patient_id)
    detail = json.encode({"reason": leaving.reason}).decode()
    await events.add(con, caller, "patient_left", patient_id=patient_id, detail=detail)
