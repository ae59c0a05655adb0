"""By what a person can be reached: devices and proven contacts, in the order they want."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from app.db import devices
from app.domain.reach import Channel, Contact, Reach, order_of

# Only what its owner has proved to be theirs: an address with a typing error would leave a red with a stranger.
CONTACTS = """
select id, channel, address from staff_contact
where establishment_id = $1 and staff_id = $2 and verified_at is not null and removed_at is null order by created_at
"""

# The contact that a code is sent to is the one that is not proven yet.
ONE_CONTACT = """
select id, channel, address from staff_contact where establishment_id = $1 and staff_id = $2 and id = $3 and removed_at is null
"""

CHOICE = "select channels from channel_choice where establishment_id = $1 and staff_id = $2"


async def of_staff(con: asyncpg.Connection, establishment_id: UUID, staff_id: UUID) -> Reach:
    """How to reach a professional."""
    return Reach(
        order_of(await con.fetchval(CHOICE, establishment_id, staff_id)),
        tuple(await devices.of_person(con, establishment_id, staff_id)),
        tuple(_contact(row) for row in await con.fetch(CONTACTS, establishment_id, staff_id)),
    )


async def of_patient(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> Reach:
    """How to reach a patient: by their phones. What is known of them besides is sealed, and stays so."""
    return Reach((Channel.WEB_PUSH,), tuple(await devices.of_person(con, establishment_id, patient_id)), ())


async def by_one(con: asyncpg.Connection, establishment_id: UUID, staff_id: UUID, target_id: UUID) -> Reach:
    """How to reach a professional by this device or contact alone, proven or not."""
    there = tuple(d for d in await devices.of_person(con, establishment_id, staff_id) if d.id == target_id)
    contacts = tuple(_contact(row) for row in await con.fetch(ONE_CONTACT, establishment_id, staff_id, target_id))
    return Reach(tuple(Channel), there, contacts)


def _contact(row: asyncpg.Record) -> Contact:
    return Contact(row["id"], Channel(row["channel"]), row["address"])
