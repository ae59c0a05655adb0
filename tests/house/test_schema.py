"""The catalogue of the migrated database: tenants apart, keys indexed, one owner; and each check seen to go red."""

from __future__ import annotations

from collections.abc import AsyncIterator

import asyncpg
import pytest
import pytest_asyncio

from app.db.migrate import snapshot
from tests.conftest import MIGRATIONS, ConnectArgs
from tests.house import catalogue
from tests.house.catalogue import CHECKS, OPEN_TABLES, Check


@pytest_asyncio.fixture
async def owner(database: ConnectArgs) -> AsyncIterator[asyncpg.Connection]:
    """Somebody who writes a migration."""
    connection = await asyncpg.connect(**database, server_settings={"role": "vigie_owner"})
    try:
        yield connection
    finally:
        await connection.close()


@pytest.mark.parametrize("check", CHECKS, ids=lambda check: check.__name__)
async def test_the_schema_is_as_the_house_wants_it(owner: asyncpg.Connection, check: Check) -> None:
    assert await check(owner) == []


async def test_every_table_without_a_tenant_still_exists_and_holds_no_patient(owner: asyncpg.Connection) -> None:
    there = {row["table"] for row in await owner.fetch(catalogue.TABLES)}
    assert OPEN_TABLES.keys() <= there, "OPEN_TABLES names a table that is gone"
    rows = await owner.fetch(
        "select table_name || '.' || column_name from information_schema.columns"
        " where table_schema = 'public' and table_name = any($1)"
        " and column_name in ('patient_id', 'report_id', 'alert_id')",
        list(OPEN_TABLES),
    )
    assert [row[0] for row in rows] == []


async def test_the_snapshot_shows_the_schema(database: ConnectArgs) -> None:
    file = MIGRATIONS / "schema.sql"
    assert file.exists(), "Run: .venv/bin/vigie migrate --snapshot"
    assert file.read_text("utf-8") == snapshot(database), "Run: .venv/bin/vigie migrate --snapshot"


GOOD = """
create table parent (establishment_id uuid not null, id uuid not null, primary key (establishment_id, id));
create table child (establishment_id uuid not null, id uuid not null, parent_id uuid not null,
                    primary key (establishment_id, id),
                    foreign key (establishment_id, parent_id) references parent);
create index child_parent on child (establishment_id, parent_id);
alter table parent enable row level security;
alter table parent force row level security;
create policy one on parent to vigie_app
    using (establishment_id = asking_establishment()) with check (establishment_id = asking_establishment());
alter table child enable row level security;
alter table child force row level security;
create policy one on child to vigie_app
    using (establishment_id = asking_establishment()) with check (establishment_id = asking_establishment());
"""

FAULTS = [
    (
        "drop index child_parent",
        "child.child_establishment_id_parent_id_fkey: no index on (establishment_id, parent_id)",
    ),
    (
        "drop index child_parent; create index on child (establishment_id, parent_id) where id is null",
        "no index on (establishment_id, parent_id)",
    ),
    ("alter table child no force row level security", "child: row level security is not enabled and forced"),
    ("alter table child disable row level security", "child: row level security is not enabled and forced"),
    ("drop policy one on child", "child: no policy for vigie_app"),
    (
        "drop policy one on child; create policy one on child to vigie_app using (true) with check (true)",
        "child: policy one: USING does not confine to one establishment",
    ),
    (
        "drop policy one on child;"
        " create policy one on child to vigie_app using (establishment_id = asking_establishment())",
        "child: policy one: WITH CHECK does not confine to one establishment",
    ),
    ("create policy two on child for select using (id is not null)", "child: policy two: USING does not confine"),
    (
        "create policy two on child for select to vigie_app"
        " using (establishment_id = asking_establishment() or id is null)",
        "child: policy two: USING does not confine",
    ),
    ("create policy two on child for select to vigie_worker using (id in (select id from parent))", "sub-select"),
    (
        "alter table child drop constraint child_pkey; alter table child alter establishment_id drop not null",
        "not null",
    ),
    ("create table loose (id uuid primary key)", "loose: no establishment_id that is not null"),
    ("create table keyless (establishment_id uuid not null)", "keyless: no primary key"),
    ("alter table child add unique (id)", "child: child_id_key begins with id"),
    ("create unique index child_late on child (parent_id)", "child: child_late begins with parent_id"),
    (
        "alter table parent add unique (establishment_id, id);"
        " alter table child add foreign key (parent_id, establishment_id) references parent (id, establishment_id)",
        "begins with parent_id",
    ),
    ("create view seen as select * from child", "view without security_invoker: seen"),
    ("create materialized view seen as select 1 as one", "materialized view: no policy reaches it: seen"),
    ("create function f() returns int language sql security definer as 'select 1'", "security definer function: f"),
    (
        "create function f() returns trigger language plpgsql as 'begin return new; end';"
        " create trigger t before insert on child for each row execute function f()",
        "trigger: audit rows are written by the service, and Citus refuses triggers: t",
    ),
    ("grant select on child to public", "right given to everybody: child"),
    ("grant truncate on child to vigie_app", "truncate, which asks no policy: child for vigie_app"),
    ("alter table child add made_at timestamptz default now()", "default that asks the server's clock"),
]


async def everything_wrong(connection: asyncpg.Connection) -> list[str]:
    return [line for check in CHECKS for line in await check(connection)]


async def test_a_table_made_as_the_house_wants_it_passes(owner: asyncpg.Connection) -> None:
    before = await everything_wrong(owner)
    await owner.execute(GOOD)
    assert await everything_wrong(owner) == before


@pytest.mark.parametrize(("fault", "said"), FAULTS)
async def test_a_planted_fault_is_seen(owner: asyncpg.Connection, fault: str, said: str) -> None:
    await owner.execute(GOOD)
    before = await everything_wrong(owner)
    await owner.execute(fault)
    new = set(await everything_wrong(owner)) - set(before)
    assert any(said in line for line in new), new


async def test_a_table_that_belongs_to_who_serves_is_seen(superuser: asyncpg.Connection) -> None:
    await superuser.execute("create table stolen (establishment_id uuid not null, id uuid)")
    await superuser.execute("alter table stolen owner to vigie_app")
    said = await catalogue.foreign_owners(superuser)
    assert "relation stolen belongs to vigie_app" in said
    assert any(line.startswith("vigie_app owns") for line in said)
