"""The dead letters: what reached nobody, why, and what was done next; and sending one of them again."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct


class DeadLetter(Struct, frozen=True):
    """A call or notice that reached nobody. `next` is what Vigie did then."""

    kind: str
    id: UUID
    what: str
    person_kind: str
    person_id: UUID
    name: str | None
    alert_id: UUID | None
    level: str | None
    channel: str | None
    created_at: datetime
    because: str
    next: str
    may_resend: bool


# No patient: a manager reads this too. Of calls, what came next on the ladder; of notices, whether the person was reached otherwise.
DEAD_LETTERS = """
select 'call', n.id, n.recipient, 'staff', n.staff_id, s.name, n.alert_id, n.level, n.channel, n.created_at, n.failed_because,
       case when exists (select from notification m
                         where (m.establishment_id, m.alert_id, m.round, m.step) = (n.establishment_id, n.alert_id, n.round, n.step)
                           and m.id <> n.id and m.state in ('received', 'opened')) then 'other_person'
            when exists (select from escalation e
                         where (e.establishment_id, e.alert_id, e.round) = (n.establishment_id, n.alert_id, n.round)
                           and e.step > n.step and e.outcome = 'undeliverable') then 'undeliverable'
            when exists (select from escalation e
                         where (e.establishment_id, e.alert_id, e.round) = (n.establishment_id, n.alert_id, n.round)
                           and e.step > n.step and e.outcome in ('notified', 'nobody')) then 'next_rung'
            when a.state in ('acknowledged', 'closed') then 'taken'
            else 'waits' end,
       a.state in ('open', 'undeliverable') and a.round = n.round and s.disabled_at is null
from notification n
join alert a on (a.establishment_id, a.id) = (n.establishment_id, n.alert_id)
join staff s on (s.establishment_id, s.id) = (n.establishment_id, n.staff_id)
where n.establishment_id = $1 and n.state = 'failed' and n.failed_because <> 'acknowledged_first' and n.created_at >= $2
union all
select 'notice', n.id, n.kind, n.person_kind, n.person_id, s.name, null, null, n.channel, n.created_at, n.failed_because,
       case when n.expires_at > app_now() then 'waits' else 'expired' end,
       n.expires_at > app_now() and n.kind not in ('contact_code', 'reachability_test')
from notice n left join staff s on n.person_kind = 'staff' and (s.establishment_id, s.id) = (n.establishment_id, n.person_id)
where n.establishment_id = $1 and n.state = 'failed' and n.created_at >= $2
order by 10 desc limit $3
"""

# By every way again. The ladder has gone on and does not come back for it. Held with its alert: an acknowledgement comes first or after.
RESEND_CALL = """
with call as (
    select n.establishment_id, n.id from notification n
    join alert a on (a.establishment_id, a.id) = (n.establishment_id, n.alert_id)
    join staff s on (s.establishment_id, s.id) = (n.establishment_id, n.staff_id) and s.disabled_at is null
    where n.establishment_id = $1 and n.id = $2 and n.state = 'failed' and a.state in ('open', 'undeliverable') and a.round = n.round
    for no key update of n, a)
update notification n set state = 'pending', failed_because = null, tried = '{}', attempts = 0, run_after = app_now(), bundle_id = null,
                          resent_at = app_now(), accepted_at = null
from call c where (n.establishment_id, n.id) = (c.establishment_id, c.id) returning n.id
"""

RESEND_NOTICE = """
update notice set state = 'pending', failed_because = null, tried = '{}', attempts = 0, run_after = app_now(), accepted_at = null
where establishment_id = $1 and id = $2 and state = 'failed' and expires_at > app_now()
  and kind not in ('contact_code', 'reachability_test')
returning id
"""

CALL_KNOWN = "select exists (select from notification where establishment_id = $1 and id = $2)"
NOTICE_KNOWN = "select exists (select from notice where establishment_id = $1 and id = $2)"


async def letters(con: asyncpg.Connection, establishment_id: UUID, since: datetime, most: int) -> list[DeadLetter]:
    """What reached nobody since then, newest first."""
    return [DeadLetter(*row) for row in await con.fetch(DEAD_LETTERS, establishment_id, since, most)]


async def known(con: asyncpg.Connection, establishment_id: UUID, kind: str, letter_id: UUID) -> bool:
    """Whether there is such a call or notice here."""
    return bool(await con.fetchval(CALL_KNOWN if kind == "call" else NOTICE_KNOWN, establishment_id, letter_id))


async def resend(con: asyncpg.Connection, establishment_id: UUID, kind: str, letter_id: UUID) -> bool:
    """Try it again; False when it cannot be."""
    statement = RESEND_CALL if kind == "call" else RESEND_NOTICE
    return await con.fetchval(statement, establishment_id, letter_id) is not None
