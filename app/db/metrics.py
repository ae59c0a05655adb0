"""What monitoring is told, over all establishments and by the database itself: the same from whichever process it is asked."""

from __future__ import annotations

from uuid import UUID

import asyncpg

# Not the canary's: nobody should be woken because of it twice.
ALERTS = """
select level, state, count(*), extract(epoch from app_now() - min(opened_at))::float8
from alert where state <> 'closed' and establishment_id <> $1 group by 1, 2 order by 1, 2
"""

OUTBOX = """
select 'call', count(*), coalesce(extract(epoch from app_now() - min(run_after) filter (where run_after <= app_now())), 0)::float8
from notification where state = 'pending'
union all
select 'notice', count(*) filter (where run_after <= app_now()),
       coalesce(extract(epoch from app_now() - min(run_after) filter (where run_after <= app_now())), 0)::float8
from notice where state = 'pending'
"""

# How late rungs were taken in the last quarter of an hour, and how late the latest that is due is now.
LATENESS = """
select count(*), coalesce(max(late), 0)::float8, coalesce(percentile_cont(0.99) within group (order by late), 0)::float8,
       (select coalesce(greatest(extract(epoch from app_now() - min(due_at)), 0), 0)::float8 from escalation where done_at is null)
from (select extract(epoch from done_at - due_at) as late from escalation
      where done_at > app_now() - interval '15 minutes' and outcome in ('notified', 'nobody', 'undeliverable')) taken
"""


async def alerts(con: asyncpg.Connection, canary: UUID) -> list[tuple[str, str, int, float]]:
    """Level, state, how many, and the age in seconds of the oldest."""
    return [tuple(row) for row in await con.fetch(ALERTS, canary)]


async def outbox(con: asyncpg.Connection) -> list[tuple[str, int, float]]:
    """Calls and notices: how many wait, and for how many seconds the oldest that is due has."""
    return [tuple(row) for row in await con.fetch(OUTBOX)]


async def lateness(con: asyncpg.Connection) -> tuple[int, float, float, float]:
    """Rungs taken lately: how many, the latest, the 99th percentile (seconds); and how late the ladder is now."""
    row = await con.fetchrow(LATENESS)
    return row[0], row[1], row[2], row[3]
