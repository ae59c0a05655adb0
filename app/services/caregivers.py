"""Caregivers: a patient, or the team at their wish, names somebody who may report and note intakes for them."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from typing import Annotated, Literal
from uuid import UUID, uuid4

import asyncpg
from msgspec import Meta, Struct

from app.db import accounts, caregivers, events, patients, sessions
from app.db.caregivers import CaregiverRow
from app.db.door import hold_person
from app.domain.errors import CaregiversFull, NotFound
from app.domain.people import Caller, Role
from app.services.sign_in import ACTIVATION, issue_code
from app.services.vault import Safe, SealBroken

MOST = 5  # of one patient at a time

Relation = Literal["partner", "child", "parent", "other"]


class NewCaregiver(Struct, frozen=True, forbid_unknown_fields=True):
    """Whom the patient names."""

    name: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S", examples=["Paul Kervella"])]
    relation: Relation


class CaregiverLine(Struct, frozen=True):
    """A caregiver. `joined`: they have signed in once."""

    id: UUID
    name: str
    relation: str
    since: datetime
    joined: bool


class CaregiverCode(Struct, frozen=True):
    """The one-time code to hand to a caregiver, and when it ends."""

    id: UUID
    code: str
    expires_at: datetime


class AuthorName(Struct, frozen=True):
    """Who told something for a patient, as a clinician reads it."""

    name: str
    relation: str


async def listed(con: asyncpg.Connection, safe: Safe, caller: Caller, patient_id: UUID) -> list[CaregiverLine]:
    """The patient's caregivers. Raises NotFound."""
    await _see(con, caller, patient_id)
    rows = await caregivers.of_patient(con, caller.establishment_id, patient_id)
    return [CaregiverLine(r.id, _name(safe, r), r.relation, r.created_at, r.joined) for r in rows]


async def name(
    con: asyncpg.Connection, safe: Safe, caller: Caller, patient_id: UUID, new: NewCaregiver
) -> CaregiverCode:
    """Name a caregiver; the code signs them in once, on their own phone. Raises NotFound, CaregiversFull."""
    await _see(con, caller, patient_id)
    await hold_person(con, patient_id)  # of two who name a sixth at once, none is a seventh
    here = caller.establishment_id
    if len(await caregivers.of_patient(con, here, patient_id)) >= MOST:
        raise CaregiversFull
    caregiver_id, account_id = uuid4(), uuid4()
    sealed = safe.seal("caregiver", "identity", caregiver_id, new.name.strip().encode())
    await caregivers.add(con, caller, caregiver_id, patient_id, sealed, new.relation)
    await accounts.add(con, account_id, here, caregiver_id, Role.CAREGIVER, None, None, on_behalf_of=patient_id)
    await events.add(con, caller, "caregiver_named", patient_id=patient_id, subject_id=caregiver_id)
    return CaregiverCode(caregiver_id, *await issue_code(con, account_id, "activation", ACTIVATION))


async def new_code(con: asyncpg.Connection, caller: Caller, patient_id: UUID, caregiver_id: UUID) -> CaregiverCode:
    """A fresh code for a caregiver's (new) phone; older unused ones end. Raises NotFound."""
    await _see(con, caller, patient_id)
    here = caller.establishment_id
    known = await caregivers.one(con, here, patient_id, caregiver_id)
    account_id = await accounts.of_person(con, here, caregiver_id) if known else None
    if account_id is None:
        raise NotFound
    await events.add(con, caller, "activation_issued", patient_id=patient_id, subject_id=caregiver_id)
    return CaregiverCode(caregiver_id, *await issue_code(con, account_id, "activation", ACTIVATION))


async def end(con: asyncpg.Connection, caller: Caller, patient_id: UUID, caregiver_id: UUID) -> None:
    """From now on they say nothing for this patient any more; what they have said stays. Raises NotFound."""
    await _see(con, caller, patient_id)
    if not await _ended(con, caller, patient_id, caregiver_id):
        raise NotFound


async def end_all(con: asyncpg.Connection, caller: Caller, patient_id: UUID) -> None:
    """The patient is no longer followed: nobody speaks for them any more."""
    await _ended(con, caller, patient_id, None)


async def authors(
    con: asyncpg.Connection, safe: Safe, establishment_id: UUID, told: Iterable[tuple[str, UUID]]
) -> dict[UUID, AuthorName]:
    """The caregivers among these authors (kind and id), by id."""
    ids = sorted({id_ for kind, id_ in told if kind == "caregiver"})
    rows = await caregivers.named(con, establishment_id, ids)
    return {row.id: AuthorName(_name(safe, row), row.relation) for row in rows}


async def own_name(con: asyncpg.Connection, safe: Safe, caller: Caller) -> str:
    """The calling caregiver's own name."""
    rows = await caregivers.named(con, caller.establishment_id, [caller.person_id])
    return _name(safe, rows[0]) if rows else ""


async def _ended(con: asyncpg.Connection, caller: Caller, patient_id: UUID, caregiver_id: UUID | None) -> list[UUID]:
    gone = await caregivers.end(con, caller, patient_id, caregiver_id)
    if gone:
        await sessions.end_all(con, await accounts.disable(con, caller.establishment_id, gone))
    for each in gone:
        await events.add(con, caller, "caregiver_ended", patient_id=patient_id, subject_id=each)
    return gone


async def _see(con: asyncpg.Connection, caller: Caller, patient_id: UUID) -> None:
    """The patient alone, or who sees them: never one caregiver of another."""
    if caller.is_patient and patient_id == caller.person_id:
        return
    if caller.at_home or not await patients.may_see(con, caller, patient_id):
        raise NotFound


def _name(safe: Safe, row: CaregiverRow) -> str:
    """Without the key nobody has a name, and everything else goes on."""
    try:
        return safe.open("caregiver", "identity", row.id, row.identity).decode()
    except SealBroken:
        return ""
