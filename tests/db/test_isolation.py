"""The database's own rules: one establishment at a time, nothing clinical for the worker, nothing rewritten by anybody."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any
from uuid import UUID

import asyncpg
import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from tests.cast import Cast, people
from tests.world import Seed

CHEST_PAIN = {"chest_pain": {"S": 3}}
TENANT_TABLES = (
    "select c.relname from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attname = 'establishment_id'"
    " where c.relkind = 'r' and c.relnamespace = 'public'::regnamespace and c.relname <> 'account' order by 1"
)


async def tables(cast: Cast) -> list[str]:
    """Every table that holds rows of establishments, whatever migration made it."""
    found = [row["relname"] for row in await cast.superuser.fetch(TENANT_TABLES)]
    assert {"patient", "report", "verdict", "alert", "event", "staff"} <= set(found)
    return found


async def count(con: asyncpg.Connection, table: str) -> int:
    return int(await con.fetchval(f"select count(*) from {table}"))  # noqa: S608 - a table's name, from the catalogue


@pytest_asyncio.fixture(scope="module")
async def cast(cluster: Cluster, seeded: Seed) -> AsyncIterator[Cast]:
    """Something of everything in both establishments. Nothing that these tests try is kept."""
    async with people(cluster, seeded) as cast:
        for tenant in (cast.a, cast.b):
            await cast.report(tenant.patient, CHEST_PAIN)
        yield cast


class Undone(Exception):
    """Ends a transaction without keeping it."""


async def refused(pool: asyncpg.Pool, here: UUID | None, statement: str, *args: Any) -> bool:
    """Whether the database denies a statement in a transaction of this establishment; nothing of it is kept."""
    try:
        async with pool.acquire() as con, con.transaction():
            if here:
                await con.execute(f"set local app.establishment = '{here}'")
            await con.execute(statement, *args)
            raise Undone
    except (asyncpg.InsufficientPrivilegeError, asyncpg.DependentObjectsStillExistError):
        return True
    except Undone:
        return False


async def test_whoever_has_not_said_who_is_asking_sees_nothing(cast: Cast) -> None:
    async with cast.app.acquire() as con:
        for table in await tables(cast):
            assert await count(con, table) == 0, table


async def test_the_owner_of_the_tables_sees_nothing_either(cast: Cast) -> None:
    async with cast.owner.acquire() as con:
        for table in await tables(cast):
            assert await count(con, table) == 0, table


async def test_a_connection_given_back_has_forgotten_who_was_asking(cast: Cast) -> None:
    async with cast.asking(cast.a) as con:
        assert await count(con, "patient") == 3
    for _ in range(5):
        async with cast.app.acquire() as con:
            assert await count(con, "patient") == 0


async def test_each_establishment_sees_its_own_rows_and_no_other(cast: Cast) -> None:
    for table in await tables(cast):
        for tenant in (cast.a, cast.b):
            async with cast.asking(tenant) as con:
                seen = await con.fetch(f"select distinct establishment_id from {table}")  # noqa: S608 - from the catalogue
            assert {row[0] for row in seen} <= {tenant.id}, table
    async with cast.asking(cast.a) as con:
        for table in ("patient", "staff", "report", "verdict", "alert", "event", "access", "duty"):
            assert await count(con, table) > 0, f"{table}: nothing was there to be hidden"


async def test_no_row_can_be_put_into_another_establishment(cast: Cast) -> None:
    tried = 0
    for table in await tables(cast):
        rows = await cast.superuser.fetch(f"select * from {table} where establishment_id = $1 limit 1", cast.b.id)  # noqa: S608 - from the catalogue
        if not rows:
            continue
        names = ", ".join(rows[0].keys())
        places = ", ".join(f"${n + 1}" for n in range(len(rows[0])))
        insert = f"insert into {table} ({names}) values ({places})"  # noqa: S608 - from the catalogue
        assert await refused(cast.app, cast.a.id, insert, *rows[0].values()), table
        assert await refused(cast.app, None, insert, *rows[0].values()), table
        tried += 1
    assert tried >= 8


@pytest.mark.parametrize(
    "statement",
    [
        "update alert set state = 'open' where establishment_id = $1",
        "update patient set left_at = app_now() where establishment_id = $1",
        "update access set until_at = app_now() where establishment_id = $1",
        "update notification set state = 'failed' where establishment_id = $1",
        "update course set ended_at = app_now() where establishment_id = $1",
        "delete from duty where establishment_id = $1",
    ],
)
async def test_a_change_of_another_establishments_rows_finds_none(cast: Cast, statement: str) -> None:
    async with cast.app.acquire() as con:
        transaction = con.transaction()
        await transaction.start()
        await con.execute(f"set local app.establishment = '{cast.a.id}'")
        assert (await con.execute(statement, cast.b.id)).endswith(" 0")
        assert not (await con.execute(statement, cast.a.id)).endswith(" 0"), "the same change at home would work"
        await transaction.rollback()


async def test_no_row_can_be_moved_to_another_establishment(cast: Cast) -> None:
    for table in ("alert", "notification", "escalation"):
        move = f"update {table} set establishment_id = $1"  # noqa: S608 - from this file
        assert await refused(cast.app, cast.a.id, move, cast.b.id), table


@pytest.mark.parametrize("table", ["report", "verdict", "event", "report_conflict", "intake"])
async def test_what_was_told_and_judged_is_never_rewritten(cast: Cast, table: str) -> None:
    change = f"update {table} set establishment_id = establishment_id"  # noqa: S608 - from this file
    for statement in (change, f"delete from {table}", f"truncate {table}"):  # noqa: S608 - from this file
        assert await refused(cast.app, cast.a.id, statement), statement


@pytest.mark.parametrize("table", ["patient", "course", "alert", "staff", "account", "clock"])
async def test_the_application_deletes_nobody_and_nothing(cast: Cast, table: str) -> None:
    assert await refused(cast.app, cast.a.id, f"delete from {table}")  # noqa: S608 - from this file


@pytest.mark.parametrize("table", ["report", "verdict", "course", "intake", "report_conflict"])
async def test_the_worker_sees_nothing_clinical(cast: Cast, table: str) -> None:
    for statement in (f"select 1 from {table}", f"delete from {table}"):  # noqa: S608 - from this file
        assert await refused(cast.worker, None, statement), statement


@pytest.mark.parametrize("column", ["identity", "identity_token", "*"])
async def test_the_worker_knows_a_patients_language_and_not_who_they_are(cast: Cast, column: str) -> None:
    assert not await refused(cast.worker, None, "select locale, timezone, left_at from patient")
    assert await refused(cast.worker, None, f"select {column} from patient")  # noqa: S608 - from this file
    assert await refused(cast.worker, None, "delete from patient")


@pytest.mark.parametrize("column", ["reasons", "note", "toxicity_symptom", "action", "last_report_id", "outcome"])
async def test_the_worker_sees_of_an_alert_only_what_routing_needs(cast: Cast, column: str) -> None:
    assert not await refused(cast.worker, None, "select level, state, recipient from alert")
    assert await refused(cast.worker, None, f"select {column} from alert")  # noqa: S608 - from this file


@pytest.mark.parametrize(
    "column", ["session.token_hash", "session.device", "account.password_hash", "account.totp_secret"]
)
async def test_the_worker_sees_no_credential(cast: Cast, column: str) -> None:
    assert await refused(cast.worker, None, f"select {column} from {column.partition('.')[0]}")  # noqa: S608 - from this file


@pytest.mark.parametrize("role", ["app", "worker"])
async def test_nobody_who_serves_can_move_the_clock_or_change_the_tables(cast: Cast, role: str) -> None:
    for statement in (
        "update clock set shift = '1 day'",
        "create table mine (id int)",
        "alter table report disable row level security",
        "drop policy one_establishment on report",
        "alter role vigie_app bypassrls",
    ):
        assert await refused(getattr(cast, role), None, statement), statement
