"""Caregivers: whom a patient lets report and note intakes for them."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.domain.people import Caller


class CaregiverRow(Struct, frozen=True):
    """A caregiver as the database has them; `identity` is sealed. `joined`: they have used their code."""

    id: UUID
    identity: bytes
    relation: str
    created_at: datetime
    ended_at: datetime | None
    joined: bool


_ROW = """
select c.id, c.identity, c.relation, c.created_at, c.ended_at,
       exists (select from account a join session s on s.account_id = a.id
               where a.establishment_id = c.establishment_id and a.person_id = c.id) as joined
from caregiver c where c.establishment_id = $1
"""

CAREGIVERS = f"{_ROW} and c.patient_id = $2 and c.ended_at is null order by c.created_at, c.id"

NAMED = f"{_ROW} and c.id = any($2::uuid[])"

CAREGIVER = f"{_ROW} and c.patient_id = $2 and c.id = $3 and c.ended_at is null"

ADD_CAREGIVER = """
insert into caregiver (establishment_id, id, patient_id, identity, relation, named_by_kind, named_by, created_at)
values ($1, $2, $3, $4, $5, $6, $7, app_now())
"""

# $3 null: all of them.
END_CAREGIVERS = """
update caregiver set ended_at = app_now(), ended_by_kind = $4, ended_by = $5
where establishment_id = $1 and patient_id = $2 and ($3::uuid is null or id = $3) and ended_at is null returning id
"""


async def of_patient(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> list[CaregiverRow]:
    """A patient's caregivers who have not ended, in the order in which they were named."""
    return [CaregiverRow(*row) for row in await con.fetch(CAREGIVERS, establishment_id, patient_id)]


async def named(con: asyncpg.Connection, establishment_id: UUID, ids: list[UUID]) -> list[CaregiverRow]:
    """These caregivers, also those who have ended: what they have said stays theirs."""
    return [CaregiverRow(*row) for row in await con.fetch(NAMED, establishment_id, ids)] if ids else []


async def one(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, caregiver_id: UUID
) -> CaregiverRow | None:
    """One of a patient's caregivers who have not ended."""
    row = await con.fetchrow(CAREGIVER, establishment_id, patient_id, caregiver_id)
    return row and CaregiverRow(*row)


async def add(
    con: asyncpg.Connection, caller: Caller, caregiver_id: UUID, patient_id: UUID, identity: bytes, relation: str
) -> None:
    """A new caregiver, named by the caller."""
    args = caller.establishment_id, caregiver_id, patient_id, identity, relation, caller.kind, caller.person_id
    await con.execute(ADD_CAREGIVER, *args)


async def end(con: asyncpg.Connection, caller: Caller, patient_id: UUID, caregiver_id: UUID | None) -> list[UUID]:
    """End one, or all of a patient's; those who were ended by it."""
    args = caller.establishment_id, patient_id, caregiver_id, caller.kind, caller.person_id
    return [row["id"] for row in await con.fetch(END_CAREGIVERS, *args)]
