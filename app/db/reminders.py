"""Reminders of intakes: what the patient accepted, what is to be sent, and up to when it has been written down."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

import asyncpg
from msgspec import Struct


class Setting(Struct, frozen=True):
    """What the patient accepted: a reminder for each intake, and so many more while it is not answered."""

    enabled: bool = True
    repeats: int = 0
    repeat_minutes: int = 60


class DueReminder(Struct, frozen=True):
    """A reminder whose time has come."""

    establishment_id: UUID
    course_id: UUID
    patient_id: UUID
    slot_on: date
    clock: time
    turn: int
    due_at: datetime
    until_at: datetime
    at: datetime


class DuePlan(Struct, frozen=True):
    """A course whose reminders run out."""

    establishment_id: UUID
    course_id: UUID
    patient_id: UUID


class Times(Struct, frozen=True):
    """Columns of reminders, one entry per reminder."""

    days: list[date]
    clocks: list[time]
    turns: list[int]
    due: list[datetime]
    until: list[datetime]


SETTING = (
    "select enabled, repeats, repeat_minutes from reminder_setting where establishment_id = $1 and patient_id = $2"
)

SET_SETTING = """
insert into reminder_setting (establishment_id, patient_id, enabled, repeats, repeat_minutes, changed_at)
values ($1, $2, $3, $4, $5, app_now())
on conflict (establishment_id, patient_id) do update set enabled = excluded.enabled, repeats = excluded.repeats,
    repeat_minutes = excluded.repeat_minutes, changed_at = excluded.changed_at
"""

# Only what was never sent goes: a reminder that went out keeps its place, so that a plan made anew sends nothing twice.
CLEAR = "delete from reminder where establishment_id = $1 and course_id = $2 and state = 'waiting'"

WRITE_DOWN = """
insert into reminder (establishment_id, course_id, patient_id, slot_on, clock, turn, due_at, until_at, state)
select $1, $2, $3, r.slot_on, r.clock, r.turn, r.due_at, r.until_at, 'waiting'
from unnest($4::date[], $5::time[], $6::smallint[], $7::timestamptz[], $8::timestamptz[]) r (slot_on, clock, turn, due_at, until_at)
on conflict do nothing
"""

EXTENDED = """
insert into reminder_plan (establishment_id, course_id, patient_id, until_at, extend_at) values ($1, $2, $3, $4, $5)
on conflict (establishment_id, course_id) do update set until_at = excluded.until_at, extend_at = excluded.extend_at
"""

# An answer settles what is still to come for that intake; the last turn may be under way already.
ANSWERED = """
update reminder set state = 'answered', settled_at = app_now()
where establishment_id = $1 and course_id = $2 and slot_on = $3 and clock = $4 and state = 'waiting'
"""

# "Later": what was still to come for this intake gives way to one more, within the window only.
SNOOZE = """
with gone as (
    delete from reminder where establishment_id = $1 and course_id = $3 and patient_id = $2 and slot_on = $4 and clock = $5
                           and state = 'waiting' and $6 > app_now()
)
insert into reminder (establishment_id, course_id, patient_id, slot_on, clock, turn, due_at, until_at, state)
select establishment_id, course_id, patient_id, slot_on, clock, max(turn) + 1, $6, max(until_at), 'waiting'
from reminder where establishment_id = $1 and course_id = $3 and patient_id = $2 and slot_on = $4 and clock = $5 and state <> 'answered'
group by establishment_id, course_id, patient_id, slot_on, clock
having max(until_at) > $6 and $6 > app_now()
returning due_at
"""

# Every one that is due, however many a night without a worker has left; of two workers each takes others.
DUE = """
select establishment_id, course_id, patient_id, slot_on, clock, turn, due_at, until_at, app_now()
from reminder where state = 'waiting' and due_at <= app_now() order by due_at limit $1 for update skip locked
"""

SETTLE = """
update reminder r set state = s.state, settled_at = app_now()
from unnest($1::uuid[], $2::uuid[], $3::date[], $4::time[], $5::smallint[], $6::text[])
     s (establishment_id, course_id, slot_on, clock, turn, state)
where (r.establishment_id, r.course_id, r.slot_on, r.clock, r.turn) = (s.establishment_id, s.course_id, s.slot_on, s.clock, s.turn)
"""

DUE_PLANS = """
select establishment_id, course_id, patient_id from reminder_plan where extend_at <= app_now() order by extend_at limit $1
"""

# The row that a worker found is taken by one of them only; it may have moved on meanwhile.
TAKE_PLAN = """
select until_at from reminder_plan
where establishment_id = $1 and course_id = $2 and extend_at <= app_now() for update skip locked
"""

# A course whose plan cannot be made is tried again in an hour.
PUT_OFF_PLAN = """
update reminder_plan set extend_at = app_now() + interval '1 hour'
where establishment_id = $1 and course_id = $2 and extend_at <= app_now()
"""

# What was settled long ago no longer guards against anything: its window has been over for months.
FORGET_OLD = "delete from reminder where state <> 'waiting' and until_at < app_now() - interval '60 days'"


async def setting(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> Setting:
    """What the patient accepted; the default until they choose."""
    row = await con.fetchrow(SETTING, establishment_id, patient_id)
    return Setting(row["enabled"], row["repeats"], row["repeat_minutes"]) if row else Setting()


async def set_setting(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, s: Setting) -> None:
    """The patient's choice."""
    args = establishment_id, patient_id, s.enabled, s.repeats, s.repeat_minutes
    await con.execute(SET_SETTING, *args)


async def clear(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID) -> None:
    """Nothing that was not sent is sent."""
    await con.execute(CLEAR, establishment_id, course_id)


async def write_down(
    con: asyncpg.Connection,
    establishment_id: UUID,
    course_id: UUID,
    patient_id: UUID,
    times: Times,
    until_at: datetime,
    extend_at: datetime | None,
) -> None:
    """Reminders to come, and when to write the next ones."""
    if times.days:
        args = times.days, times.clocks, times.turns, times.due, times.until
        await con.execute(WRITE_DOWN, establishment_id, course_id, patient_id, *args)
    await con.execute(EXTENDED, establishment_id, course_id, patient_id, until_at, extend_at)


async def answered(
    con: asyncpg.Connection, establishment_id: UUID, course_id: UUID, slot_on: date, clock: time
) -> None:
    """This intake was told: it needs no reminder."""
    await con.execute(ANSWERED, establishment_id, course_id, slot_on, clock)


async def snooze(
    con: asyncpg.Connection,
    establishment_id: UUID,
    patient_id: UUID,
    course_id: UUID,
    slot_on: date,
    clock: time,
    until: datetime,
) -> datetime | None:
    """Remind again then; None outside the window, or when there was nothing to put off."""
    args = establishment_id, patient_id, course_id, slot_on, clock, until
    return await con.fetchval(SNOOZE, *args)


async def due(con: asyncpg.Connection, batch: int) -> list[DueReminder]:
    """Reminders whose time has come, locked until the transaction ends."""
    return [DueReminder(*row) for row in await con.fetch(DUE, batch)]


async def settle(con: asyncpg.Connection, settled: list[tuple[DueReminder, str]]) -> None:
    """What became of each."""
    await con.execute(
        SETTLE,
        [r.establishment_id for r, _ in settled],
        [r.course_id for r, _ in settled],
        [r.slot_on for r, _ in settled],
        [r.clock for r, _ in settled],
        [r.turn for r, _ in settled],
        [state for _, state in settled],
    )


async def due_plans(con: asyncpg.Connection, batch: int) -> list[DuePlan]:
    """Courses whose reminders run out."""
    return [DuePlan(*row) for row in await con.fetch(DUE_PLANS, batch)]


async def take_plan(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID) -> datetime | None:
    """Up to when reminders are written down; None when another worker is at it or it is no longer due."""
    return await con.fetchval(TAKE_PLAN, establishment_id, course_id)


async def put_off(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID) -> None:
    """Try this course again in an hour."""
    await con.execute(PUT_OFF_PLAN, establishment_id, course_id)


async def forget_old(con: asyncpg.Connection) -> None:
    """Rows that no longer guard against anything."""
    await con.execute(FORGET_OLD)
