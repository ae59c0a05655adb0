"""Notifications not yet settled: leased by senders, receipted by phones."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

LEASE_SECONDS = 20  # reliability.md, sender
RECEIPT_SECONDS = 60  # no receipt by then is a failure


class Notification(Struct, frozen=True):
    """A call to one person about one alert, leased by this sender."""

    establishment_id: UUID
    id: UUID
    alert_id: UUID
    round: int
    step: int
    staff_id: UUID
    recipient: str
    level: str
    token: str
    attempts: int
    created_at: datetime
    home_establishment_id: UUID  # where their devices and sessions are: not the alert's when they cover for it
    locale: str
    at: datetime
    next_rung_at: datetime | None  # when the ladder goes on without this call: no retry is of use after that


# A dead sender's lease lapses by itself. Red first. What has been acknowledged meanwhile is never sent.
LEASE = """
with due as (
    select n.establishment_id, n.id from notification n
    where n.state = 'pending' and n.run_after <= app_now()
    order by array_position(array['red', 'orange', 'yellow'], n.level), n.created_at
    limit $1 for update skip locked
)
update notification n set run_after = app_now() + interval '20 seconds', attempts = attempts + 1
from due, staff s left join staff h on (h.establishment_id, h.id) = (s.home_establishment_id, s.id)
where n.establishment_id = due.establishment_id and n.id = due.id
  and s.establishment_id = n.establishment_id and s.id = n.staff_id
returning n.establishment_id, n.id, n.alert_id, n.round, n.step, n.staff_id, n.recipient, n.level, n.token, n.attempts, n.created_at,
          coalesce(s.home_establishment_id, s.establishment_id), coalesce(h.locale, s.locale), app_now(),
          (select min(e.due_at) from escalation e
           where (e.establishment_id, e.alert_id, e.round) = (n.establishment_id, n.alert_id, n.round) and e.step > n.step
             and e.done_at is null)
"""

ACCEPTED = """
update notification set state = 'accepted', accepted_at = app_now(), run_after = app_now() + interval '60 seconds'
where establishment_id = $1 and id = $2 and state = 'pending'
"""

SHOWN_ON_SCREEN = """
update notification set state = 'received', channel = 'screen', accepted_at = app_now(), received_at = app_now()
where establishment_id = $1 and id = $2 and state = 'pending'
"""

RETRY = """
update notification set run_after = app_now() + $3 * interval '1 second', attempts = attempts - $4
where establishment_id = $1 and id = $2 and state = 'pending'
"""

FAILED = """
update notification set state = 'failed', failed_because = $3
where establishment_id = $1 and id = $2 and state in ('pending', 'accepted')
returning alert_id, round, step, level
"""

# Accepted by the push service, shown by nobody. The alert is held with it, for the reason of escalations.HOLD; what somebody else
# holds is left for the next tick, so that nobody waits for anybody.
UNRECEIPTED = """
with silent as (
    select n.establishment_id, n.id from notification n
    join alert a on (a.establishment_id, a.id) = (n.establishment_id, n.alert_id)
    where n.state = 'accepted' and n.run_after <= app_now()
    limit $1 for no key update of n, a skip locked)
update notification set state = 'failed', failed_because = 'no_receipt'
where (establishment_id, id) in (select establishment_id, id from silent)
returning establishment_id, alert_id, round, step, level
"""

RECEIPT = """
update notification set state = case when $2 = 'opened' then 'opened' when state = 'opened' then 'opened' else 'received' end,
    received_at = coalesce(received_at, app_now()),
    opened_at = case when $2 = 'opened' then coalesce(opened_at, app_now()) else opened_at end,
    failed_because = null
where establishment_id = $3 and token = $1 and (state <> 'failed' or failed_because = 'no_receipt')
returning alert_id, staff_id,
          (select home_establishment_id from staff s where (s.establishment_id, s.id) = (notification.establishment_id, staff_id))
"""

# The person has a page open: somebody or at least something shows the worklist to them.
AT_A_SCREEN = """
select exists (select from session s join account a on a.id = s.account_id
               where a.establishment_id = $1 and a.person_id = $2 and s.purpose = 'full' and s.ended_at is null
                 and s.expires_at > app_now() and s.last_seen_at > app_now() - interval '2 minutes')
"""

DEPTH = "select count(*) from notification where state = 'pending'"


class Lost(Struct, frozen=True):
    """A call that reached nobody."""

    establishment_id: UUID
    alert_id: UUID
    round: int
    step: int
    level: str


async def lease(con: asyncpg.Connection, batch: int) -> list[Notification]:
    """Hold the gravest due notifications for a while; a dead sender's lease lapses."""
    return [Notification(*row) for row in await con.fetch(LEASE, batch)]


async def accepted(con: asyncpg.Connection, n: Notification) -> None:
    """A push service has it; now a receipt must come."""
    await con.execute(ACCEPTED, n.establishment_id, n.id)


async def shown_on_screen(con: asyncpg.Connection, n: Notification) -> None:
    """No device, but a page of this person's is open and shows it."""
    await con.execute(SHOWN_ON_SCREEN, n.establishment_id, n.id)


async def retry(con: asyncpg.Connection, n: Notification, seconds: float, *, counts: bool) -> None:
    """Try again later; what never left this machine does not count as an attempt."""
    await con.execute(RETRY, n.establishment_id, n.id, seconds, 0 if counts else 1)


async def failed(con: asyncpg.Connection, n: Notification, because: str) -> Lost | None:
    """This call reached nobody."""
    row = await con.fetchrow(FAILED, n.establishment_id, n.id, because)
    return row and Lost(n.establishment_id, *row)


async def unreceipted(con: asyncpg.Connection, batch: int = 500) -> list[Lost]:
    """Give up on calls whose receipt has not come in time."""
    return [Lost(*row) for row in await con.fetch(UNRECEIPTED, batch)]


async def receipt(
    con: asyncpg.Connection, establishment_id: UUID, token: str, state: str
) -> tuple[UUID, UUID, UUID] | None:
    """A phone showed or opened it; alert, person and where their devices are, or None for an unknown token."""
    row = await con.fetchrow(RECEIPT, token, state, establishment_id)
    return row and (row[0], row[1], row[2] or establishment_id)


async def at_a_screen(con: asyncpg.Connection, n: Notification) -> bool:
    """Whether this person has Vigie open now."""
    return bool(await con.fetchval(AT_A_SCREEN, n.home_establishment_id, n.staff_id))
