"""The `vigie` command as an operator meets it: real processes, judged by what they print and how they end."""

from __future__ import annotations

import secrets
import shutil
import tempfile
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import asyncpg
import pytest
import pytest_asyncio

from app.config import new_keys
from app.db.cluster import Cluster
from tests.world import environment, fresh, seeded, world

__all__ = ["fresh", "seeded", "world"]


@pytest_asyncio.fixture
async def nothing_yet(cluster: Cluster) -> AsyncIterator[str]:
    """The name of a database in which nobody has made anything."""
    name = f"empty_{secrets.token_hex(6)}"
    connection = await asyncpg.connect(**cluster.superuser_args())
    try:
        await connection.execute(f'create database "{name}" owner vigie')
    finally:
        await connection.close()
    yield name
    await cluster.drop_database(name)


@pytest.fixture
def folder() -> Iterator[Path]:
    """An empty data folder that the account of PostgreSQL can reach (pytest's own are closed to it)."""
    made = Path(tempfile.mkdtemp(prefix="vigie-cli-"))
    made.chmod(0o755)
    yield made
    shutil.rmtree(made, ignore_errors=True)


@pytest.fixture
def production(folder: Path) -> dict[str, str]:
    """A complete environment for the production profile, without a database."""
    return environment(
        new_keys(),
        folder,
        None,
        VIGIE_PROFILE="production",
        VIGIE_ORIGIN="https://vigie.example.org",
        VIGIE_VAPID_CONTACT="mailto:vigie@example.org",
    )
