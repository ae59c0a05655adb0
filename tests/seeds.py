"""Databases made by `vigie seed`, to copy from, and the moment at which a world begins."""

from __future__ import annotations

import json
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import asyncpg
from msgspec import Struct

from app.config import new_keys
from app.db.cluster import Cluster
from tests.processes import environment, vigie

START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in Paris: establishments are open, no holiday is near."""


class Seed(Struct, frozen=True):
    """A database made by `vigie seed`, to copy from: its name, what the command printed, and the keys it was made with."""

    database: str
    printed: dict[str, Any]
    keys: dict[str, str]


async def seed_database(cluster: Cluster, template: str) -> Seed:
    """Copy the migrated database, move its clock to START, and let the real `vigie seed` fill it."""
    name, keys = await cluster.create_database_from(template), new_keys()
    connection = await asyncpg.connect(**cluster.superuser_args(name))
    try:
        await connection.execute("update clock set shift = $1 - clock_timestamp()", START)
    finally:
        await connection.close()
    with tempfile.TemporaryDirectory(prefix="vigie-seed-") as folder:
        done = vigie("seed", env=environment(keys, Path(folder), cluster.dsn(name)), seconds=180)
    assert done.returncode == 0, done.stderr
    return Seed(name, json.loads(done.stdout), keys)
