"""A course as the domain reads it: loaded whole, begun, ordered, signed, left."""

from __future__ import annotations

from datetime import date, datetime, time
from typing import Annotated
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
from msgspec import Meta, Struct, json
from msgspec.structs import replace

from app.db import courses, events, orders, patients
from app.db.courses import CourseRow
from app.db.door import hold_person
from app.domain.courses import DAY_BEGINS, Course, Hours, Zone
from app.domain.errors import ContentRefused, CourseChanged, Fault, NoCourse, NotFound, OrderRefused
from app.domain.orders import CycleStart, Order, OrderKind, state_at, why_not
from app.domain.people import Caller, Role
from app.domain.reports import Baseline
from app.domain.rulebook import Rulebook
from app.domain.treatments import Regimen, combined, rescheduled

Milligrams = Annotated[float, Meta(gt=0, le=5000)]
DrugId = Annotated[str, Meta(pattern="^[a-z][a-z0-9_]*$", max_length=64)]
Doses = Annotated[dict[DrugId, Milligrams], Meta(max_length=8)]


class Prescription(Struct, frozen=True, forbid_unknown_fields=True, omit_defaults=True):
    """How a course begins. `doses` in mg per intake by drug; a fixed label dose need not be said. `starts_with`: number of the first
    intake on day 1, from 0 (1 of two: in the evening). `alternate`: another calendar of the regimen, by its place there.
    """

    doses: Doses = {}
    partners: Annotated[tuple[DrugId, ...], Meta(max_length=4)] = ()
    starts_with: Annotated[int, Meta(ge=0, le=5)] = 0
    alternate: Annotated[int, Meta(ge=0, le=10)] | None = None
    ramp_up: bool = True


class OrderContent(Struct, frozen=True, omit_defaults=True):
    """What an order keeps beside its columns."""

    at: datetime
    reason: str
    doses: dict[str, float] = {}
    drugs: tuple[str, ...] = ()
    next_cycle: CycleStart | None = None
    rule: int | None = None


class NewOrder(Struct, frozen=True, forbid_unknown_fields=True, kw_only=True):
    """An order to sign. `after` is the number of the last order that was read; `at` is when it holds from (default: now).

    `rule`: which of the label's dose rules it follows, by its place in the regimen; null when it follows none.
    """

    after: Annotated[int, Meta(ge=0)]
    kind: OrderKind
    reason: Annotated[str, Meta(min_length=1, max_length=200, pattern=r"\S")]
    at: Annotated[datetime, Meta(tz=True)] | None = None
    doses: Doses = {}
    drugs: Annotated[tuple[DrugId, ...], Meta(max_length=8)] = ()
    next_cycle: CycleStart | None = None
    rule: Annotated[int, Meta(ge=0, le=50)] | None = None
    note: Annotated[str, Meta(max_length=2000)] | None = None


class Loaded(Struct, frozen=True):
    """A course with everything that its plan follows from. `regimen` is the rulebook's, without partners."""

    row: CourseRow
    regimen: Regimen
    course: Course
    prescription: Prescription

    @property
    def ended(self) -> bool:
        """Nothing is planned, watched or reminded of any more."""
        return self.row.ended_at is not None or self.row.left_at is not None


class _KeptOrder(Struct, frozen=True):
    number: int
    kind: OrderKind
    content: OrderContent
    entered_by: UUID | None
    entered_at: datetime


class _KeptHours(Struct, frozen=True):
    drug: str
    since: date
    times: tuple[time, ...]


class _KeptZone(Struct, frozen=True):
    since: datetime
    name: str
    before: str


_orders = json.Decoder(list[_KeptOrder])
_hours = json.Decoder(list[_KeptHours])
_zones = json.Decoder(list[_KeptZone])
_prescription = json.Decoder(Prescription)


async def current(con: asyncpg.Connection, rulebook: Rulebook, establishment_id: UUID, patient_id: UUID) -> Loaded:
    """The patient's course. Raises NoCourse."""
    row = await courses.current(con, establishment_id, patient_id)
    if row is None:
        raise NoCourse
    return loaded(row, rulebook)


async def of_patient(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, *, hold: bool = False
) -> Loaded:
    """The course of a patient whom this professional may see; `hold`: nobody else changes or judges it until the transaction ends.

    Raises NotFound, NoCourse.
    """
    if not await patients.may_see(con, caller, patient_id):
        raise NotFound
    if hold:
        await hold_person(con, patient_id)
    return await current(con, rulebook, caller.establishment_id, patient_id)


def loaded(row: CourseRow, rulebook: Rulebook) -> Loaded:
    """A row as the domain reads it."""
    regimen, prescription = rulebook.regimen(row.regimen), _prescription.decode(row.prescription)
    kept = _zones.decode(row.zones)
    zones = (Zone(kept[0].before), *(Zone(z.name, z.since) for z in kept)) if kept else (Zone(row.timezone),)
    hours: dict[str, tuple[Hours, ...]] = {}
    for each in _hours.decode(row.hours):
        hours[each.drug] = (*hours.get(each.drug, ()), Hours(each.times, each.since))
    course = Course(
        regimen=prescribed(regimen, prescription, rulebook),
        started_on=row.started_on,
        zones=zones,
        starts_with=prescription.starts_with,
        doses=dict(prescription.doses),
        hours=hours,
        orders=tuple(_order(kept_order) for kept_order in _orders.decode(row.orders)),
        ramp_up=prescription.ramp_up,
    )
    return Loaded(row, regimen, course, prescription)


def prescribed(regimen: Regimen, prescription: Prescription, rulebook: Rulebook) -> Regimen:
    """The regimen on the calendar that was chosen, with the drugs beside it. What a newer rulebook no longer has is left out."""
    others = regimen.schedule.alternates if regimen.schedule else ()
    if prescription.alternate is not None and prescription.alternate < len(others):
        regimen = rescheduled(regimen, prescription.alternate)
    known = [rulebook.regimens[id_] for id_ in prescription.partners if id_ in rulebook.regimens]
    return combined(regimen, *known)


def _order(kept: _KeptOrder) -> Order:
    c = kept.content
    return Order(
        id=f"{kept.number:06}",
        kind=kept.kind,
        at=c.at,
        signed_by=str(kept.entered_by or ""),
        signed_at=kept.entered_at,
        reason=c.reason,
        doses=c.doses,
        drugs=c.drugs,
        next_cycle=c.next_cycle,
    )


def begins_at(day: date, zone: str) -> datetime:
    """When an adherence day begins where the patient is."""
    return datetime.combine(day, DAY_BEGINS, ZoneInfo(zone))


def check_prescription(rulebook: Rulebook, regimen_id: str, prescription: Prescription) -> Regimen:
    """The regimen as prescribed. Raises ContentRefused for what it does not know."""
    if regimen_id not in rulebook.regimens:
        raise ContentRefused(faults=(Fault("regimen", "Not in the rulebook. Choose one of GET /api/regimens."),))
    regimen, faults = rulebook.regimens[regimen_id], []
    if unknown := set(prescription.partners) - set(regimen.partners):
        faults.append(Fault("partners", f"Not beside this regimen: {', '.join(sorted(unknown))}."))
    schedule = regimen.schedule
    if prescription.alternate is not None and (schedule is None or prescription.alternate >= len(schedule.alternates)):
        faults.append(Fault("alternate", "This regimen has no such calendar."))
    if prescription.starts_with and not (
        schedule and schedule.evening_start and prescription.starts_with < schedule.times_per_day
    ):
        faults.append(Fault("starts_with", "The first dose of this regimen is the first one of its day."))
    if faults:
        raise ContentRefused(faults=tuple(faults))
    whole = prescribed(regimen, prescription, rulebook)
    if strange := set(prescription.doses) - {drug.inn for drug in whole.drugs}:
        raise ContentRefused(faults=(Fault("doses", f"Not a drug of this treatment: {', '.join(sorted(strange))}."),))
    return whole


async def begin(
    con: asyncpg.Connection,
    rulebook: Rulebook,
    caller: Caller,
    patient_id: UUID,
    regimen: str,
    started_on: date,
    baseline: Baseline,
    prescription: Prescription,
    zone: str,
) -> UUID:
    """A course with its first order. The coordination copies it from the prescription; an oncologist's own is signed at once.

    Raises ContentRefused.
    """
    check_prescription(rulebook, regimen, prescription)
    here, course_id = caller.establishment_id, uuid4()
    told, how = json.encode(baseline).decode(), json.encode(prescription).decode()
    await courses.add(con, here, course_id, patient_id, regimen, started_on, told, how)
    content = OrderContent(begins_at(started_on, zone), "enrolment")
    await orders.add(
        con, here, course_id, 1, patient_id, "start", json.encode(content).decode(), None, caller.person_id
    )
    if caller.role is Role.ONCOLOGIST:
        await orders.sign(con, here, course_id, 1, caller.person_id)
    return course_id


def ordered(now_known: Loaded, new: NewOrder, now: datetime, by: UUID) -> tuple[Order, Course]:
    """The order and the course with it. Raises CourseChanged, OrderRefused, ContentRefused."""
    if new.after != now_known.row.last:
        raise CourseChanged
    order = Order(
        id=f"{new.after + 1:06}",
        kind=new.kind,
        at=new.at or now,
        signed_by=str(by),
        signed_at=now,
        reason=new.reason.strip(),
        doses=new.doses,
        drugs=new.drugs,
        next_cycle=new.next_cycle,
    )
    known = {drug.inn for drug in now_known.course.regimen.drugs}
    if strange := (set(new.doses) | set(new.drugs)) - known:
        raise ContentRefused(faults=(Fault("drugs", f"Not a drug of this treatment: {', '.join(sorted(strange))}."),))
    if new.rule is not None and new.rule >= len(now_known.regimen.dose_rules):
        raise ContentRefused(faults=(Fault("rule", "The label of this regimen has no such rule."),))
    if why := why_not(order, now_known.course.orders):
        raise OrderRefused(f"{why[0].upper()}{why[1:]}.", faults=(Fault("kind", why),))
    return order, _with(now_known.course, order)


def _with(course: Course, order: Order) -> Course:
    return replace(course, orders=(*course.orders, order))


async def sign_order(
    con: asyncpg.Connection, caller: Caller, now_known: Loaded, new: NewOrder, now: datetime
) -> tuple[Order, Course]:
    """Append a signed order: the first of two wins, the other is told. Raises CourseChanged, OrderRefused, ContentRefused."""
    order, course = ordered(now_known, new, now, caller.person_id)
    here, row, number = caller.establishment_id, now_known.row, new.after + 1
    content = OrderContent(order.at, order.reason, order.doses, order.drugs, order.next_cycle, new.rule)
    text = json.encode(content).decode()
    if not await orders.add(con, here, row.id, number, row.patient_id, new.kind, text, new.note, caller.person_id):
        raise CourseChanged
    await orders.sign(con, here, row.id, number, caller.person_id)
    await orders.set_state(con, here, row.id, state_at(course.orders, now))
    detail = json.encode({"kind": new.kind, "number": str(number)}).decode()
    await events.add(con, caller, "order_signed", patient_id=row.patient_id, subject_id=row.id, detail=detail)
    return order, course


async def countersign(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, now_known: Loaded, prescription: Prescription | None
) -> None:
    """An oncologist signs the start that the coordination has copied, corrected where it must be. Raises CourseChanged, ContentRefused."""
    row = now_known.row
    if prescription is not None:
        if row.last > 1:
            raise CourseChanged
        check_prescription(rulebook, row.regimen, prescription)
    text = json.encode(prescription).decode() if prescription is not None else None
    if not await orders.sign(con, caller.establishment_id, row.id, 1, caller.person_id, text):
        raise CourseChanged
    detail = json.encode({"kind": "start", "number": "1"}).decode()
    await events.add(con, caller, "order_signed", patient_id=row.patient_id, subject_id=row.id, detail=detail)
