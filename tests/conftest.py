"""What every test may lean on: one throw-away PostgreSQL per run, and fresh databases copied from a migrated one."""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg
import pytest
import pytest_asyncio

from app.db.cluster import Cluster, throwaway
from app.db.migrate import migrate

ROOT = Path(__file__).resolve().parents[1]
MIGRATIONS = ROOT / "migrations"

ConnectArgs = dict[str, Any]


@pytest.fixture(scope="session")
def cluster() -> Iterator[Cluster]:
    """The server of this run, without fsync; gone afterwards, also when the run was killed (the next run sweeps)."""
    with throwaway() as server:
        yield server


@pytest_asyncio.fixture(scope="session")
async def template(cluster: Cluster) -> str:
    """The name of a migrated database to copy from. Nobody may connect to it: PostgreSQL copies only what is quiet."""
    await migrate(cluster.connect_args("vigie"), MIGRATIONS, say=lambda _: None)
    return "vigie"


@asynccontextmanager
async def fresh_database(cluster: Cluster, template: str) -> AsyncIterator[ConnectArgs]:
    """A copy of the template (some 25 ms) as arguments for `asyncpg.connect`; dropped at the end."""
    name = await cluster.create_database_from(template)
    try:
        yield cluster.connect_args(name)
    finally:
        await cluster.drop_database(name)


@pytest_asyncio.fixture
async def database(cluster: Cluster, template: str) -> AsyncIterator[ConnectArgs]:
    """A fresh migrated database for one test."""
    async with fresh_database(cluster, template) as args:
        yield args


@pytest_asyncio.fixture(scope="module")
async def module_database(cluster: Cluster, template: str) -> AsyncIterator[ConnectArgs]:
    """A fresh migrated database that the tests of one file share."""
    async with fresh_database(cluster, template) as args:
        yield args


@asynccontextmanager
async def pool_as(role: str, args: ConnectArgs, size: int = 4) -> AsyncIterator[asyncpg.Pool]:
    """A pool whose connections start as `role`; a `set role` without `local` would stay, so nothing here says it."""
    async with asyncpg.create_pool(**args, min_size=1, max_size=size, server_settings={"role": role}) as pool:
        yield pool


@pytest_asyncio.fixture
async def app_pool(database: ConnectArgs) -> AsyncIterator[asyncpg.Pool]:
    """Connections that serve people: row level security applies."""
    async with pool_as("vigie_app", database) as pool:
        yield pool


@pytest_asyncio.fixture
async def worker_pool(database: ConnectArgs) -> AsyncIterator[asyncpg.Pool]:
    """Connections that sweep and deliver."""
    async with pool_as("vigie_worker", database) as pool:
        yield pool


@pytest_asyncio.fixture
async def owner_pool(database: ConnectArgs) -> AsyncIterator[asyncpg.Pool]:
    """Connections that may change the schema; FORCE ROW LEVEL SECURITY binds them too."""
    async with pool_as("vigie_owner", database) as pool:
        yield pool


@pytest_asyncio.fixture
async def superuser(cluster: Cluster, database: ConnectArgs) -> AsyncIterator[asyncpg.Connection]:
    """A look from outside: passes every policy. For what a test asserts, never for what it exercises."""
    connection = await asyncpg.connect(**cluster.superuser_args(database["database"]))
    try:
        yield connection
    finally:
        await connection.close()
