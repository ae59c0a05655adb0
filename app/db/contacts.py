"""A professional's own contacts: added, proved by a code, ordered, removed."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct


class ContactRow(Struct, frozen=True):
    """A contact with its code, if one is on its way."""

    id: UUID
    channel: str
    address: str
    created_at: datetime
    verified_at: datetime | None
    code: str | None
    code_expires_at: datetime | None
    code_tries: int


_CONTACT = """
select id, channel, address, created_at, verified_at, code, code_expires_at, code_tries from staff_contact
where establishment_id = $1 and staff_id = $2 and removed_at is null
"""

CONTACTS = f"{_CONTACT} order by created_at, id"

# Locked: two typed codes at once are two tries.
CONTACT = f"{_CONTACT} and id = $3 for update"

# What was removed comes back under its own row, and must be proved again.
ADD = """
insert into staff_contact as c (establishment_id, id, staff_id, channel, address, created_at)
select $1, $2, $3, $4, $5, app_now()
where (select count(*) from staff_contact where establishment_id = $1 and staff_id = $3 and removed_at is null) < $6
on conflict (establishment_id, staff_id, channel, address) do update
set removed_at = null, verified_at = case when c.removed_at is null then c.verified_at end
returning id
"""

SET_CODE = """
update staff_contact set code = $4, code_expires_at = $5, code_tries = 0
where establishment_id = $1 and staff_id = $2 and id = $3 and removed_at is null
"""

TRIED = "update staff_contact set code_tries = code_tries + 1 where establishment_id = $1 and id = $2"

VERIFIED = "update staff_contact set verified_at = app_now(), code = null, code_expires_at = null where establishment_id = $1 and id = $2"

REMOVE = """
update staff_contact set removed_at = app_now(), code = null
where establishment_id = $1 and staff_id = $2 and id = $3 and removed_at is null returning id
"""

CHOOSE = """
insert into channel_choice (establishment_id, staff_id, channels) values ($1, $2, $3)
on conflict (establishment_id, staff_id) do update set channels = excluded.channels
"""

CHOICE = "select channels from channel_choice where establishment_id = $1 and staff_id = $2"

CODES_SENT = """
select count(*) from notice
where establishment_id = $1 and person_id = $2 and kind = 'contact_code' and created_at > app_now() - interval '1 hour'
"""


async def of_staff(con: asyncpg.Connection, establishment_id: UUID, staff_id: UUID) -> list[ContactRow]:
    """All of a professional's contacts, proved or not."""
    return [ContactRow(*row) for row in await con.fetch(CONTACTS, establishment_id, staff_id)]


async def one(con: asyncpg.Connection, establishment_id: UUID, staff_id: UUID, contact_id: UUID) -> ContactRow | None:
    """One of them, held until the transaction ends."""
    row = await con.fetchrow(CONTACT, establishment_id, staff_id, contact_id)
    return row and ContactRow(*row)


async def add(
    con: asyncpg.Connection,
    establishment_id: UUID,
    contact_id: UUID,
    staff_id: UUID,
    channel: str,
    address: str,
    most: int,
) -> UUID | None:
    """Keep an address; its id, or None when there are `most` already."""
    return await con.fetchval(ADD, establishment_id, contact_id, staff_id, channel, address, most)


async def set_code(
    con: asyncpg.Connection, establishment_id: UUID, staff_id: UUID, contact_id: UUID, code: str, until: datetime
) -> None:
    """The code that will prove it; an older one ends."""
    await con.execute(SET_CODE, establishment_id, staff_id, contact_id, code, until)


async def tried(con: asyncpg.Connection, establishment_id: UUID, contact_id: UUID) -> None:
    """A wrong code was typed."""
    await con.execute(TRIED, establishment_id, contact_id)


async def verified(con: asyncpg.Connection, establishment_id: UUID, contact_id: UUID) -> None:
    """From now on it counts."""
    await con.execute(VERIFIED, establishment_id, contact_id)


async def remove(con: asyncpg.Connection, establishment_id: UUID, staff_id: UUID, contact_id: UUID) -> bool:
    """Forget it; False if it is not this person's."""
    return await con.fetchval(REMOVE, establishment_id, staff_id, contact_id) is not None


async def choose(con: asyncpg.Connection, establishment_id: UUID, staff_id: UUID, channels: list[str]) -> None:
    """In this order, and by no other channel."""
    await con.execute(CHOOSE, establishment_id, staff_id, channels)


async def choice(con: asyncpg.Connection, establishment_id: UUID, staff_id: UUID) -> list[str] | None:
    """What was chosen, or None."""
    return await con.fetchval(CHOICE, establishment_id, staff_id)


async def codes_sent(con: asyncpg.Connection, establishment_id: UUID, staff_id: UUID) -> int:
    """Codes of the last hour."""
    return int(await con.fetchval(CODES_SENT, establishment_id, staff_id))
