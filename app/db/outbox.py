"""Calls not yet settled: leased by senders a person at a time, receipted by phones."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.domain.pace import Pace, turn
from app.domain.verdicts import TriageLevel

LEASE_SECONDS = 20  # reliability.md, sender
RECEIPT_SECONDS = 60  # no receipt by then is a failure


class Notification(Struct, frozen=True):
    """A call to one person, leased by this sender: about one alert, or in a storm about `count` of them under one token."""

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
    wanted_at: datetime  # when it was made, or made again
    bundle_id: UUID | None
    tried: list[str]
    accepted_at: datetime | None
    home_establishment_id: UUID  # where devices, contacts and sessions are: not the alert's when they cover for it
    locale: str
    at: datetime
    next_rung_at: datetime | None  # when the ladder goes on without this call: no retry is of use after that
    count: int = 1


class Lost(Struct, frozen=True):
    """A call that has reached nobody, or has gone on to a way on which nobody may answer.

    `now`: the ladder has waited for it until this moment. It is told so once: twice would hurry the rung after next.
    """

    establishment_id: UUID
    alert_id: UUID
    round: int
    step: int
    level: str
    now: bool


# Whose calls are due: the gravest and the oldest first.
DUE_PEOPLE = """
select establishment_id, staff_id from notification where state = 'pending' and run_after <= app_now()
group by 1, 2 order by min(array_position(array['red', 'orange', 'yellow'], level)), min(created_at) limit $1
"""

# In one order, so that two senders never wait for each other in a ring.
MEET = """
insert into call_pace (establishment_id, staff_id)
select e, s from unnest($1::uuid[], $2::uuid[]) u (e, s) order by 1, 2 on conflict do nothing
"""

# One sender at a time decides about a person; another one does not wait for it, it takes somebody else.
HOLD_PEOPLE = """
select establishment_id, staff_id, window_at, level, sent from call_pace
where (establishment_id, staff_id) in (select e, s from unnest($1::uuid[], $2::uuid[]) u (e, s)) for update skip locked
"""

# What these persons are to be sent. What was tried before keeps its bundle and waits for no window.
DUE_CALLS = """
select n.establishment_id, n.id, n.staff_id, n.level, n.sent_at is not null as again, n.bundle_id, app_now() as at
from notification n
where (n.establishment_id, n.staff_id) in (select e, s from unnest($1::uuid[], $2::uuid[]) u (e, s))
  and n.state = 'pending' and n.run_after <= app_now()
order by array_position(array['red', 'orange', 'yellow'], n.level), n.created_at, n.id for update skip locked
"""

# A dead sender's lease lapses by itself. What has been acknowledged meanwhile is never sent.
TAKE = """
with taken as (
    update notification n set run_after = app_now() + interval '20 seconds', attempts = attempts + 1, bundle_id = u.bundle,
                              sent_at = coalesce(sent_at, app_now())
    from unnest($1::uuid[], $2::uuid[], $3::uuid[], $4::int[]) u (e, i, bundle, count)
    where n.establishment_id = u.e and n.id = u.i and n.state = 'pending'
    returning n.*, u.count
)
select n.establishment_id, n.id, n.alert_id, n.round, n.step, n.staff_id, n.recipient, n.level, n.token, n.attempts,
       coalesce(n.resent_at, n.created_at), n.bundle_id, n.tried, n.accepted_at,
       coalesce(s.home_establishment_id, s.establishment_id), coalesce(h.locale, s.locale), app_now(),
       (select min(e.due_at) from escalation e
        where (e.establishment_id, e.alert_id, e.round) = (n.establishment_id, n.alert_id, n.round) and e.step > n.step
          and e.done_at is null), n.count
from taken n join staff s on (s.establishment_id, s.id) = (n.establishment_id, n.staff_id)
left join staff h on (h.establishment_id, h.id) = (s.home_establishment_id, s.id)
where n.count > 0
"""

NOT_BEFORE = """
update notification n set run_after = u.until from unnest($1::uuid[], $2::uuid[], $3::timestamptz[]) u (e, i, until)
where n.establishment_id = u.e and n.id = u.i and n.state = 'pending'
"""

KEEP_PACE = """
update call_pace p set window_at = u.at, level = u.level, sent = u.sent
from unnest($1::uuid[], $2::uuid[], $3::timestamptz[], $4::text[], $5::int[]) u (e, s, at, level, sent)
where p.establishment_id = u.e and p.staff_id = u.s
"""

# Asked in the last moment before it is sent: what was acknowledged since the lease is not sent any more.
STILL_WANTED = """
select count(*) from notification where establishment_id = $1 and (id = $2 or bundle_id = $3) and state = 'pending'
"""

ACCEPTED = """
with mine as (
    select establishment_id, id, waits from notification
    where establishment_id = $1 and (id = $2 or bundle_id = $3) and state = 'pending' for no key update)
update notification n set state = 'accepted', channel = $4, accepted_at = app_now(), run_after = app_now() + interval '60 seconds',
                          waits = n.waits and $5
from mine m where (n.establishment_id, n.id) = (m.establishment_id, m.id)
returning n.alert_id, n.round, n.step, n.level, m.waits and not n.waits
"""

SHOWN_ON_SCREEN = """
update notification set state = 'received', channel = 'screen', accepted_at = app_now(), received_at = app_now()
where establishment_id = $1 and (id = $2 or bundle_id = $3) and state = 'pending'
"""

RETRY = """
update notification set run_after = app_now() + $4 * interval '1 second', attempts = attempts - $5
where establishment_id = $1 and (id = $2 or bundle_id = $3) and state = 'pending'
"""

# The person's next way, at once and with tries of its own.
NEXT_WAY = """
update notification set run_after = app_now(), attempts = 0, tried = tried || $4::text
where establishment_id = $1 and (id = $2 or bundle_id = $3) and state = 'pending'
"""

# What a push service had accepted before another way failed has no receipt, and may still get one.
FAILED = """
with mine as (
    select establishment_id, id, waits from notification
    where establishment_id = $1 and (id = $2 or bundle_id = $3) and state = 'pending' for no key update)
update notification n set state = 'failed', waits = false,
                          failed_because = case when n.accepted_at is null then $4 else 'no_receipt' end
from mine m where (n.establishment_id, n.id) = (m.establishment_id, m.id)
returning n.alert_id, n.round, n.step, n.level, m.waits
"""

# The alerts of a call or of a bundle, held for the reason of escalations.NEXT_STEPS_NOW, always in one order.
HOLD = """
select from alert where (establishment_id, id) in (
    select establishment_id, alert_id from notification where establishment_id = $1 and (id = $2 or bundle_id = $3) and state = 'pending')
order by establishment_id, id for no key update
"""

# Accepted by the push service, shown by nobody. The ladder goes on without this call; if its person can be reached in another way, that
# way is tried besides. The alert is held with it, for the reason of escalations.NEXT_STEPS_NOW; what somebody else holds is left for the
# next tick, so that nobody waits for anybody.
UNRECEIPTED = """
with silent as (
    select n.establishment_id, n.id, n.waits,
           exists (select from staff s join staff_contact c
                   on (c.establishment_id, c.staff_id) = (coalesce(s.home_establishment_id, s.establishment_id), s.id)
                   where (s.establishment_id, s.id) = (n.establishment_id, n.staff_id) and c.verified_at is not null
                     and c.removed_at is null and c.channel <> n.channel and c.channel <> all (n.tried)) as more
    from notification n
    join alert a on (a.establishment_id, a.id) = (n.establishment_id, n.alert_id)
    where n.state = 'accepted' and n.run_after <= app_now()
    order by n.run_after limit $1 for no key update of n, a skip locked)
update notification n set waits = false, tried = tried || n.channel, attempts = case when s.more then 0 else attempts end,
                          state = case when s.more then 'pending' else 'failed' end,
                          failed_because = case when not s.more then 'no_receipt' end
from silent s where (n.establishment_id, n.id) = (s.establishment_id, s.id)
returning n.establishment_id, n.alert_id, n.round, n.step, n.level, s.waits
"""

# A bundle travelled under one token: its receipt is one for all of it.
RECEIPT = """
update notification n set state = case when $2 = 'opened' or n.state = 'opened' then 'opened' else 'received' end,
    received_at = coalesce(n.received_at, app_now()),
    opened_at = case when $2 = 'opened' then coalesce(n.opened_at, app_now()) else n.opened_at end,
    failed_because = null
from notification m
where m.establishment_id = $3 and m.token = $1
  and n.establishment_id = m.establishment_id and (n.id = m.id or n.bundle_id = m.bundle_id)
  and n.sent_at is not null and (n.state <> 'failed' or n.failed_because = 'no_receipt')
returning n.alert_id, n.staff_id,
          (select home_establishment_id from staff s where (s.establishment_id, s.id) = (n.establishment_id, n.staff_id))
"""

# Whoever reads the alert has been reached, by whatever way: mail and telephone send no receipts of their own.
READ = """
update notification set state = 'opened', received_at = coalesce(received_at, app_now()), opened_at = coalesce(opened_at, app_now()),
                        failed_because = null
where establishment_id = $1 and alert_id = $2 and staff_id = $3 and sent_at is not null
  and (state in ('accepted', 'received') or (state = 'failed' and failed_because = 'no_receipt'))
"""

# The person has a page open: somebody or at least something shows the worklist to them.
AT_A_SCREEN = """
select exists (select from session s join account a on a.id = s.account_id
               where a.establishment_id = $1 and a.person_id = $2 and s.purpose = 'full' and s.ended_at is null
                 and s.expires_at > app_now() and s.last_seen_at > app_now() - interval '2 minutes')
"""

# Mail is not replaced by its successor as a push is: one person hears once of one alert on such a channel (N9).
ALREADY_TOLD = """
select exists (select from notification m where (m.establishment_id, m.alert_id, m.round, m.staff_id) = ($1, $2, $3, $4)
               and m.id <> $5 and m.channel = $6 and m.accepted_at is not null)
"""


async def lease(con: asyncpg.Connection, people: int) -> list[Notification]:
    """Hold what is due for so many persons, the gravest first, bundled where a storm asks for it. A dead sender's lease lapses."""
    async with con.transaction():
        wanted = await con.fetch(DUE_PEOPLE, people)
        if not wanted:
            return []
        persons = [row[0] for row in wanted], [row[1] for row in wanted]
        await con.execute(MEET, *persons)
        held = {
            (e, s): Pace(at, TriageLevel(level), sent) if at is not None else None
            for e, s, at, level, sent in await con.fetch(HOLD_PEOPLE, *persons)
        }
        due = defaultdict(list)
        for row in await con.fetch(DUE_CALLS, [e for e, _ in held], [s for _, s in held]):
            due[row["establishment_id"], row["staff_id"]].append(row)
        plan = _plan(held, due)
        if plan.later:
            await con.execute(NOT_BEFORE, *_columns(plan.later))
        if plan.paces:
            await con.execute(KEEP_PACE, *_columns(plan.paces))
        leased = [Notification(*row) for row in await con.fetch(TAKE, *_columns(plan.take))] if plan.take else []
    return sorted(leased, key=lambda n: (-TriageLevel(n.level).rank, n.wanted_at))


async def still_wanted(con: asyncpg.Connection, n: Notification) -> int:
    """How many alerts of this call nobody has taken since it was leased."""
    return int(await con.fetchval(STILL_WANTED, *_of(n)))


async def accepted(con: asyncpg.Connection, n: Notification, channel: str, *, holds: bool = True) -> list[Lost]:
    """A channel has it; now a receipt must come. Unless it `holds` the ladder, the ladder need not wait: hold it first."""
    return [Lost(n.establishment_id, *row) for row in await con.fetch(ACCEPTED, *_of(n), channel, holds)]


async def shown_on_screen(con: asyncpg.Connection, n: Notification) -> None:
    """No device, but a page of this person's is open and shows it."""
    await con.execute(SHOWN_ON_SCREEN, *_of(n))


async def retry(con: asyncpg.Connection, n: Notification, seconds: float, *, counts: bool) -> None:
    """Try again later; what never left this machine does not count as an attempt."""
    await con.execute(RETRY, *_of(n), seconds, 0 if counts else 1)


async def next_way(con: asyncpg.Connection, n: Notification, behind: str) -> None:
    """This channel is behind us: try the person's next one now."""
    await con.execute(NEXT_WAY, *_of(n), behind)


async def failed(con: asyncpg.Connection, n: Notification, because: str) -> list[Lost]:
    """This call, or every call of its bundle, reached nobody. Holds their alerts until the transaction ends."""
    await con.execute(HOLD, *_of(n))
    return [Lost(n.establishment_id, *row) for row in await con.fetch(FAILED, *_of(n), because)]


async def hold(con: asyncpg.Connection, n: Notification) -> None:
    """Let one transaction at a time say what has become of the calls of these alerts."""
    await con.execute(HOLD, *_of(n))


async def unreceipted(con: asyncpg.Connection, batch: int = 500) -> list[Lost]:
    """Give up on calls whose receipt has not come in time."""
    return [Lost(*row) for row in await con.fetch(UNRECEIPTED, batch)]


async def receipt(
    con: asyncpg.Connection, establishment_id: UUID, token: str, state: str
) -> tuple[UUID, UUID, UUID] | None:
    """A phone showed or opened it; alert, person and where their devices are, or None for an unknown token."""
    row = await con.fetchrow(RECEIPT, token, state, establishment_id)
    return row and (row[0], row[1], row[2] or establishment_id)


async def read(con: asyncpg.Connection, establishment_id: UUID, alert_id: UUID, staff_id: UUID) -> None:
    """This person has opened the alert."""
    await con.execute(READ, establishment_id, alert_id, staff_id)


async def at_a_screen(con: asyncpg.Connection, establishment_id: UUID, person_id: UUID) -> bool:
    """Whether this person has Vigie open now."""
    return bool(await con.fetchval(AT_A_SCREEN, establishment_id, person_id))


async def already_told(con: asyncpg.Connection, n: Notification, channel: str) -> bool:
    """Whether another rung has told the same person of the same alert on this channel."""
    args = n.establishment_id, n.alert_id, n.round, n.staff_id, n.id, channel
    return n.bundle_id is None and bool(await con.fetchval(ALREADY_TOLD, *args))


def _of(n: Notification) -> tuple[UUID, UUID, UUID | None]:
    return n.establishment_id, n.id, n.bundle_id


class _Plan(Struct):
    """What one lease does: calls to take (with bundle and count), calls to leave until a window ends, windows to keep."""

    take: list[tuple[UUID, UUID, UUID | None, int]] = []
    later: list[tuple[UUID, UUID, datetime]] = []
    paces: list[tuple[UUID, UUID, datetime, str, int]] = []


def _plan(
    held: Mapping[tuple[UUID, UUID], Pace | None], due: Mapping[tuple[UUID, UUID], list[asyncpg.Record]]
) -> _Plan:
    plan = _Plan()
    for person, calls in due.items():
        new = [call for call in calls if not call["again"]]
        plan.take += _again([call for call in calls if call["again"]])
        if not new:
            continue
        now = turn(held[person], [TriageLevel(call["level"]) for call in new], new[0]["at"])
        plan.take += [(*_key(call), None, 1) for call in new[: now.alone]]
        plan.take += _bundle(new[: now.bundled], new[0]["id"])
        if now.held_until is not None:
            plan.later += [(*_key(call), now.held_until) for call in new[now.alone :]]
        if now.pace is not None:
            plan.paces.append((*person, now.pace.window_at, now.pace.level.value, now.pace.sent))
    return plan


def _key(call: asyncpg.Record) -> tuple[UUID, UUID]:
    return call["establishment_id"], call["id"]


def _bundle(calls: list[asyncpg.Record], bundle: UUID) -> list[tuple[UUID, UUID, UUID | None, int]]:
    """One message for all of them: it is sent for the first, which alone has a count."""
    return [(*_key(call), bundle, len(calls) if place == 0 else 0) for place, call in enumerate(calls)]


def _again(calls: list[asyncpg.Record]) -> list[tuple[UUID, UUID, UUID | None, int]]:
    """What was sent before, in the company that it had."""
    bundles = defaultdict(list)
    for call in calls:
        bundles[call["bundle_id"] or call["id"]].append(call)
    taken: list[tuple[UUID, UUID, UUID | None, int]] = []
    for members in bundles.values():
        bundle = members[0]["bundle_id"]
        taken += _bundle(members, bundle) if bundle else [(*_key(members[0]), None, 1)]
    return taken


def _columns(rows: Sequence[tuple[object, ...]]) -> list[list[object]]:
    return [list(column) for column in zip(*rows, strict=True)]
