"""Courses with all that their plan is made of, in one round trip; the patient's own hours, and where their clock is."""

from __future__ import annotations

from datetime import date, datetime, time
from uuid import UUID

import asyncpg
from msgspec import Struct


class CourseRow(Struct, frozen=True):
    """A course; `prescription`, `orders`, `hours` and `zones` are JSON, oldest first; `last` is the number of the last order."""

    id: UUID
    patient_id: UUID
    regimen: str
    started_on: date
    state: str
    baseline: str
    created_at: datetime
    ended_at: datetime | None
    timezone: str
    locale: str
    left_at: datetime | None
    now: datetime
    prescription: str
    orders: str
    hours: str
    zones: str
    last: int


_COURSE = """
select c.id, c.patient_id, c.regimen, c.started_on, c.state, c.baseline, c.created_at, c.ended_at, p.timezone, p.locale, p.left_at,
       app_now(),
       coalesce((select g.prescription from order_signature g
                 where (g.establishment_id, g.course_id, g.number) = (c.establishment_id, c.id, 1)), c.prescription) as prescription,
       o.orders, h.hours, z.zones, o.last
from course c
join patient p on (p.establishment_id, p.id) = (c.establishment_id, c.patient_id)
left join lateral (select coalesce(json_agg(json_build_object('number', number, 'kind', kind, 'content', content, 'entered_by', entered_by,
                                                              'entered_at', entered_at) order by number), '[]') as orders,
                          coalesce(max(number), 0) as last
                   from course_order o where (o.establishment_id, o.course_id) = (c.establishment_id, c.id)) o on true
left join lateral (select coalesce(json_agg(json_build_object('drug', drug, 'since', since, 'times', times) order by since), '[]')
                          as hours
                   from course_hours h where (h.establishment_id, h.course_id) = (c.establishment_id, c.id)) h on true
left join lateral (select coalesce(json_agg(json_build_object('since', since, 'name', name, 'before', before) order by since), '[]')
                          as zones
                   from patient_zone z where (z.establishment_id, z.patient_id) = (p.establishment_id, p.id)) z on true
where c.establishment_id = $1
"""  # not a whole statement

# The course that counts is the newest: an earlier one has been stopped or completed.
CURRENT_COURSE = f"{_COURSE} and c.patient_id = $2 order by c.created_at desc, c.id limit 1"

COURSE = f"{_COURSE} and c.id = $2"

ADD_COURSE = """
insert into course (establishment_id, id, patient_id, regimen, started_on, state, baseline, prescription, created_at)
values ($1, $2, $3, $4, $5, 'active', $6, $7, app_now())
"""

# Of two changes on one day the later one holds.
SET_HOURS = """
insert into course_hours (establishment_id, course_id, drug, since, patient_id, times, changed_at)
values ($1, $2, $3, $4, $5, $6, app_now())
on conflict (establishment_id, course_id, drug, since) do update set times = excluded.times, changed_at = excluded.changed_at
"""

SET_ZONE = """
insert into patient_zone (establishment_id, patient_id, since, name, before)
select $1, $2, app_now(), $3, p.timezone from patient p where p.establishment_id = $1 and p.id = $2 and p.timezone <> $3
on conflict do nothing returning since
"""

MOVE = "update patient set timezone = $3 where establishment_id = $1 and id = $2"

LEAVE = (
    "update patient set left_at = app_now() where establishment_id = $1 and id = $2 and left_at is null returning id"
)


async def current(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> CourseRow | None:
    """The patient's course; None when none was recorded."""
    row = await con.fetchrow(CURRENT_COURSE, establishment_id, patient_id)
    return row and CourseRow(*row)


async def one(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID) -> CourseRow | None:
    """A course by its id."""
    row = await con.fetchrow(COURSE, establishment_id, course_id)
    return row and CourseRow(*row)


async def add(
    con: asyncpg.Connection,
    establishment_id: UUID,
    course_id: UUID,
    patient_id: UUID,
    regimen: str,
    started_on: date,
    baseline: str,
    prescription: str,
) -> None:
    """A course of a regimen; `baseline` and `prescription` are JSON."""
    args = establishment_id, course_id, patient_id, regimen, started_on, baseline, prescription
    await con.execute(ADD_COURSE, *args)


async def set_hours(
    con: asyncpg.Connection,
    establishment_id: UUID,
    course_id: UUID,
    patient_id: UUID,
    drug: str,
    since: date,
    times: list[time],
) -> None:
    """The patient's own hours of a drug from a day on."""
    await con.execute(SET_HOURS, establishment_id, course_id, drug, since, patient_id, times)


async def move(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, zone: str) -> bool:
    """The patient's clock is elsewhere from now on; False when it was there already."""
    if await con.fetchval(SET_ZONE, establishment_id, patient_id, zone) is None:
        return False
    await con.execute(MOVE, establishment_id, patient_id, zone)
    return True


async def leave(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> bool:
    """The patient is no longer followed here; False when that is known already."""
    return await con.fetchval(LEAVE, establishment_id, patient_id) is not None
