"""Intakes: kept once under the phone's own id, undone, corrected, read back."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.db.sessions import teller
from app.domain.people import Author


class Kept(Struct, frozen=True):
    """An intake as it is written."""

    id: UUID
    course_id: UUID
    drug: str
    slot_on: date
    slot: int | None
    state: str
    reason: str | None
    mg: float | None
    planned_at: datetime | None
    taken_at: datetime
    author_kind: str
    author_id: UUID
    content: str
    content_sha256: bytes
    replaces: UUID | None


class IntakeRow(Struct, frozen=True):
    """An intake as it counts now: not undone, not replaced."""

    id: UUID
    drug: str
    slot_on: date
    slot: int | None
    state: str
    reason: str | None
    mg: float | None
    planned_at: datetime | None
    taken_at: datetime
    recorded_at: datetime
    author_kind: str
    author_id: UUID
    replaces: UUID | None


class Held(Struct, frozen=True):
    """What is there already under an id."""

    id: UUID
    content_sha256: bytes | None
    recorded_at: datetime
    undone_at: datetime | None
    course_id: UUID
    slot_on: date
    answer: str | None


class StopRow(Struct, frozen=True):
    """A time in which the patient had stopped alone."""

    id: UUID
    at: datetime
    reason: str
    resumed_at: datetime | None


class Opening(Struct, frozen=True):
    """Who tells, on which course, at what time; and what this id holds already."""

    course_id: UUID | None
    now: datetime
    timezone: str
    locale: str
    author: Author


# Who may submit, in the same words as for a report (charts.LOAD_CHART).
OPEN_INTAKE = f"""
select c.id as course_id, t.at, p.timezone, p.locale, teller.kind, teller.person_id
from (select app_now() as at) t
join patient p on p.establishment_id = $1 and p.id = $2
left join lateral (select id from course c where c.establishment_id = $1 and c.patient_id = $2
                   order by c.created_at desc, c.id limit 1) c on true
{teller("$3")}
"""  # noqa: S608 - constants only

HELD = """
select id, content_sha256, recorded_at, undone_at, course_id, slot_on, answer from intake
where establishment_id = $1 and patient_id = $2 and id = $3
"""

ADD_INTAKE = """
insert into intake (establishment_id, patient_id, id, course_id, drug, slot_on, slot, state, reason, mg, planned_at, taken_at, author_kind,
                    author_id, content, content_sha256, replaces, recorded_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16, $17, app_now())
on conflict do nothing returning id
"""

KEEP_INTAKE_CONFLICT = """
insert into intake_conflict (establishment_id, patient_id, intake_id, content_sha256, content, received_at)
values ($1, $2, $3, $4, $5, app_now()) on conflict do nothing returning intake_id
"""

# Only who told it takes it back, and only for so long: after that a correction is a new entry.
UNDO = """
update intake set undone_at = app_now(), undone_by = $4
where establishment_id = $1 and patient_id = $2 and id = $3 and author_id = $4 and undone_at is null
  and recorded_at >= app_now() - $5::interval
returning id
"""

# What counts: not undone, and not replaced by an entry that counts.
INTAKES = """
select i.id, i.drug, i.slot_on, i.slot, i.state, i.reason, i.mg, i.planned_at, i.taken_at, i.recorded_at, i.author_kind, i.author_id,
       i.replaces
from intake i
where i.establishment_id = $1 and i.patient_id = $2 and i.course_id = $3 and i.slot_on >= $4 and i.slot_on <= $5 and i.undone_at is null
  and not exists (select from intake n where n.establishment_id = $1 and n.patient_id = $2 and n.replaces = i.id and n.undone_at is null)
order by i.taken_at, i.id
"""

# Whether the course has begun: any dose that was taken before these days.
BEGUN_BEFORE = """
select i.id, i.drug, i.slot_on, i.slot, i.state, i.reason, i.mg, i.planned_at, i.taken_at, i.recorded_at, i.author_kind, i.author_id,
       i.replaces
from intake i
where i.establishment_id = $1 and i.course_id = $2 and i.slot_on < $3 and i.undone_at is null and i.state <> 'missed'
order by i.slot_on limit 1
"""

# The first and the last dose of each drug: what initiation and persistence are told by.
FIRST_AND_LAST = """
select distinct on (i.drug, e.way) i.id, i.drug, i.slot_on, i.slot, i.state, i.reason, i.mg, i.planned_at, i.taken_at, i.recorded_at,
       i.author_kind, i.author_id, i.replaces
from intake i, (values (1), (-1)) e (way)
where i.establishment_id = $1 and i.patient_id = $2 and i.course_id = $3 and i.undone_at is null and i.state <> 'missed'
  and not exists (select from intake n where n.establishment_id = $1 and n.patient_id = $2 and n.replaces = i.id and n.undone_at is null)
order by i.drug, e.way, e.way * (i.slot_on - date '2000-01-01'), i.id
"""

ANSWERED = "update intake set answer = $4 where establishment_id = $1 and patient_id = $2 and id = $3"

STOP = """
insert into patient_stop (establishment_id, patient_id, id, course_id, at, reason, author_kind, author_id, recorded_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, app_now()) on conflict do nothing returning id
"""

RESUMED = """
update patient_stop set resumed_at = $3 where establishment_id = $1 and course_id = $2 and resumed_at is null and at <= $3
"""

STOPS = (
    "select id, at, reason, resumed_at from patient_stop where establishment_id = $1 and course_id = $2 order by at, id"
)

INTAKE_CONFLICTS = """
select count(*) from intake_conflict where establishment_id = $1 and patient_id = $2
"""


async def opening(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, token_hashes: list[bytes]
) -> Opening | None:
    """The patient's course and the time; None when the credential does not speak for this patient, or no longer."""
    row = await con.fetchrow(OPEN_INTAKE, establishment_id, patient_id, token_hashes)
    if row is None:
        return None
    course, now, timezone, locale, kind, author = row
    return Opening(course, now, timezone, locale, Author(kind, author))


async def held(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, intake_id: UUID) -> Held | None:
    """What is there already under this id."""
    row = await con.fetchrow(HELD, establishment_id, patient_id, intake_id)
    return row and Held(*row)


async def add(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, kept: Kept) -> bool:
    """Keep an intake; False when its id is there already."""
    k = kept
    return (
        await con.fetchval(
            ADD_INTAKE,
            establishment_id,
            patient_id,
            k.id,
            k.course_id,
            k.drug,
            k.slot_on,
            k.slot,
            k.state,
            k.reason,
            k.mg,
            k.planned_at,
            k.taken_at,
            k.author_kind,
            k.author_id,
            k.content,
            k.content_sha256,
            k.replaces,
        )
        is not None
    )


async def keep_conflict(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, intake_id: UUID, sha256: bytes, content: str
) -> bool:
    """Keep the second content sent under one id, for a human to see; False when it is kept already."""
    args = establishment_id, patient_id, intake_id, sha256, content
    return await con.fetchval(KEEP_INTAKE_CONFLICT, *args) is not None


async def undo(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, intake_id: UUID, by: UUID, within: timedelta
) -> bool:
    """Take it back; False when it is not theirs, too old, or taken back already."""
    return await con.fetchval(UNDO, establishment_id, patient_id, intake_id, by, within) is not None


async def of_course(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, course_id: UUID, first: date, last: date
) -> list[IntakeRow]:
    """What counts of a course's intakes on these days (both included), in the order of taking."""
    rows = await con.fetch(INTAKES, establishment_id, patient_id, course_id, first, last)
    return [IntakeRow(*row) for row in rows]


async def begun_before(
    con: asyncpg.Connection, establishment_id: UUID, course_id: UUID, before: date
) -> IntakeRow | None:
    """A dose that was taken before a day, if any was."""
    row = await con.fetchrow(BEGUN_BEFORE, establishment_id, course_id, before)
    return row and IntakeRow(*row)


async def first_and_last(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, course_id: UUID
) -> list[IntakeRow]:
    """The first and the last dose of each drug."""
    rows = await con.fetch(FIRST_AND_LAST, establishment_id, patient_id, course_id)
    return [IntakeRow(*row) for row in rows]


async def answered(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, intake_id: UUID, answer: str
) -> None:
    """What the phone was told (JSON), to be told again when it asks twice."""
    await con.execute(ANSWERED, establishment_id, patient_id, intake_id, answer)


async def stop(
    con: asyncpg.Connection,
    establishment_id: UUID,
    patient_id: UUID,
    stop_id: UUID,
    course_id: UUID,
    at: datetime,
    reason: str,
    author_kind: str,
    author_id: UUID,
) -> bool:
    """The patient has stopped alone; False when this was told already."""
    args = establishment_id, patient_id, stop_id, course_id, at, reason, author_kind, author_id
    return await con.fetchval(STOP, *args) is not None


async def resumed(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID, at: datetime) -> None:
    """A dose was taken again: whatever stop came before is over."""
    await con.execute(RESUMED, establishment_id, course_id, at)


async def stops(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID) -> list[StopRow]:
    """When the patient had stopped alone."""
    return [StopRow(*row) for row in await con.fetch(STOPS, establishment_id, course_id)]


async def conflicts(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> int:
    """How many second contents are kept for a human to see."""
    return int(await con.fetchval(INTAKE_CONFLICTS, establishment_id, patient_id))
