"""The weekly looks at the model."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct


class MonitorRow(Struct, frozen=True):
    """One week; `watch` is JSON."""

    week_on: date
    made_at: datetime
    card_sha256: str
    watch: str


HAS_MONITOR = "select exists (select from risk_monitor where establishment_id = $1 and week_on = $2)"

KEEP_MONITOR = """
insert into risk_monitor (establishment_id, week_on, made_at, card_sha256, watch) values ($1, $2, app_now(), $3, $4)
on conflict do nothing returning week_on
"""

MONITORS = """
select week_on, made_at, card_sha256, watch from risk_monitor where establishment_id = $1 order by week_on desc limit $2
"""


async def has(con: asyncpg.Connection, establishment_id: UUID, week_on: date) -> bool:
    """Whether somebody has looked at the week that ended on this Monday."""
    return bool(await con.fetchval(HAS_MONITOR, establishment_id, week_on))


async def keep(con: asyncpg.Connection, establishment_id: UUID, week_on: date, card_sha256: str, watch: str) -> bool:
    """Keep a look; False when another worker was faster."""
    return await con.fetchval(KEEP_MONITOR, establishment_id, week_on, card_sha256, watch) is not None


async def latest(con: asyncpg.Connection, establishment_id: UUID, weeks: int) -> list[MonitorRow]:
    """The last looks, newest first."""
    return [MonitorRow(*row) for row in await con.fetch(MONITORS, establishment_id, weeks)]
