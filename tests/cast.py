"""The same few people wherever a test calls services or database directly: two establishments, who works and who is treated there.

    async def test_something(cast):                        # fixtures: `from tests.cast import cast, seeded`
        async with cast.asking(cast.a) as con: ...          # a transaction of tenant A, as the application opens it
        await cast.report(cast.a.patient, {"chest_pain": {"S": 3}})

They are those of `vigie seed` (tests/world.py has the processes around them). Nothing here is a stand-in: the database is real, its roles
and policies apply, and the services are called as the doors call them.
"""

from __future__ import annotations

import base64
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest_asyncio
from msgspec import Struct, convert
from uuid_utils.compat import uuid7

from app.db import accounts, sessions
from app.db.cluster import Cluster
from app.db.door import connect_pool, establishment_tx
from app.domain.people import Caller, CoordinationLevel, Role, Submitter
from app.domain.reports import ReportDraft
from app.domain.rulebook import Rulebook
from app.services.reports import Submission, submit_report
from app.services.sign_in import new_token, token_hash
from app.services.vault import Vault
from tests.rules.book import rulebook
from tests.world import START, Seed, seeded

__all__ = ["Cast", "Tenant", "cast", "seeded"]


class Patient(Struct, frozen=True):
    """Somebody who is treated."""

    establishment_id: UUID
    id: UUID
    name: str
    regimen: str


class Tenant(Struct, frozen=True):
    """An establishment and its people. `staff` by the word before the @ of their login."""

    id: UUID
    staff: dict[str, Caller]
    patients: list[Patient]

    @property
    def nurse(self) -> Caller:
        """The nurse who is on duty."""
        return self.staff["level2"]

    @property
    def patient(self) -> Patient:
        """The first patient, on capecitabine."""
        return self.patients[0]


class Cast:
    """Everybody, and the ways to the database."""

    def __init__(
        self, seed: Seed, where: dict[str, Any], pools: list[asyncpg.Pool], superuser: asyncpg.Connection
    ) -> None:
        self.where = where
        self.app, self.worker, self.owner = pools
        self.superuser = superuser
        name, _, key = seed.keys["VIGIE_MASTER_KEYS"].partition(":")
        self.vault = Vault({name: base64.b64decode(key)})
        self.a, self.b = (_tenant(printed) for printed in seed.printed["establishments"])
        self._credentials: dict[UUID, bytes] = {}

    def asking(self, tenant: Tenant, **how: Any) -> AbstractAsyncContextManager[asyncpg.Connection]:
        """A transaction as the application opens it for this establishment."""
        return establishment_tx(self.app, tenant.id, **how)

    async def report(
        self,
        who: Patient,
        answers: dict[str, dict[str, int]] | None = None,
        *,
        report_id: UUID | None = None,
        answered_at: datetime = START,
        book: Rulebook | None = None,
        **more: Any,
    ) -> Submission:
        """A report as it comes through the door."""
        told = {"answered_at": answered_at, "questionnaire": "test", "answers": answers or {}, **more}
        submitter = Submitter(who.establishment_id, who.id, [await self._credential(who)])
        async with establishment_tx(self.app, who.establishment_id, lock=who.id) as con:
            safe = await self.vault.of(con, who.establishment_id)
            draft = convert(told, ReportDraft)
            return await submit_report(con, safe, book or rulebook(), submitter, report_id or uuid7(), draft)

    async def alert(self, who: Patient) -> asyncpg.Record:
        """The patient's episode; there must be exactly one."""
        rows = await self.superuser.fetch("select * from alert where patient_id = $1", who.id)
        assert len(rows) == 1, rows
        return rows[0]

    async def _credential(self, who: Patient) -> bytes:
        """The device credential of a patient's phone."""
        if who.id not in self._credentials:
            hashed = token_hash(new_token(who.establishment_id, who.id))
            async with self.app.acquire() as con:
                account = await accounts.of_person(con, who.establishment_id, who.id)
                assert account is not None
                await sessions.add(con, hashed, uuid4(), account, "device", "phone", timedelta(days=90))
            self._credentials[who.id] = hashed
        return self._credentials[who.id]


def _tenant(printed: dict[str, Any]) -> Tenant:
    here = UUID(printed["id"])
    return Tenant(
        here,
        {staff["login"].partition("@")[0]: _caller(here, staff) for staff in printed["staff"]},
        [Patient(here, UUID(p["id"]), p["name"], p["regimen"]) for p in printed["patients"]],
    )


def _caller(here: UUID, staff: dict[str, Any]) -> Caller:
    level = staff["coordination_level"]
    person = UUID(staff["id"])
    return Caller(person, person, here, person, Role(staff["role"]), CoordinationLevel(level) if level else None, True)


@asynccontextmanager
async def people(cluster: Cluster, seeded: Seed) -> AsyncIterator[Cast]:
    """Two seeded establishments in a database of their own; the clock stands an hour after START."""
    name = await cluster.create_database_from(seeded.database)
    async with AsyncExitStack() as stack:
        stack.push_async_callback(cluster.drop_database, name)
        superuser = await asyncpg.connect(**cluster.superuser_args(name))
        stack.push_async_callback(superuser.close)
        await superuser.execute("update clock set shift = '0', frozen_at = $1", START + timedelta(hours=1))
        pools = []
        for role in ("vigie_app", "vigie_worker", "vigie_owner"):
            pools.append(await connect_pool(cluster.connect_args(name), role, size=4))
            stack.push_async_callback(pools[-1].close)
        yield Cast(seeded, cluster.connect_args(name), pools, superuser)


@pytest_asyncio.fixture
async def cast(cluster: Cluster, seeded: Seed) -> AsyncIterator[Cast]:
    """Everybody, for one test."""
    async with people(cluster, seeded) as cast:
        yield cast
