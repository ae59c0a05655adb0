"""Two separate establishments with every role and known secrets: for tests from outside. The test profile only."""

from __future__ import annotations

from datetime import date, timedelta
from uuid import NAMESPACE_DNS, UUID, uuid5

import asyncpg
from msgspec import Struct

from app.db import accounts, devices, establishments, patients, sessions
from app.db.door import establishment_tx
from app.domain.people import Caller, CoordinationLevel, Establishment, Identity, Role
from app.domain.rulebook import Rulebook
from app.services.founding import ALWAYS, Professional, add_professional, found
from app.services.patients import Enrolment, enrol, new_code
from app.services.sign_in import set_factors
from app.services.vault import Vault

PASSWORD = "vigie test password"  # noqa: S105 - known on purpose
TOTP_SECRET = "JBSWY3DPEHPK3PXPJBSWY3DPEHPK3PXP"  # noqa: S105 - known on purpose
REGIMENS = ("capecitabine_mono", "palbociclib", "letrozole")
_NAMES = uuid5(NAMESPACE_DNS, "seed.vigie.example")


class SeededStaff(Struct, frozen=True):
    """A professional and how to sign in as them."""

    id: UUID
    name: str
    role: Role
    coordination_level: int | None
    login: str
    password: str
    totp_secret: str


class SeededPatient(Struct, frozen=True):
    """A patient and an unused activation code."""

    id: UUID
    name: str
    regimen: str
    activation_code: str


class SeededEstablishment(Struct, frozen=True):
    """One tenant."""

    id: UUID
    name: str
    staff: list[SeededStaff]
    patients: list[SeededPatient]


class Seeded(Struct, frozen=True):
    """Everything a test needs to begin."""

    establishments: list[SeededEstablishment]


async def seed(
    owner: asyncpg.Pool, pool: asyncpg.Pool, vault: Vault, master: dict[str, bytes], rulebook: Rulebook
) -> Seeded:
    """Make both tenants, or find them again; secrets are set anew and activation codes are fresh each time."""
    return Seeded([await _one(owner, pool, vault, master, rulebook, letter) for letter in ("A", "B")])


async def remove_devices(pool: asyncpg.Pool) -> int:
    """Forget every push device of both tenants; how many."""
    count = 0
    for letter in ("A", "B"):
        here = uuid5(_NAMES, letter)
        async with establishment_tx(pool, here) as con:
            count += await devices.drop_all(con, here)
    return count


def _staff(letter: str) -> list[Professional]:
    kinds = (
        ("level1", Role.COORDINATOR, CoordinationLevel.ADMINISTRATIVE, ALWAYS),
        ("level2", Role.COORDINATOR, CoordinationLevel.NURSING, ALWAYS),
        ("level2.second", Role.COORDINATOR, CoordinationLevel.NURSING, ()),
        ("oncologist", Role.ONCOLOGIST, None, ALWAYS),
        ("oncologist.second", Role.ONCOLOGIST, None, ()),
        ("city", Role.CITY_PROFESSIONAL, None, ()),
        ("manager", Role.MANAGER, None, ()),
        ("administrator", Role.ADMINISTRATOR, None, ()),
        ("auditor", Role.AUDITOR, None, ()),
    )
    return [
        Professional(
            f"{name} {letter}",
            role,
            f"{name}@{letter.lower()}.example",
            level,
            turns,
            uuid5(_NAMES, f"{letter} {name}"),
        )
        for name, role, level, turns in kinds
    ]


async def _one(
    owner: asyncpg.Pool, pool: asyncpg.Pool, vault: Vault, master: dict[str, bytes], rulebook: Rulebook, letter: str
) -> SeededEstablishment:
    here = uuid5(_NAMES, letter)
    name = f"Établissement {letter}"
    async with owner.acquire() as con:
        new = await establishments.keyring(con, here) is None
        if new:
            await found(con, master, Establishment(here, name, "public", "Europe/Paris", "01 99 00 10 10"))
    staff = _staff(letter)
    if new:
        async with establishment_tx(owner, here) as con:
            for who in staff:
                await add_professional(con, here, who)
    async with pool.acquire() as con:
        for who in staff:
            account = await accounts.by_login(con, who.login)
            if account is not None:
                await set_factors(con, vault, account, PASSWORD, TOTP_SECRET, 0)
    nurse = next(s for s in staff if s.level is CoordinationLevel.NURSING)
    caller = Caller(here, here, here, nurse.id or here, nurse.role, nurse.level, True)
    return SeededEstablishment(
        id=here,
        name=name,
        staff=[SeededStaff(s.id or here, s.name, s.role, s.level, s.login, PASSWORD, TOTP_SECRET) for s in staff],
        patients=await _patients(pool, vault, rulebook, caller, letter, new=new),
    )


async def _patients(
    pool: asyncpg.Pool, vault: Vault, rulebook: Rulebook, caller: Caller, letter: str, *, new: bool
) -> list[SeededPatient]:
    seeded = []
    for n, regimen in enumerate(REGIMENS):
        identity = Identity(f"Patient{letter}{n + 1}", f"Essai{letter}", date(1960, 1, 1 + n), f"01 99 00 20 {n:02d}")
        async with establishment_tx(pool, caller.establishment_id) as con:
            safe = await vault.of(con, caller.establishment_id)
            today = (await sessions.database_time(con)).date()
            if new:
                enrolment = Enrolment(identity, "fr", regimen, today - timedelta(days=50), 70.0)
                patient_id, activation = await enrol(con, safe, rulebook, caller, enrolment)
            else:
                patient_id = await _known(con, caller, safe.identity_token(identity))
                activation = await new_code(con, caller, patient_id)
        seeded.append(SeededPatient(patient_id, identity.name, regimen, activation.code))
    return seeded


async def _known(con: asyncpg.Connection, caller: Caller, token: bytes) -> UUID:
    found_id = await patients.by_token(con, caller.establishment_id, token)
    if found_id is None:
        raise LookupError("the seed is incomplete: start with an empty database")
    return found_id
