"""Reminders of intakes: written down ahead from the plan, sent when due, put off, and gone once the intake is told."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated
from uuid import UUID

import asyncpg
from msgspec import Meta, Struct

from app.db import intakes, notices, reminders
from app.db.reminders import DueReminder, Setting, Times
from app.domain.courses import day_of, hours_on, schedule_of
from app.domain.errors import CannotSnooze
from app.domain.notices import NewNotice, NoticeKind, PersonKind
from app.domain.rulebook import Rulebook
from app.domain.schedules import Slot, SlotKey, schedule
from app.services.adherence import entry, main_drug
from app.services.courses import Loaded, current

AHEAD = timedelta(days=14)  # written down so far ahead
EXTEND_BEFORE = timedelta(days=4)  # and prolonged this long before the end: a worker may be away for a long weekend


class Snooze(Struct, frozen=True, forbid_unknown_fields=True):
    """Remind of this intake again in so many minutes."""

    drug: Annotated[str, Meta(max_length=64)]
    day: date
    number: Annotated[int, Meta(ge=0, le=23)]
    minutes: Annotated[int, Meta(ge=5, le=180)]


class Snoozed(Struct, frozen=True):
    """When it comes again."""

    at: datetime


def clock_of(known: Loaded, slot: Slot) -> time:
    """What the patient's clock shows when this intake is due; several drugs at one hour are one reminder."""
    drug = next(d for d in known.course.regimen.drugs if d.inn == slot.drug)
    line = schedule_of(known.course, drug)
    assert line is not None  # noqa: S101 - a slot has a calendar
    return hours_on(known.course, drug, line, slot.day)[slot.number]


def write_out(
    known: Loaded, setting: Setting, answered: Collection[SlotKey], since: datetime, until: datetime, now: datetime
) -> Times:
    """Every reminder from `since` to `until` whose intake can still be taken in time: not on hold, not answered."""
    if not setting.enabled or known.ended:
        return Times([], [], [], [], [])
    zones = known.course.zones
    slots = schedule(known.course, day_of(zones, since) - timedelta(days=1), day_of(zones, until))
    hours: dict[tuple[date, time], list[Slot]] = defaultdict(list)
    for slot in slots:
        if not slot.held and slot.key not in answered:
            hours[slot.day, clock_of(known, slot)].append(slot)
    times = Times([], [], [], [], [])
    for (day, clock), together in sorted(hours.items()):
        due, closes = min(s.due_at for s in together), min(s.closes_at for s in together)
        if not (since < due <= until) or closes <= now:
            continue
        for turn in range(setting.repeats + 1):
            at = due + timedelta(minutes=turn * setting.repeat_minutes)
            if at < closes:
                times.days.append(day)
                times.clocks.append(clock)
                times.turns.append(turn)
                times.due.append(at)
                times.until.append(closes)
    return times


async def rewrite(con: asyncpg.Connection, establishment_id: UUID, known: Loaded, now: datetime) -> None:
    """The plan, the hours or the wish has changed: what is still to come is written down anew, what is under way is called back."""
    row = known.row
    await reminders.clear(con, establishment_id, row.id)
    await _write(con, establishment_id, known, now, now)


async def _write(
    con: asyncpg.Connection, establishment_id: UUID, known: Loaded, since: datetime, now: datetime
) -> None:
    row, until = known.row, now + AHEAD
    setting = await reminders.setting(con, establishment_id, row.patient_id)
    today, main = day_of(known.course.zones, now), main_drug(known)
    first = day_of(known.course.zones, since) - timedelta(days=1)
    told = await intakes.of_course(con, establishment_id, row.patient_id, row.id, min(first, today), today + AHEAD)
    answered = {key for each in told if (key := entry(each, main).key)}
    times = write_out(known, setting, answered, since, until, now)
    wanted = setting.enabled and not known.ended
    extend = until - EXTEND_BEFORE if wanted else None
    await reminders.write_down(con, establishment_id, row.id, row.patient_id, times, until, extend)


async def extend(con: asyncpg.Connection, establishment_id: UUID, known: Loaded, now: datetime) -> bool:
    """Write down what comes next, when it is time to; False when another worker is at it. A hole left by a stopped worker is filled."""
    known_until = await reminders.take_plan(con, establishment_id, known.row.id)
    if known_until is None:
        return False
    await _write(con, establishment_id, known, known_until, now)
    return True


async def answered(
    con: asyncpg.Connection, establishment_id: UUID, known: Loaded, slot: Slot, told: Collection[SlotKey]
) -> None:
    """An intake was told: once every drug of its hour is, nobody is reminded of that hour any more."""
    clock = clock_of(known, slot)
    same = [s for s in schedule(known.course, slot.day, slot.day) if clock_of(known, s) == clock and not s.held]
    if all(s.key in told for s in same):
        await reminders.answered(con, establishment_id, known.row.id, slot.day, clock)


async def snooze(con: asyncpg.Connection, rulebook: Rulebook, here: UUID, patient_id: UUID, wish: Snooze) -> Snoozed:
    """Put a reminder off, within the intake's window. Raises NoCourse, CannotSnooze."""
    known = await current(con, rulebook, here, patient_id)
    slots = schedule(known.course, wish.day, wish.day)
    slot = next((s for s in slots if s.key == (wish.drug, wish.day, wish.number)), None)
    if slot is None:
        raise CannotSnooze
    at = known.row.now + timedelta(minutes=wish.minutes)
    clock = clock_of(known, slot)
    if await reminders.snooze(con, here, patient_id, known.row.id, wish.day, clock, at) is None:
        raise CannotSnooze
    return Snoozed(at.astimezone(UTC))


async def send_due(con: asyncpg.Connection, batch: int = 500) -> int:
    """Every reminder whose time has come goes to the outbox, once; one whose window is over goes nowhere. How many were settled.

    Runs as the worker: it sees an hour and a person, and nothing clinical.
    """
    found = await reminders.due(con, batch)
    if wanted := [due for due in found if due.at < due.until_at]:
        await notices.put_all(con, [notice_of(due) for due in wanted])
    if found:
        await reminders.settle(con, [(due, "sent" if due.at < due.until_at else "expired") for due in found])
    return len(found)


def notice_of(due: DueReminder) -> NewNotice:
    """What is sent: that something waits in Vigie, and not a word of what."""
    return NewNotice(
        establishment_id=due.establishment_id,
        person_kind=PersonKind.PATIENT,
        person_id=due.patient_id,
        kind=NoticeKind.INTAKE_REMINDER,
        dedupe_key=f"intake:{due.course_id}:{due.slot_on}:{due.clock:%H:%M}:{due.turn}",
        expires_at=due.until_at,
        subject_id=due.course_id,
    )


async def call_back(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID) -> None:
    """A hold, a stop, a death: what has not been read yet is not to be read any more."""
    await notices.cancel_about(con, establishment_id, NoticeKind.INTAKE_REMINDER, course_id)
