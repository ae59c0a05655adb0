"""Leadership: a lease row, because a frozen holder of an advisory lock keeps it for ever (stack.md, section 5)."""

from __future__ import annotations

from uuid import UUID

import asyncpg

LEASE_FOR = 6  # seconds; renewed every 2

# By the wall clock, not app_now(): processes compete in real time, whatever day a test pretends it is.
TAKE = """
insert into lease as l (name, holder, token, until_at) values ($1, $2, 1, clock_timestamp() + interval '6 seconds')
on conflict (name) do update set
    holder = excluded.holder, until_at = excluded.until_at,
    token = case when l.holder = excluded.holder and l.until_at > clock_timestamp() then l.token else l.token + 1 end
where l.holder = excluded.holder or l.until_at < clock_timestamp()
returning token
"""

YIELD = "update lease set until_at = clock_timestamp() where name = $1 and holder = $2"


async def take(con: asyncpg.Connection, name: str, holder: UUID) -> int | None:
    """Become or stay the leader; the fencing token, or None when another one leads."""
    return await con.fetchval(TAKE, name, holder)


async def give_up(con: asyncpg.Connection, name: str, holder: UUID) -> None:
    """Let the next one lead at once."""
    await con.execute(YIELD, name, holder)
