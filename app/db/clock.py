"""The one clock of the house: moved by the test profile and by the demonstration's loader, never elsewhere."""

from __future__ import annotations

from datetime import datetime

import asyncpg

READ_CLOCK = "select app_now(), frozen_at is not null from clock"

SET_CLOCK = "update clock set shift = $1 - clock_timestamp(), frozen_at = case when $2 then $1 end"

ADVANCE_CLOCK = """
update clock set shift = shift + $1 * interval '1 second', frozen_at = frozen_at + $1 * interval '1 second'
"""

RESET_CLOCK = "update clock set shift = interval '0', frozen_at = null"


async def read(con: asyncpg.Pool | asyncpg.Connection) -> tuple[datetime, bool]:
    """The time, and whether it stands still."""
    row = await con.fetchrow(READ_CLOCK)
    return row[0], row[1]


async def set_to(con: asyncpg.Pool | asyncpg.Connection, at: datetime, *, frozen: bool) -> None:
    """Go to a time; stand still there, or run on from it."""
    await con.execute(SET_CLOCK, at, frozen)


async def advance(con: asyncpg.Pool | asyncpg.Connection, seconds: float) -> None:
    """Go on by so many seconds."""
    await con.execute(ADVANCE_CLOCK, seconds)


async def reset(con: asyncpg.Pool | asyncpg.Connection) -> None:
    """Back to real time."""
    await con.execute(RESET_CLOCK)
