"""The weekly test of each device and contact: due, and what came of the last ones."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct


class DueTest(Struct, frozen=True):
    """A device or contact that nobody has tested for a week."""

    establishment_id: UUID
    staff_id: UUID
    target_id: UUID
    at: datetime


class Target(Struct, frozen=True):
    """A device or contact of a professional, with the last test of it."""

    staff_id: UUID
    id: UUID
    channel: str
    label: str
    added_at: datetime
    tested_at: datetime | None
    passed_at: datetime | None
    state: str | None


class Member(Struct, frozen=True):
    """A professional who may be called."""

    id: UUID
    name: str
    role: str
    coordination_level: int | None


_TARGETS = """
select d.establishment_id, d.person_id as staff_id, d.id, 'web_push' as channel, d.label, d.created_at as added_at
from push_device d where d.dropped_at is null
union all
select c.establishment_id, c.staff_id, c.id, c.channel,
       case c.channel when 'email' then left(c.address, 1) || '…' || substring(c.address from '@.*$') else '…' || right(c.address, 2) end,
       c.verified_at
from staff_contact c where c.removed_at is null and c.verified_at is not null
"""

# In working hours of the place, so that the test wakes nobody; a week after the last one, or after it was added.
DUE = f"""
select t.establishment_id, t.staff_id, t.id, app_now()
from ({_TARGETS}) t
join staff s on (s.establishment_id, s.id) = (t.establishment_id, t.staff_id)
join establishment e on e.id = t.establishment_id
where s.role in ('coordinator', 'oncologist') and s.disabled_at is null and t.added_at <= app_now() - interval '7 days'
  and extract(isodow from app_now() at time zone e.timezone) < 6 and extract(hour from app_now() at time zone e.timezone) between 9 and 16
  and not exists (select from notice n where (n.establishment_id, n.person_id, n.target_id) = (t.establishment_id, t.staff_id, t.id)
                  and n.kind = 'reachability_test' and n.created_at > app_now() - interval '7 days')
limit $1
"""  # noqa: S608 - constants only

TARGETS = f"""
select t.staff_id, t.id, t.channel, t.label, t.added_at, last.created_at, passed.opened_at, last.state
from ({_TARGETS}) t
left join lateral (select n.created_at, n.state from notice n
                   where (n.establishment_id, n.person_id, n.target_id) = (t.establishment_id, t.staff_id, t.id)
                     and n.kind = 'reachability_test' order by n.created_at desc limit 1) last on true
left join lateral (select n.opened_at from notice n
                   where (n.establishment_id, n.person_id, n.target_id) = (t.establishment_id, t.staff_id, t.id)
                     and n.kind = 'reachability_test' and n.opened_at is not null order by n.opened_at desc limit 1) passed on true
where t.establishment_id = $1 and ($2::uuid is null or t.staff_id = $2)
order by t.staff_id, t.channel, t.added_at
"""  # noqa: S608 - constants only

MEMBERS = """
select id, name, role, coordination_level from staff
where establishment_id = $1 and role in ('coordinator', 'oncologist') and disabled_at is null order by role, coordination_level, name
"""


async def due(con: asyncpg.Connection, batch: int) -> list[DueTest]:
    """What is to be tested now, in all establishments."""
    return [DueTest(*row) for row in await con.fetch(DUE, batch)]


async def targets(con: asyncpg.Connection, establishment_id: UUID, staff_id: UUID | None = None) -> list[Target]:
    """Devices and proven contacts of one professional, or of all, with their last test. Addresses are shortened."""
    return [Target(*row) for row in await con.fetch(TARGETS, establishment_id, staff_id)]


async def members(con: asyncpg.Connection, establishment_id: UUID) -> list[Member]:
    """Who may be called here."""
    return [Member(*row) for row in await con.fetch(MEMBERS, establishment_id)]
