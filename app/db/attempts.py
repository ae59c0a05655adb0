"""Every try to send a message, kept for ever: a notification's life can be read on the alert."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct


class Attempt(Struct, frozen=True):
    """One try, as it is written. `target_id`: the device or contact, None for a screen or for nothing to send to."""

    establishment_id: UUID
    message_kind: str
    message_id: UUID
    channel: str
    target_id: UUID | None
    outcome: str
    because: str
    status: int | None


class AttemptLine(Struct, frozen=True):
    """One try, as it is read: when, by what, and what came of it."""

    message_id: UUID
    at: datetime
    channel: str
    outcome: str
    because: str
    status: int | None


ADD = """
insert into delivery_attempt (establishment_id, id, message_kind, message_id, channel, target_id, at, outcome, because, status)
select e, gen_random_uuid(), k, m, c, t, app_now(), o, b, s
from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::text[], $8::int[]) u (e, k, m, c, t, o, b, s)
"""

# Calls that were sent in one bundle share the tries of the one whose token they travelled under.
OF_ALERT = """
select n.id, d.at, d.channel, d.outcome, d.because, d.status
from notification n
join delivery_attempt d on d.establishment_id = n.establishment_id and d.message_id = coalesce(n.bundle_id, n.id)
where n.establishment_id = $1 and n.alert_id = $2 order by d.at, d.id
"""

# In one order, so that two processes never wait for each other.
COUNT = """
insert into delivery_count as c (channel, outcome, because, times)
select channel, outcome, because, times from unnest($1::text[], $2::text[], $3::text[], $4::bigint[]) u (channel, outcome, because, times)
order by 1, 2, 3
on conflict (channel, outcome, because) do update set times = c.times + excluded.times
"""

COUNTS = "select channel, outcome, because, times from delivery_count order by 1, 2, 3"


async def add(con: asyncpg.Connection, attempts: list[Attempt]) -> None:
    """Keep what was tried."""
    if attempts:
        columns = zip(
            *(
                (
                    a.establishment_id,
                    a.message_kind,
                    a.message_id,
                    a.channel,
                    a.target_id,
                    a.outcome,
                    a.because,
                    a.status,
                )
                for a in attempts
            ),
            strict=True,
        )
        await con.execute(ADD, *(list(column) for column in columns))


async def of_alert(con: asyncpg.Connection, establishment_id: UUID, alert_id: UUID) -> list[AttemptLine]:
    """Everything that was tried for the calls of one alert, in order; `message_id` is the call's."""
    return [AttemptLine(*row) for row in await con.fetch(OF_ALERT, establishment_id, alert_id)]


async def count(con: asyncpg.Connection, counted: Counter[tuple[str, str, str]]) -> None:
    """Add to what monitoring counts."""
    keys = sorted(counted)
    columns = [[key[i] for key in keys] for i in range(3)]
    await con.execute(COUNT, *columns, [counted[key] for key in keys])


async def counts(con: asyncpg.Connection) -> list[tuple[str, str, str, int]]:
    """Channel, outcome, reason and how often."""
    return [tuple(row) for row in await con.fetch(COUNTS)]
