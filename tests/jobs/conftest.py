"""Sweeps and sender against a real database, without processes: the real functions, on connections that act as the worker."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg
import pytest_asyncio
from msgspec import Struct

from app.db.cluster import Cluster
from app.db.door import connect_pool
from tests.cast import cast
from tests.world import START, Seed, seeded

__all__ = ["cast", "seeded"]


class Silent:
    """Nobody listens here: hints are for speed only."""

    def say(self, _: object) -> None:
        """Said to nobody."""


class Desk(Struct):
    """A seeded database with a pool that acts as the worker, and a look from outside."""

    pool: asyncpg.Pool
    look: asyncpg.Connection
    where: dict[str, Any]

    async def alerts(self, count: int, level: str, ladder: str, *, late: str = "1 second") -> None:
        """So many open alerts of new patients in establishment A, the first rung of `ladder` due `late` ago.

        `ladder` is recipients of each rung after another: "level2|oncologist|" ends with the rung of nobody.
        """
        await self.look.execute(MANY, count, level, ladder.split("|"), late)

    async def value(self, query: str, *arguments: Any) -> Any:
        """One value, seen from outside."""
        return await self.look.fetchval(query, *arguments)


MANY = """
with here as (select id from establishment where name like '% A'),
people as (
    insert into patient (establishment_id, id, identity, identity_token, locale, timezone, created_at)
    select here.id, gen_random_uuid(), 'x', gen_random_uuid()::text::bytea, 'fr', 'Europe/Paris', app_now()
    from here, generate_series(1, $1::int)
    returning establishment_id, id
), told as (
    insert into report (establishment_id, patient_id, id, received_at, told_at, author_kind, author_id, content, content_sha256,
                        cycle, day_of_cycle)
    select establishment_id, id, gen_random_uuid(), app_now(), app_now(), 'patient', id, '{}', 'x', 1, 1 from people
    returning establishment_id, patient_id, id
), opened as (
    insert into alert (establishment_id, id, patient_id, state, level, emergency, recipient, read_by_hand, hold, reasons, opened_at,
                       last_report_id, last_report_at, changed_at, acknowledge_due_at, contact_due_at)
    select establishment_id, gen_random_uuid(), patient_id, 'open', $2, false, 'level2', false, false, '{x}', app_now(), id, app_now(),
           app_now(), app_now(), app_now()
    from told returning establishment_id, id
), began as (
    insert into alert_round (establishment_id, alert_id, round, cause, level, emergency, recipient, reasons, began_at, acknowledge_due_at,
                             contact_due_at)
    select establishment_id, id, 1, 'report', $2, false, 'level2', '{x}', app_now(), app_now(), app_now() from opened
)
insert into escalation (establishment_id, alert_id, round, step, recipients, due_at)
select o.establishment_id, o.id, 1, s.n - 1, array_remove(string_to_array(s.who, ','), ''),
       app_now() - $4::text::interval + (s.n - 1) * interval '30 minutes'
from opened o, unnest($3::text[]) with ordinality s (who, n)
"""


@asynccontextmanager
async def desk_on(cluster: Cluster, seeded: Seed) -> AsyncIterator[Desk]:
    """A desk on a fresh copy of the seeded database."""
    name = await cluster.create_database_from(seeded.database)
    try:
        look = await asyncpg.connect(**cluster.superuser_args(name))
        await look.execute("update clock set shift = '0', frozen_at = $1", START)
        pool = await connect_pool(cluster.connect_args(name), "vigie_worker", size=8)
        try:
            yield Desk(pool, look, cluster.connect_args(name))
        finally:
            await pool.close()
            await look.close()
    finally:
        await cluster.drop_database(name)


@pytest_asyncio.fixture
async def desk(cluster: Cluster, seeded: Seed) -> AsyncIterator[Desk]:
    """A fresh desk; its clock stands still at START."""
    async with desk_on(cluster, seeded) as desk:
        yield desk
