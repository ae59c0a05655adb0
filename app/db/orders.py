"""The orders of a course: appended by number, signed, and read by the phone."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct


class OrderRow(Struct, frozen=True):
    """One order, who entered it, who signed it, and when the patient's phone read it."""

    number: int
    kind: str
    content: str
    note: str | None
    entered_by: str | None
    entered_at: datetime
    signed_by: str | None
    signed_at: datetime | None
    read_at: datetime | None


# The primary key is the optimistic check: of two who order after the same last order, one is refused.
ADD_ORDER = """
insert into course_order (establishment_id, course_id, number, patient_id, kind, content, note, entered_by, entered_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, app_now())
on conflict (establishment_id, course_id, number) do nothing returning number
"""

SIGN_ORDER = """
insert into order_signature (establishment_id, course_id, number, signed_by, signed_at, prescription)
values ($1, $2, $3, $4, app_now(), $5) on conflict do nothing returning number
"""

COURSE_STATE = """
update course set state = $3, ended_at = case when $3 in ('stopped', 'completed') then app_now() end where establishment_id = $1 and id = $2
"""

ORDERS = """
select o.number, o.kind, o.content, o.note, e.name as entered_by, o.entered_at, s.name as signed_by, g.signed_at, r.read_at
from course_order o
left join staff e on (e.establishment_id, e.id) = (o.establishment_id, o.entered_by)
left join order_signature g on (g.establishment_id, g.course_id, g.number) = (o.establishment_id, o.course_id, o.number)
left join staff s on (s.establishment_id, s.id) = (g.establishment_id, g.signed_by)
left join plan_receipt r on (r.establishment_id, r.course_id, r.number) = (o.establishment_id, o.course_id, o.number)
where o.establishment_id = $1 and o.course_id = $2 order by o.number
"""

# A phone that has read order 5 has read what came before it too.
PLAN_READ = """
insert into plan_receipt (establishment_id, course_id, number, patient_id, read_at)
select o.establishment_id, o.course_id, o.number, o.patient_id, app_now() from course_order o
where o.establishment_id = $1 and o.patient_id = $2 and o.course_id = $3 and o.number <= $4
on conflict do nothing returning number
"""


async def add(
    con: asyncpg.Connection,
    establishment_id: UUID,
    course_id: UUID,
    number: int,
    patient_id: UUID,
    kind: str,
    content: str,
    note: str | None,
    entered_by: UUID | None,
) -> bool:
    """Append an order under its number; False when somebody else's has that number already."""
    args = establishment_id, course_id, number, patient_id, kind, content, note, entered_by
    return await con.fetchval(ADD_ORDER, *args) is not None


async def sign(
    con: asyncpg.Connection,
    establishment_id: UUID,
    course_id: UUID,
    number: int,
    by: UUID,
    prescription: str | None = None,
) -> bool:
    """An oncologist's signature, with the prescription as corrected (JSON) for the first order; False when it is signed already."""
    return await con.fetchval(SIGN_ORDER, establishment_id, course_id, number, by, prescription) is not None


async def set_state(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID, state: str) -> None:
    """What the orders add up to now."""
    await con.execute(COURSE_STATE, establishment_id, course_id, state)


async def of_course(con: asyncpg.Connection, establishment_id: UUID, course_id: UUID) -> list[OrderRow]:
    """Every order, first to last."""
    return [OrderRow(*row) for row in await con.fetch(ORDERS, establishment_id, course_id)]


async def read(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, course_id: UUID, number: int
) -> list[int]:
    """The phone has read the plan up to this order; the numbers that were new to it."""
    return [row[0] for row in await con.fetch(PLAN_READ, establishment_id, patient_id, course_id, number)]
