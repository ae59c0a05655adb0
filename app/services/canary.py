"""The canary's establishment, nurse and patient, and the sessions in which it speaks for them. Demo and test only."""

from __future__ import annotations

from contextlib import suppress
from datetime import date, timedelta
from uuid import UUID, uuid4

import asyncpg
from msgspec import Struct

from app.db import accounts, establishments, patients, sessions, technical
from app.db.door import establishment_tx
from app.domain.canary import HERE, NURSE
from app.domain.people import Caller, CoordinationLevel, Establishment, Identity, Role
from app.domain.rulebook import Rulebook
from app.domain.technical import TechnicalKind
from app.services.founding import ALWAYS, Professional, add_professional, found
from app.services.patients import Enrolment, enrol
from app.services.sign_in import new_token, token_hash
from app.services.technical import tell
from app.services.vault import Vault

REGIMEN = "capecitabine_mono"
_IDENTITY = Identity("Canari", "Essai", date(1960, 1, 1), "01 99 00 00 00")
_NURSE = Caller(NURSE, NURSE, HERE, NURSE, Role.COORDINATOR, CoordinationLevel.NURSING, True)
SESSION = timedelta(minutes=30)


class Bird(Struct, frozen=True):
    """One round's sessions: what the browsers of its patient and nurse would hold."""

    patient: str
    nurse: str


async def hatch(
    owner: asyncpg.Pool, pool: asyncpg.Pool, vault: Vault, master: dict[str, bytes], rulebook: Rulebook
) -> UUID:
    """Make the canary's establishment, nurse and patient unless they are there; the patient."""
    async with owner.acquire() as con:
        if await establishments.keyring(con, HERE) is None:
            with suppress(asyncpg.UniqueViolationError):  # another process was faster
                await found(con, master, Establishment(HERE, "Canari", "community", "Europe/Paris", "01 99 00 00 00"))
    async with establishment_tx(owner, HERE, lock=HERE) as con:
        if not await establishments.staff_name(con, HERE, NURSE):
            nursing = CoordinationLevel.NURSING
            await add_professional(
                con, HERE, Professional("Canari", Role.COORDINATOR, "canari@vigie.invalid", nursing, ALWAYS, NURSE)
            )
    async with establishment_tx(pool, HERE, lock=HERE) as con:
        safe = await vault.of(con, HERE)
        patient_id = await patients.by_token(con, HERE, safe.identity_token(_IDENTITY))
        if patient_id is None:
            today = (await sessions.database_time(con)).date()
            enrolment = Enrolment(_IDENTITY, "fr", REGIMEN, today - timedelta(days=50), 70.0)
            patient_id, _ = await enrol(con, safe, rulebook, _NURSE, enrolment)
        return patient_id


async def wake(pool: asyncpg.Pool, patient_id: UUID) -> Bird:
    """Sessions for one round."""
    bird = Bird(new_token(HERE, patient_id), new_token(HERE, NURSE))
    async with pool.acquire() as con:
        for token, person, purpose in ((bird.patient, patient_id, "device"), (bird.nurse, NURSE, "full")):
            account = await accounts.of_person(con, HERE, person)
            if account is None:
                raise LookupError("the canary is incomplete: start with an empty database")
            await sessions.add(con, token_hash(token), uuid4(), account, purpose, "Canari", SESSION)
    return bird


async def fell_silent(watch: asyncpg.Pool, because: str) -> None:
    """The canary did not get through: every establishment is told."""
    async with watch.acquire() as con, con.transaction():
        for here in await establishments.ids(con):
            await tell(con, here, TechnicalKind.CANARY_FAILED, {"because": because})


async def sang(watch: asyncpg.Pool) -> None:
    """The canary got through: it is well again."""
    async with watch.acquire() as con, con.transaction():
        for here in await establishments.ids(con):
            await technical.end(con, here, TechnicalKind.CANARY_FAILED)
