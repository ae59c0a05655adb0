"""Establishments and their staff."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.db import duties
from app.domain.civil import holidays_around
from app.domain.people import CoordinationLevel, Establishment, Role


class Keyring(Struct, frozen=True):
    """An establishment and its wrapped data key."""

    establishment: Establishment
    data_key: bytes
    data_key_id: str


class OnDuty(Struct, frozen=True):
    """A person who is on duty now."""

    coordination_level: int | None
    role: str
    name: str


class Duty(Struct, frozen=True):
    """A weekly turn: minutes of the local week, end excluded."""

    id: UUID
    staff_id: UUID
    role: Role
    coordination_level: CoordinationLevel | None
    from_minute: int
    to_minute: int


ESTABLISHMENT = "select id, name, kind, timezone, phone, data_key, data_key_id from establishment where id = $1"

ADD_ESTABLISHMENT = """
insert into establishment (id, name, kind, timezone, phone, data_key, data_key_id, created_at)
values ($1, $2, $3, $4, $5, $6, $7, app_now())
"""

ESTABLISHMENT_NAMED = "select id from establishment where name = $1"

ESTABLISHMENTS = "select id, name, kind, timezone, phone, data_key, data_key_id from establishment"

ADD_STAFF = """
insert into staff (establishment_id, id, name, role, coordination_level, created_at) values ($1, $2, $3, $4, $5, app_now())
"""

STAFF_NAME = "select name from staff where establishment_id = $1 and id = $2"

# In one order, so that two processes that write for all of them never wait for each other in a ring.
ESTABLISHMENT_IDS = "select id from establishment order by id"

ADD_DUTY = """
insert into duty (establishment_id, id, staff_id, role, coordination_level, from_minute, to_minute)
values ($1, $2, $3, $4, $5, $6, $7)
"""

_ON_DUTY = duties.on_duty(here="$1::uuid", at="$2::timestamptz", holidays="$3::date[]")

# $2 = the instant, $3 = public holidays around it.
ON_DUTY = f"""
select distinct s.coordination_level, s.role, s.name
from ({_ON_DUTY}) d join staff s on s.establishment_id = $1 and s.id = d.staff_id
order by s.coordination_level nulls last, s.name
"""  # noqa: S608 - constants only


async def keyring(con: asyncpg.Connection, establishment_id: UUID) -> Keyring | None:
    """An establishment with its wrapped key."""
    row = await con.fetchrow(ESTABLISHMENT, establishment_id)
    return row and Keyring(Establishment(*tuple(row)[:5]), row["data_key"], row["data_key_id"])


async def add(con: asyncpg.Connection, establishment: Establishment, data_key: bytes, data_key_id: str) -> None:
    """A new establishment; `data_key` is wrapped by the master key `data_key_id`."""
    e = establishment
    await con.execute(ADD_ESTABLISHMENT, e.id, e.name, e.kind, e.timezone, e.phone, data_key, data_key_id)


async def named(con: asyncpg.Connection, name: str) -> UUID | None:
    """The id of the establishment with this name."""
    return await con.fetchval(ESTABLISHMENT_NAMED, name)


async def ids(con: asyncpg.Connection) -> list[UUID]:
    """Every establishment."""
    return [row[0] for row in await con.fetch(ESTABLISHMENT_IDS)]


async def keyrings(con: asyncpg.Connection) -> list[Keyring]:
    """Every establishment with its wrapped key."""
    rows = await con.fetch(ESTABLISHMENTS)
    return [Keyring(Establishment(*tuple(row)[:5]), row["data_key"], row["data_key_id"]) for row in rows]


async def add_staff(
    con: asyncpg.Connection,
    establishment_id: UUID,
    staff_id: UUID,
    name: str,
    role: Role,
    level: CoordinationLevel | None,
) -> None:
    """A professional of the establishment."""
    await con.execute(ADD_STAFF, establishment_id, staff_id, name, role, level)


async def staff_name(con: asyncpg.Connection, establishment_id: UUID, staff_id: UUID) -> str:
    """The name shown on screens."""
    return str(await con.fetchval(STAFF_NAME, establishment_id, staff_id) or "")


async def add_duty(con: asyncpg.Connection, establishment_id: UUID, duty: Duty) -> None:
    """A weekly turn."""
    await con.execute(
        ADD_DUTY,
        establishment_id,
        duty.id,
        duty.staff_id,
        duty.role,
        duty.coordination_level,
        duty.from_minute,
        duty.to_minute,
    )


async def on_duty(con: asyncpg.Connection, establishment_id: UUID, at: datetime) -> list[OnDuty]:
    """Who is on duty at an instant."""
    rows = await con.fetch(ON_DUTY, establishment_id, at, holidays_around(at))
    return [OnDuty(*row) for row in rows]
