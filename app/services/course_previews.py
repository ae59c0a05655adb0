"""Whole cycles before anything is signed: what an order or a new treatment would set in motion."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.domain.courses import Course, Zone, day_of, zone_at
from app.domain.orders import Order, state_at
from app.domain.people import Caller
from app.domain.rulebook import Rulebook
from app.domain.schedules import Slot, preview, schedule, too_close
from app.services import courses
from app.services.course_pages import cycle_day
from app.services.courses import NewOrder, Prescription
from app.services.plans import PlanSlot, PlanUnits, plan_slot


class PreviewAsk(Struct, frozen=True, forbid_unknown_fields=True):
    """The order to look at before it is signed, and which cycle (default: the one it begins in)."""

    order: NewOrder
    cycle: int | None = None


class CloseDoses(Struct, frozen=True):
    """Two intakes of a drug nearer to each other than half its interval: after a journey the patient asks before the second one."""

    drug: str
    before_at: datetime
    at: datetime


class CyclePage(Struct, frozen=True):
    """A whole cycle as it would be: every intake, doses that the boxes cannot make, boxes needed, intakes that come too close."""

    cycle: int
    cycle_days: int | None
    zone: str
    state: str
    slots: list[PlanSlot]
    problems: list[str]
    boxes: dict[str, list[PlanUnits]]
    intakes: int
    too_close: list[CloseDoses]


class NewCourse(Struct, frozen=True, forbid_unknown_fields=True):
    """Another treatment, once the last one has ended."""

    regimen: str
    started_on: date
    prescription: Prescription | None = None


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
        cycle_days=course.regimen.schedule.cycle_days if course.regimen.schedule else None,
        zone=zone_at(course.zones, at),
        state=state_at(course.orders, at),
        slots=[plan_slot(slot) for slot in seen.slots],
        problems=list(seen.problems),
        boxes={inn: [PlanUnits(u.count, u.strength_mg, u.written) for u in each] for inn, each in seen.boxes.items()},
        intakes=_intakes(seen.slots),
        too_close=_close(course, seen.slots, at),
    )


def _close(course: Course, slots: tuple[Slot, ...], since: datetime) -> list[CloseDoses]:
    """Those of the cycle that are still to come, with the end of the cycle before it in sight."""
    if not slots:
        return []
    around = schedule(course, slots[0].day - timedelta(days=2), slots[-1].day)
    mine = {slot.key for slot in slots if slot.due_at >= since}
    return [CloseDoses(a.drug, a.due_at, b.due_at) for a, b in too_close(course, around) if b.key in mine]


def _intakes(slots: tuple[Slot, ...]) -> int:
    return sum(1 for slot in slots if not slot.held)
