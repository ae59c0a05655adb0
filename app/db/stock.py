"""Boxes handed over or given back, and refills that somebody must see to."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct


class DispensingRow(Struct, frozen=True):
    """Units of one strength that came or went back."""

    id: UUID
    drug: str
    strength_mg: float
    kind: str
    units: int
    dispensed_on: date
    author_kind: str
    author_id: UUID
    recorded_at: datetime


class RefillRow(Struct, frozen=True):
    """A patient whose boxes will be empty before the plan ends."""

    course_id: UUID
    patient_id: UUID
    identity: bytes
    regimen: str
    empty_on: date
    opened_at: datetime


ADD_DISPENSING = """
insert into dispensing (establishment_id, patient_id, id, course_id, drug, strength_mg, kind, units, dispensed_on, author_kind, author_id,
                        recorded_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, app_now()) on conflict do nothing returning id
"""

DISPENSINGS = """
select id, drug, strength_mg, kind, units, dispensed_on, author_kind, author_id, recorded_at
from dispensing where establishment_id = $1 and course_id = $2 order by dispensed_on, recorded_at, id
"""

# One open refill per course: an earlier date than the known one moves nothing, somebody is asked already.
OPEN_REFILL = """
insert into refill (establishment_id, course_id, empty_on, patient_id, opened_at) values ($1, $2, $3, $4, app_now())
on conflict do nothing returning empty_on
"""

SETTLE_REFILL = """
update refill set settled_at = app_now(), settled_by = $3
where establishment_id = $1 and course_id = $2 and settled_at is null returning empty_on
"""

REFILLS = """
select r.course_id, r.patient_id, p.identity, c.regimen, r.empty_on, r.opened_at
from refill r
join patient p on (p.establishment_id, p.id) = (r.establishment_id, r.patient_id)
join course c on (c.establishment_id, c.id) = (r.establishment_id, r.course_id)
where r.establishment_id = $1 and r.settled_at is null and p.left_at is null
  and exists (select from access a where a.establishment_id = p.establishment_id and a.patient_id = p.id
              and (a.staff_id = $2 or a.role = $3) and a.from_at <= app_now() and (a.until_at is null or a.until_at > app_now()))
order by r.empty_on, r.opened_at
"""

# Who keeps the appointments and the pharmacy informed: on duty or not, a refill can wait for the morning.
ADMINISTRATIVE_STAFF = """
select s.id from staff s where s.establishment_id = $1 and s.role = 'coordinator' and s.coordination_level = 1 and s.disabled_at is null
"""


async def add(
    con: asyncpg.Connection,
    establishment_id: UUID,
    patient_id: UUID,
    course_id: UUID,
    row: DispensingRow,
) -> bool:
    """Keep a hand-over once; False when this id is there already."""
    args = establishment_id, patient_id, row.id, course_id, row.drug, row.strength_mg, row.kind, row.units
    return (await con.fetchval(ADD_DISPENSING, *args, row.dispensed_on, row.author_kind, row.author_id)) is not None


async def of_course(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID) -> list[DispensingRow]:
    """Everything recorded of a course's boxes, oldest first."""
    return [DispensingRow(*row) for row in await con.fetch(DISPENSINGS, establishment_id, course_id)]


async def open_refill(
    con: asyncpg.Connection, establishment_id: UUID, course_id: UUID, empty_on: date, patient_id: UUID
) -> bool:
    """Somebody must see to new boxes; False when that is known already."""
    return await con.fetchval(OPEN_REFILL, establishment_id, course_id, empty_on, patient_id) is not None


async def settle_refill(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID, by: UUID | None) -> bool:
    """New boxes are there, or none are wanted any more; False when nothing was open."""
    return await con.fetchval(SETTLE_REFILL, establishment_id, course_id, by) is not None


async def refills(con: asyncpg.Connection, establishment_id: UUID, person_id: UUID, role: str) -> list[RefillRow]:
    """Open refills of the patients that the caller may see, most pressing first."""
    return [RefillRow(*row) for row in await con.fetch(REFILLS, establishment_id, person_id, role)]


async def administrative_staff(con: asyncpg.Connection, establishment_id: UUID) -> list[UUID]:
    """Who is told of a refill."""
    return [row[0] for row in await con.fetch(ADMINISTRATIVE_STAFF, establishment_id)]
