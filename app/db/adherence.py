"""What the last look at a course found, when to look again, and what last was reported."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct


class DueLook(Struct, frozen=True):
    """A course that must be looked at; ids only, the worker that finds it may read no more."""

    establishment_id: UUID
    course_id: UUID
    patient_id: UUID


class StateRow(Struct, frozen=True):
    """What is known of a course's adherence; `facts` and `raised` are JSON."""

    course_id: UUID
    look_at: datetime | None
    looked_at: datetime | None
    counted_on: date | None
    facts: str
    raised: str


WATCH = """
insert into adherence_state (establishment_id, course_id, patient_id, look_at) values ($1, $2, $3, $4)
on conflict (establishment_id, course_id) do update set look_at = excluded.look_at
"""

DUE_LOOKS = """
select establishment_id, course_id, patient_id from adherence_state where look_at <= app_now() order by look_at limit $1
"""

# One worker takes it; whoever comes second finds it locked, or no longer due.
TAKE_LOOK = """
select course_id, look_at, looked_at, counted_on, facts, raised from adherence_state
where establishment_id = $1 and course_id = $2 and look_at <= app_now() for update skip locked
"""

# An intake waits for a sweep that is at the same course, and the other way round.
HOLD_STATE = """
select course_id, look_at, looked_at, counted_on, facts, raised from adherence_state
where establishment_id = $1 and course_id = $2 for update
"""

STATE = """
select course_id, look_at, looked_at, counted_on, facts, raised from adherence_state where establishment_id = $1 and course_id = $2
"""

COUNTED = "update adherence_state set counted_on = $3 where establishment_id = $1 and course_id = $2"

LOOKED = """
update adherence_state set looked_at = app_now(), look_at = $3, facts = $4, raised = $5 where establishment_id = $1 and course_id = $2
"""

# A course that cannot be judged is tried again in an hour; everybody else goes on.
PUT_OFF_LOOK = """
update adherence_state set look_at = app_now() + interval '1 hour'
where establishment_id = $1 and course_id = $2 and look_at <= app_now()
"""

# What missed reports are counted from, and what the last one said.
LAST_REPORT = """
select told_at, content from report where establishment_id = $1 and patient_id = $2 and not quarantined order by told_at desc limit 1
"""


async def watch(
    con: asyncpg.Connection, establishment_id: UUID, course_id: UUID, patient_id: UUID, look_at: datetime | None
) -> None:
    """Look at this course then; None: nothing more to watch."""
    await con.execute(WATCH, establishment_id, course_id, patient_id, look_at)


async def due_looks(con: asyncpg.Connection, batch: int) -> list[DueLook]:
    """Courses whose time has come, longest waiting first."""
    return [DueLook(*row) for row in await con.fetch(DUE_LOOKS, batch)]


async def take(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID) -> StateRow | None:
    """The state, locked; None when another worker is at it or it is no longer due."""
    row = await con.fetchrow(TAKE_LOOK, establishment_id, course_id)
    return row and StateRow(*row)


async def hold(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID) -> StateRow | None:
    """The state, locked until the transaction ends."""
    row = await con.fetchrow(HOLD_STATE, establishment_id, course_id)
    return row and StateRow(*row)


async def state(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID) -> StateRow | None:
    """The state as it stands."""
    row = await con.fetchrow(STATE, establishment_id, course_id)
    return row and StateRow(*row)


async def counted(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID, on: date) -> None:
    """Every day up to this one is counted."""
    await con.execute(COUNTED, establishment_id, course_id, on)


async def put_off(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID) -> None:
    """Try this course again in an hour."""
    await con.execute(PUT_OFF_LOOK, establishment_id, course_id)


async def looked(
    con: asyncpg.Connection,
    establishment_id: UUID,
    course_id: UUID,
    look_at: datetime | None,
    facts: str,
    raised: str,
) -> None:
    """What was found, and when to look again."""
    await con.execute(LOOKED, establishment_id, course_id, look_at, facts, raised)


async def last_report(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> tuple[datetime, str] | None:
    """When the patient last told how they are, and what (JSON)."""
    row = await con.fetchrow(LAST_REPORT, establishment_id, patient_id)
    return row and (row[0], row[1])
