"""What must never be, and what must not last: asked all the time over all establishments."""

from __future__ import annotations

from uuid import UUID

import asyncpg
from msgspec import Struct


class Broken(Struct, frozen=True):
    """Something that should not be so in one establishment, and how often."""

    establishment_id: UUID
    kind: str
    count: int


# No open alert without a timer; none past its deadline in a state that waits; no message late; and what somebody must look at.
# Thirty seconds: a tick is one second, and a database that was restarted is back within ten.
INVARIANTS = """
select a.establishment_id, 'stuck_alert', count(*) from alert a
where a.state = 'open' and not exists (
    select from escalation e where (e.establishment_id, e.alert_id, e.round) = (a.establishment_id, a.id, a.round) and e.done_at is null)
group by 1
union all
select e.establishment_id, 'ladder_late', count(*) from escalation e
where e.done_at is null and e.due_at < app_now() - interval '30 seconds' group by 1
union all
select establishment_id, 'outbox_late', count(*) from (
    select establishment_id from notification where state in ('pending', 'accepted') and run_after < app_now() - interval '30 seconds'
    union all
    select establishment_id from notice where state = 'pending' and run_after < app_now() - interval '2 minutes') late
group by 1
union all
select establishment_id, 'undeliverable', count(*) from alert where state = 'undeliverable' group by 1
union all
select establishment_id, 'rule_storm', count(*) from alert
where state <> 'closed' and opened_at > app_now() - interval '1 minute' group by 1 having count(*) >= $1
"""


async def broken(con: asyncpg.Connection, storm: int) -> list[Broken]:
    """What is wrong now; `storm` alerts opened within a minute count as one."""
    return [Broken(*row) for row in await con.fetch(INVARIANTS, storm)]
