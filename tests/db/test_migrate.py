"""Migrations: in order, once, under one lock, and never silently different from what was applied."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from app.db.cluster import Cluster
from app.db.migrate import MigrationError, RolesMissingError, migrate, pending, snapshot
from tests.conftest import MIGRATIONS, ConnectArgs, fresh_database, pool_as
from tests.world import until


def quiet(_: str) -> None:
    """Say nothing."""


@pytest_asyncio.fixture
async def empty(cluster: Cluster) -> AsyncIterator[ConnectArgs]:
    async with fresh_database(cluster, "template0") as args:
        yield args


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "0001_one.sql").write_text("create table one (id int primary key);\n")
    (tmp_path / "0002_two.sql").write_text("create table two (id int primary key references one);\n")
    return tmp_path


async def tables(args: ConnectArgs) -> set[str]:
    connection = await asyncpg.connect(**args)
    try:
        rows = await connection.fetch("select tablename, tableowner from pg_tables where schemaname = 'public'")
    finally:
        await connection.close()
    assert {row["tableowner"] for row in rows} <= {"vigie_owner"}
    return {row["tablename"] for row in rows}


async def test_files_are_applied_in_order_and_once(empty: ConnectArgs, folder: Path) -> None:
    said: list[str] = []
    assert await migrate(empty, folder, said.append) == ["0001_one", "0002_two"]
    assert said == ["migration 0001_one", "migration 0002_two"]
    assert await migrate(empty, folder, quiet) == []
    assert await tables(empty) == {"one", "two", "schema_migration"}


async def test_pending_names_what_is_missing_and_changes_nothing(empty: ConnectArgs, folder: Path) -> None:
    assert await pending(empty, folder) == ["0001_one", "0002_two"]
    assert await tables(empty) == set()
    await migrate(empty, folder, quiet)
    (folder / "0003_three.sql").write_text("create table three ();\n")
    assert await pending(empty, folder) == ["0003_three"]


async def test_four_starters_at_once_apply_each_file_once(empty: ConnectArgs, folder: Path) -> None:
    (folder / "0003_index.sql").write_text("-- no-transaction\ncreate index concurrently two_id on two (id);\n")
    done = await asyncio.gather(*(migrate(empty, folder, quiet) for _ in range(4)))
    assert sorted(map(len, done)) == [0, 0, 0, 3]


async def test_two_databases_of_one_server_are_prepared_at_once(cluster: Cluster, folder: Path) -> None:
    async with fresh_database(cluster, "template0") as one, fresh_database(cluster, "template0") as two:
        done = await asyncio.gather(migrate(one, folder, quiet), migrate(two, folder, quiet))
        assert [len(names) for names in done] == [2, 2]


async def test_a_failing_file_is_undone_as_a_whole_and_raises(empty: ConnectArgs, folder: Path) -> None:
    (folder / "0003_bad.sql").write_text("create table three (); select 1 / 0;\n")
    with pytest.raises(asyncpg.DivisionByZeroError):
        await migrate(empty, folder, quiet)
    assert await tables(empty) == {"one", "two", "schema_migration"}
    assert await pending(empty, folder) == ["0003_bad"]


async def as_owner(args: ConnectArgs) -> asyncpg.Connection:
    """Somebody who reads these tables."""
    return await asyncpg.connect(**args, server_settings={"role": "vigie_owner"})


async def test_nobody_waits_behind_a_file_that_waits_for_a_table(empty: ConnectArgs, folder: Path) -> None:
    """Somebody reads for long; without giving way, the file would wait for them, and everybody else for the file (F24)."""
    await migrate(empty, folder, quiet)
    (folder / "0003_wide.sql").write_text("alter table one add column more int;\n")
    said: list[str] = []
    long, other = await as_owner(empty), await as_owner(empty)
    try:
        reading = long.transaction()
        await reading.start()
        await long.execute("select from one")
        migrating = asyncio.create_task(migrate(empty, folder, said.append))
        await until(lambda: len(said) == 2, 20, "it never gave way")
        for _ in range(20):
            await other.execute("select from one", timeout=5)
            await asyncio.sleep(0.05)
        assert not migrating.done()
        assert said == [
            "migration 0003_wide",
            "migration 0003_wide waits for a table that others are using, and lets them go first",
        ]
        await reading.rollback()
        assert await migrating == ["0003_wide"]
        await other.execute("select more from one")
    finally:
        await long.close()
        await other.close()


async def test_a_file_that_never_gets_its_table_says_what_to_do(
    empty: ConnectArgs, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    await migrate(empty, folder, quiet)
    (folder / "0003_wide.sql").write_text("create table three (); alter table one add column more int;\n")
    monkeypatch.setattr("app.db.migrate.TRIES", 2)
    reader = await as_owner(empty)
    try:
        async with reader.transaction():
            await reader.execute("select from one")
            with pytest.raises(MigrationError, match=r"Nothing of it was applied.*pg_stat_activity"):
                await asyncio.wait_for(migrate(empty, folder, quiet), 30)
    finally:
        await reader.close()
    assert await tables(empty) == {"one", "two", "schema_migration"}
    assert await migrate(empty, folder, quiet) == ["0003_wide"]


async def test_a_changed_file_is_refused_with_what_to_do(empty: ConnectArgs, folder: Path) -> None:
    await migrate(empty, folder, quiet)
    (folder / "0001_one.sql").write_text("create table other ();\n")
    with pytest.raises(MigrationError, match=r"0001_one\.sql was changed.*new migration"):
        await migrate(empty, folder, quiet)
    with pytest.raises(MigrationError, match="was changed"):
        await pending(empty, folder)


async def test_windows_line_ends_are_no_change(empty: ConnectArgs, folder: Path) -> None:
    await migrate(empty, folder, quiet)
    for file in folder.iterdir():
        file.write_bytes(file.read_bytes().replace(b"\n", b"\r\n"))
    assert await migrate(empty, folder, quiet) == []


async def test_a_vanished_file_is_refused_with_what_to_do(empty: ConnectArgs, folder: Path) -> None:
    await migrate(empty, folder, quiet)
    (folder / "0002_two.sql").unlink()
    with pytest.raises(MigrationError, match=r"has 0002_two.*newer release"):
        await migrate(empty, folder, quiet)


async def test_a_file_squeezed_in_before_the_last_one_is_refused(empty: ConnectArgs, folder: Path) -> None:
    await migrate(empty, folder, quiet)
    (folder / "0001_z_late.sql").write_text("create table late ();\n")
    with pytest.raises(MigrationError, match="Give the new file the next number"):
        await migrate(empty, folder, quiet)


async def test_a_folder_without_migrations_is_refused(empty: ConnectArgs, tmp_path: Path) -> None:
    with pytest.raises(MigrationError, match="incomplete"):
        await migrate(empty, tmp_path, quiet)


@pytest_asyncio.fixture
async def outside(cluster: Cluster) -> AsyncIterator[asyncpg.Connection]:
    """The administrator of a server that is not ours, with none of our roles in the way."""
    connection = await asyncpg.connect(**cluster.superuser_args())
    try:
        yield connection
    finally:
        await connection.execute("drop database if exists elsewhere with (force)")
        await connection.execute("drop role if exists plain")
        await connection.close()


async def test_a_login_that_may_not_make_roles_is_told_what_an_administrator_must_run(
    cluster: Cluster, template: str, outside: asyncpg.Connection, folder: Path
) -> None:
    """The sentences of the refusal, run by an administrator as they stand, are all that is needed."""
    await outside.execute("create role plain login password 'plain' noinherit")
    await outside.execute("create database elsewhere")
    login = {**cluster.connect_args("elsewhere"), "user": "plain", "password": "plain"}
    with pytest.raises(RolesMissingError, match="Let an administrator") as refusal:
        await migrate(login, folder, quiet)

    administrator = await asyncpg.connect(**cluster.superuser_args("elsewhere"))
    for statement in str(refusal.value).splitlines()[1:-1]:
        if "unless it exists" not in statement:
            await administrator.execute(statement)
    await administrator.close()
    assert await migrate(login, folder, quiet) == ["0001_one", "0002_two"]


async def test_the_roles_cannot_log_in_and_have_no_power_over_the_server(superuser: asyncpg.Connection) -> None:
    rows = await superuser.fetch(
        "select rolname, rolsuper or rolcreaterole or rolcreatedb or rolcanlogin or rolreplication or rolbypassrls"
        " as power from pg_roles where rolname like 'vigie\\_%'"
    )
    assert {row["rolname"]: row["power"] for row in rows} == dict.fromkeys(
        ["vigie_owner", "vigie_app", "vigie_worker"], False
    )


async def test_a_connection_keeps_its_role_when_the_pool_lends_it_again(database: ConnectArgs) -> None:
    async with pool_as("vigie_app", database, size=1) as pool:
        for _ in range(3):
            async with pool.acquire() as connection:
                assert await connection.fetchval("select current_user::text") == "vigie_app"
                async with connection.transaction():
                    await connection.execute("set local role vigie_worker")


async def test_the_snapshot_is_the_same_twice_and_in_another_database(cluster: Cluster, database: ConnectArgs) -> None:
    first = snapshot(database)
    assert "CREATE TABLE public.schema_migration" in first
    assert snapshot(database) == first
    async with fresh_database(cluster, "template0") as other:
        await migrate(other, MIGRATIONS, quiet)
        assert snapshot(other) == first
