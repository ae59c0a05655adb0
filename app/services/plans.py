"""The plan as the phone keeps it: this cycle and the next, what was told of it, and which orders it follows from."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from msgspec import Meta, Struct

from app.db import boxes, courses, events, intakes, orders, reminders
from app.db.intakes import IntakeRow
from app.db.reminders import Setting
from app.domain.calendars import calendar
from app.domain.courses import day_of, hours_on, main_drugs, schedule_of
from app.domain.dosing import sold_as
from app.domain.errors import ContentRefused, Fault
from app.domain.intakes import UNDO
from app.domain.orders import state_at
from app.domain.people import Caller
from app.domain.rulebook import Rulebook
from app.domain.schedules import Slot, schedule, too_close
from app.domain.texts import Text
from app.domain.treatments import IntakeTexts
from app.services.courses import Loaded, current

TOLD_DAYS = 14  # what was told of the last days, for the phone to show and to correct
LEAST_DAYS = 28  # of a weekly drug more than two cycles are kept: a phone may be without network for weeks


class PlanUnits(Struct, frozen=True):
    """So many tablets of one strength."""

    count: int
    strength_mg: float
    written: str


class PlanSlot(Struct, frozen=True):
    """One intake: all tablets of one drug at one time. `day` and `number` name it; `mg` null: the dose is not recorded yet."""

    drug: str
    day: date
    number: int
    due_at: datetime
    opens_at: datetime
    closes_at: datetime
    cycle: int
    day_of_cycle: int
    mg: float | None
    units: list[PlanUnits]
    held: bool


class BoxStrength(Struct, frozen=True):
    """A strength in which a drug is sold, and how it is written on the box."""

    mg: float
    written: str


class PlanDrug(Struct, frozen=True):
    """A drug of the plan: its name, its hours, what its own leaflet says about food and mishaps, and every strength that it comes in."""

    id: str
    title: Text
    hours: list[time]
    texts: IntakeTexts | None
    strengths: list[BoxStrength]


class PlanOrder(Struct, frozen=True):
    """An order, in what a patient must know of it."""

    number: int
    kind: str
    at: datetime
    drugs: list[str]
    signed: bool


class PlanIntake(Struct, frozen=True):
    """What was told of a dose, and until when it can be undone. `by`: patient, caregiver or staff."""

    id: UUID
    drug: str
    day: date
    number: int | None
    state: str
    reason: str | None
    mg: float | None
    taken_at: datetime
    recorded_at: datetime
    undo_until: datetime
    by: str


class BoxTime(Struct, frozen=True):
    """A time in which a smart box is not in use, now or later; without an end: until it is used again."""

    from_at: datetime
    until_at: datetime | None


class PlanBox(Struct, frozen=True):
    """A smart box in use, and when it is not."""

    id: UUID
    title: Text
    label: str
    pauses: list[BoxTime]


class Plan(Struct, frozen=True):
    """The whole plan, for when there is no network. `version` is the number of the last order.

    `asked_from`: doses that were due before are nobody's to answer for, the patient was not followed yet.
    """

    course_id: UUID
    version: int
    read_version: int
    regimen: str
    title: Text
    state: str
    zone: str
    made_at: datetime
    asked_from: datetime
    first: date
    last: date
    drugs: list[PlanDrug]
    slots: list[PlanSlot]
    orders: list[PlanOrder]
    intakes: list[PlanIntake]
    reminders: Setting
    too_close: list[tuple[datetime, datetime]]
    boxes: list[PlanBox]


class PlanRead(Struct, frozen=True, forbid_unknown_fields=True):
    """The phone shows the plan up to this order."""

    course_id: UUID
    version: Annotated[int, Meta(ge=1)]


class DrugHours(Struct, frozen=True, forbid_unknown_fields=True):
    """The patient's own hours of a drug, one for each intake of a day, in the order of a day that begins at 03:00."""

    drug: Annotated[str, Meta(max_length=64)]
    times: Annotated[list[time], Meta(min_length=1, max_length=24)]


class ReminderChoice(Struct, frozen=True, forbid_unknown_fields=True):
    """What the patient wants: reminders or none, how many more while an intake is not answered, own hours, and where they are."""

    enabled: bool
    repeats: Annotated[int, Meta(ge=0, le=2)] = 0
    repeat_minutes: Annotated[int, Meta(ge=15, le=240)] = 60
    hours: Annotated[list[DrugHours], Meta(max_length=8)] = []
    zone: Annotated[str, Meta(max_length=64, examples=["Europe/Paris"])] | None = None


async def plan(con: asyncpg.Connection, rulebook: Rulebook, establishment_id: UUID, patient_id: UUID) -> Plan:
    """The patient's plan. Raises NoCourse."""
    return await plan_of(con, rulebook, establishment_id, await current(con, rulebook, establishment_id, patient_id))


async def plan_of(con: asyncpg.Connection, rulebook: Rulebook, establishment_id: UUID, known: Loaded) -> Plan:
    """The plan of a loaded course."""
    row, course = known.row, known.course
    today = day_of(course.zones, row.now)
    first, last = horizon(known, today)
    slots = [] if row.left_at else list(schedule(course, first, last))
    told = await intakes.of_course(
        con, establishment_id, row.patient_id, row.id, today - timedelta(days=TOLD_DAYS), today + timedelta(days=1)
    )
    listed = await orders.of_course(con, establishment_id, row.id)
    return Plan(
        course_id=row.id,
        version=row.last,
        read_version=max((o.number for o in listed if o.read_at), default=0),
        regimen=row.regimen,
        title=known.regimen.title,
        state=state_at(course.orders, row.now),
        zone=row.timezone,
        made_at=row.now,
        asked_from=row.created_at,
        first=first,
        last=last,
        drugs=plan_drugs(known, rulebook, today),
        slots=[plan_slot(slot) for slot in slots],
        orders=[
            PlanOrder(
                o.number, o.kind, known.course.orders[n].at, list(known.course.orders[n].drugs), o.signed_at is not None
            )
            for n, o in enumerate(listed)
        ],
        intakes=[plan_intake(each) for each in told],
        reminders=await reminders.setting(con, establishment_id, row.patient_id),
        too_close=[(a.due_at, b.due_at) for a, b in too_close(course, slots)],
        boxes=await _boxes(con, establishment_id, known),
    )


async def _boxes(con: asyncpg.Connection, establishment_id: UUID, known: Loaded) -> list[PlanBox]:
    row, titles = known.row, {drug.inn: drug.title for drug in known.course.regimen.drugs}
    issued = await boxes.of_patient(con, establishment_id, row.patient_id)
    mine = [b for b in issued if b.revoked_at is None and b.course_id == row.id and b.drug in titles]
    paused = await boxes.pauses(con, establishment_id, row.patient_id) if mine else []
    lasting = [p for p in paused if p.until_at is None or p.until_at > row.now]
    return [
        PlanBox(b.id, titles[b.drug], b.label, [BoxTime(p.from_at, p.until_at) for p in lasting if p.box_id == b.id])
        for b in mine
    ]


def horizon(known: Loaded, today: date) -> tuple[date, date]:
    """This cycle and the next one of the main drug, and no less than four weeks; of a course that has not begun the first two."""
    course, start = known.course, max(today, known.course.started_on)
    main = next(iter(main_drugs(course)), None)
    line = schedule_of(course, main) if main else None
    whole = calendar(course, main, start, start) if main else None
    if line is None or whole is None:
        return start, start + timedelta(days=LEAST_DAYS - 1)
    first = start - timedelta(days=max(whole.cycle_day(0)[1], 1) - 1)
    return first, max(first + timedelta(days=2 * line.cycle_days - 1), start + timedelta(days=LEAST_DAYS - 1))


def plan_slot(slot: Slot) -> PlanSlot:
    """A slot as the phone reads it."""
    window = timedelta(hours=slot.window_h)
    return PlanSlot(
        slot.drug,
        slot.day,
        slot.number,
        slot.due_at,
        slot.due_at - window,
        slot.closes_at,
        slot.cycle,
        slot.cycle_day,
        slot.mg,
        [PlanUnits(u.count, u.strength_mg, u.written) for u in slot.units],
        slot.held,
    )


def plan_drugs(known: Loaded, rulebook: Rulebook, today: date) -> list[PlanDrug]:
    """Each drug with its hours; a partner has the texts of its own regimen."""
    lines, texts = [], drug_texts(known, rulebook)
    for drug in known.course.regimen.drugs:
        line = schedule_of(known.course, drug)
        hours = list(hours_on(known.course, drug, line, today)) if line else []
        sold = [BoxStrength(mg, written) for mg, written in sold_as(drug)]
        lines.append(PlanDrug(drug.inn, drug.title, hours, texts.get(drug.inn), sold))
    return lines


def drug_texts(known: Loaded, rulebook: Rulebook) -> dict[str, IntakeTexts]:
    """What the leaflet says of each drug: the regimen's own, or that of the regimen it comes from as a partner."""
    found = {}
    for drug in known.course.regimen.drugs:
        sources = [rulebook.regimens[id_] for id_ in known.prescription.partners if id_ in rulebook.regimens]
        own = next((r for r in sources if any(d.inn == drug.inn for d in r.drugs)), known.regimen)
        if own.intake is not None:
            found[drug.inn] = own.intake
    return found


def plan_intake(row: IntakeRow) -> PlanIntake:
    """An intake as its patient sees it again."""
    return PlanIntake(
        row.id,
        row.drug,
        row.slot_on,
        row.slot,
        row.state,
        row.reason,
        row.mg,
        row.taken_at,
        row.recorded_at,
        row.recorded_at + UNDO,
        row.author_kind,
    )


async def read(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, told: PlanRead) -> None:
    """A receipt of the phone; saying it twice changes nothing."""
    await orders.read(con, establishment_id, patient_id, told.course_id, told.version)


async def choose(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, choice: ReminderChoice) -> Loaded:
    """Keep what the patient wants; the course as it is then. Raises NoCourse, ContentRefused."""
    here, patient = caller.establishment_id, caller.person_id
    known = await current(con, rulebook, here, patient)
    if choice.zone is not None:
        _refuse_unknown_zone(choice.zone)
        if await courses.move(con, here, patient, choice.zone):
            await events.add(con, caller, "zone_changed", patient_id=patient, subject_id=known.row.id)
    today = day_of(known.course.zones, known.row.now)
    for n, wanted in enumerate(choice.hours):
        drug = next((d for d in known.course.regimen.drugs if d.inn == wanted.drug), None)
        line = schedule_of(known.course, drug) if drug else None
        if line is None or len(wanted.times) != line.times_per_day:
            fault = Fault(f"hours.{n}", "One hour for each intake of this drug, as in GET /api/plan.")
            raise ContentRefused(faults=(fault,))
        since = max(today, known.row.started_on)  # what is planned for the past keeps its hours
        times = sorted(wanted.times, key=lambda t: (t < time(3), t))
        await courses.set_hours(con, here, known.row.id, patient, wanted.drug, since, times)
    await reminders.set_setting(con, here, patient, Setting(choice.enabled, choice.repeats, choice.repeat_minutes))
    return await current(con, rulebook, here, patient)


def _refuse_unknown_zone(name: str) -> None:
    try:
        ZoneInfo(name)
    except (KeyError, ValueError, OSError):
        fault = Fault("zone", "Not a time zone. Use an IANA name such as Europe/Paris.")
        raise ContentRefused(faults=(fault,)) from None
