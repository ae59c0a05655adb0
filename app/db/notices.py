"""The outbox of notices: neutral messages to a patient or a professional that are not an alert's call."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.domain.notices import NewNotice, NoticeKind

# A key that was used once is spent, whatever became of its notice: sweeps may put what they find as often as they like.
PUT = """
insert into notice (establishment_id, id, person_kind, person_id, kind, subject_id, target_id, dedupe_key, state, token, run_after,
                    expires_at, created_at)
select $1, gen_random_uuid(), $2, $3, $4, $5, $6, $7, 'pending', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''),
       coalesce($8, app_now()), $9, app_now()
where greatest(coalesce($8, app_now()), app_now()) < $9
on conflict (establishment_id, dedupe_key) do nothing returning id
"""

# The same for many at once: reminders of a whole establishment fall due in one minute.
PUT_ALL = """
insert into notice (establishment_id, id, person_kind, person_id, kind, subject_id, dedupe_key, state, token, run_after, expires_at,
                    created_at)
select n.here, gen_random_uuid(), n.person_kind, n.person_id, n.kind, n.subject_id, n.dedupe_key, 'pending',
       replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), app_now(), n.expires_at, app_now()
from unnest($1::uuid[], $2::text[], $3::uuid[], $4::text[], $5::uuid[], $6::text[], $7::timestamptz[])
     n (here, person_kind, person_id, kind, subject_id, dedupe_key, expires_at)
where app_now() < n.expires_at
on conflict (establishment_id, dedupe_key) do nothing
"""

# Also what a channel has accepted: a late tap on it changes nothing any more.
CANCEL = """
update notice set state = 'cancelled' where establishment_id = $1 and dedupe_key = $2 and state in ('pending', 'accepted') returning id
"""

SPENT = "select exists (select from notice where establishment_id = $1 and dedupe_key = $2)"

CANCEL_ABOUT = """
update notice set state = 'cancelled'
where establishment_id = $1 and kind = $2 and subject_id = $3 and state in ('pending', 'accepted') returning id
"""

# What only its person's phone may settle, oldest first. A disabled account and a patient who has left are told nothing any more.
LEASE = """
with due as (
    select establishment_id, id from notice where state = 'pending' and run_after <= app_now() and expires_at > app_now()
    order by run_after limit $1 for update skip locked
), held as (
    update notice n set run_after = app_now() + interval '20 seconds', attempts = attempts + 1
    from due where (n.establishment_id, n.id) = (due.establishment_id, due.id) returning n.*
)
select n.establishment_id, n.id, n.person_kind, n.person_id, n.kind, n.subject_id, n.target_id, n.token, n.attempts, n.tried, n.accepted_at,
       n.expires_at, n.created_at, coalesce(s.locale, p.locale, 'fr'),
       case when n.person_kind = 'staff' then s.id is not null and s.disabled_at is null else p.id is not null and p.left_at is null end,
       c.code, app_now()
from held n
left join staff s on n.person_kind = 'staff' and (s.establishment_id, s.id) = (n.establishment_id, n.person_id)
left join patient p on n.person_kind = 'patient' and (p.establishment_id, p.id) = (n.establishment_id, n.person_id)
left join staff_contact c on n.kind = 'contact_code' and (c.establishment_id, c.id) = (n.establishment_id, n.target_id)
"""

ACCEPTED = """
update notice set state = 'accepted', channel = $3, accepted_at = app_now(),
                  run_after = least(app_now() + $4 * interval '1 second', expires_at)
where establishment_id = $1 and id = $2 and state = 'pending'
"""

SHOWN_ON_SCREEN = """
update notice set state = 'received', channel = 'screen', accepted_at = app_now(), received_at = app_now()
where establishment_id = $1 and id = $2 and state = 'pending'
"""

RETRY = """
update notice set run_after = app_now() + $3 * interval '1 second', attempts = attempts - $4
where establishment_id = $1 and id = $2 and state = 'pending'
"""

NEXT_WAY = """
update notice set run_after = app_now(), attempts = 1, tried = tried || $3::text
where establishment_id = $1 and id = $2 and state = 'pending'
"""

START_OVER = """
update notice set run_after = app_now() + $3 * interval '1 second', attempts = 1, tried = '{}'
where establishment_id = $1 and id = $2 and state = 'pending'
"""

FAILED = """
update notice set state = 'failed', failed_because = case when accepted_at is null then $3 else 'no_receipt' end
where establishment_id = $1 and id = $2 and state = 'pending'
"""

# A phone may be off until its owner wakes: without another way the notice waits for its receipt until nobody wants it any more.
UNRECEIPTED = """
with silent as (
    select n.establishment_id, n.id,
           n.target_id is null and exists (
               select from staff_contact c where (c.establishment_id, c.staff_id) = (n.establishment_id, n.person_id)
               and c.verified_at is not null and c.removed_at is null and c.channel <> n.channel and c.channel <> all (n.tried)) as more
    from notice n where n.state = 'accepted' and n.run_after <= app_now() and n.run_after < n.expires_at
    order by n.run_after limit $1 for no key update skip locked)
update notice n set state = case when s.more then 'pending' else 'accepted' end, tried = n.tried || n.channel, attempts = 1,
                    run_after = case when s.more then app_now() else n.expires_at end
from silent s where (n.establishment_id, n.id) = (s.establishment_id, s.id)
"""

EXPIRE = """
with late as (
    select establishment_id, id from notice where state in ('pending', 'accepted') and expires_at <= app_now()
    limit $1 for no key update skip locked)
update notice n set state = 'failed', failed_because = case when n.accepted_at is null then 'expired' else 'no_receipt' end
from late l where (n.establishment_id, n.id) = (l.establishment_id, l.id)
"""

RECEIPT = """
update notice set state = case when $2 = 'opened' or state = 'opened' then 'opened' else 'received' end,
    received_at = coalesce(received_at, app_now()),
    opened_at = case when $2 = 'opened' then coalesce(opened_at, app_now()) else opened_at end,
    failed_because = null
where establishment_id = $3 and token = $1 and attempts > 0 and state <> 'cancelled'
  and (state <> 'failed' or failed_because = 'no_receipt')
returning id, person_id, kind, target_id
"""


async def put(con: asyncpg.Connection, notice: NewNotice) -> UUID | None:
    """Keep a notice to be sent; its id, or None when its key is spent or it would have expired already.

    In the caller's transaction, as vigie_app or vigie_worker. Hints are not needed: a sender looks once a second.
    """
    n = notice
    return await con.fetchval(
        PUT,
        n.establishment_id,
        n.person_kind,
        n.person_id,
        n.kind,
        n.subject_id,
        n.target_id,
        n.dedupe_key,
        n.run_after,
        n.expires_at,
    )


async def put_all(con: asyncpg.Connection, new: Sequence[NewNotice]) -> None:
    """Keep many notices to be sent at once, each as `put` does; `run_after` and `target_id` are not for these."""
    await con.execute(
        PUT_ALL,
        [n.establishment_id for n in new],
        [n.person_kind for n in new],
        [n.person_id for n in new],
        [n.kind for n in new],
        [n.subject_id for n in new],
        [n.dedupe_key for n in new],
        [n.expires_at for n in new],
    )


async def cancel(con: asyncpg.Connection, establishment_id: UUID, dedupe_key: str) -> bool:
    """Do not send it, or expect nothing of it any more; False when there was nothing to cancel. A sender may be at it already."""
    return await con.fetchval(CANCEL, establishment_id, dedupe_key) is not None


async def spent(con: asyncpg.Connection, establishment_id: UUID, dedupe_key: str) -> bool:
    """Whether a notice was put under this key, whatever became of it."""
    return bool(await con.fetchval(SPENT, establishment_id, dedupe_key))


async def cancel_about(con: asyncpg.Connection, establishment_id: UUID, kind: NoticeKind, subject_id: UUID) -> int:
    """Cancel every notice of a kind about one thing (a course, a hand-over); how many."""
    return len(await con.fetch(CANCEL_ABOUT, establishment_id, kind, subject_id))


class DueNotice(Struct, frozen=True):
    """A notice leased by this sender. `there`: its person works or is followed here; `code`: of the contact it is to prove."""

    establishment_id: UUID
    id: UUID
    person_kind: str
    person_id: UUID
    kind: str
    subject_id: UUID | None
    target_id: UUID | None
    token: str
    attempts: int
    tried: list[str]
    accepted_at: datetime | None
    expires_at: datetime
    created_at: datetime
    locale: str
    there: bool
    code: str | None
    at: datetime


async def lease(con: asyncpg.Connection, batch: int) -> list[DueNotice]:
    """Hold what has waited longest for a while; a dead sender's lease lapses."""
    return [DueNotice(*row) for row in await con.fetch(LEASE, batch)]


async def accepted(con: asyncpg.Connection, n: DueNotice, channel: str, patience: float) -> None:
    """A channel has it; after `patience` seconds without a receipt the person's next way is tried."""
    await con.execute(ACCEPTED, n.establishment_id, n.id, channel, patience)


async def shown_on_screen(con: asyncpg.Connection, n: DueNotice) -> None:
    """This person has a page open, which shows it."""
    await con.execute(SHOWN_ON_SCREEN, n.establishment_id, n.id)


async def retry(con: asyncpg.Connection, n: DueNotice, seconds: float, *, counts: bool) -> None:
    """Try again later; what never left this machine does not count as an attempt."""
    await con.execute(RETRY, n.establishment_id, n.id, seconds, 0 if counts else 1)


async def next_way(con: asyncpg.Connection, n: DueNotice, behind: str) -> None:
    """This channel is behind us: try the person's next one now."""
    await con.execute(NEXT_WAY, n.establishment_id, n.id, behind)


async def start_over(con: asyncpg.Connection, n: DueNotice, seconds: float) -> None:
    """No way works now, and it is still wanted: try all of them again later."""
    await con.execute(START_OVER, n.establishment_id, n.id, seconds)


async def failed(con: asyncpg.Connection, n: DueNotice, because: str) -> None:
    """It has reached nobody, and nothing is left to try."""
    await con.execute(FAILED, n.establishment_id, n.id, because)


async def give_up_on_silent(con: asyncpg.Connection, batch: int = 500) -> None:
    """What no phone has shown goes the person's next way, or is over; what nobody wants any more is over too."""
    await con.execute(UNRECEIPTED, batch)
    await con.execute(EXPIRE, batch)


async def receipt(con: asyncpg.Connection, establishment_id: UUID, token: str, state: str) -> Heard | None:
    """A phone showed or opened it; what and whose, or None for an unknown token."""
    row = await con.fetchrow(RECEIPT, token, state, establishment_id)
    return row and Heard(*row)


class Heard(Struct, frozen=True):
    """A notice that was receipted."""

    id: UUID
    person_id: UUID
    kind: str
    target_id: UUID | None
