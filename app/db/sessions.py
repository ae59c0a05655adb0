"""Sessions: opaque tokens, hashed, listed and killable."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.domain.people import Caller, CoordinationLevel, Role, SessionLine

IDLE_MINUTES = 30  # full sessions; reliability.md, security base


class Visit(Struct, frozen=True):
    """Who is asking and the database's time, in one round trip."""

    caller: Caller
    now: datetime
    last_seen_at: datetime


# Of a full session and a device credential the full one speaks.
FIND_SESSION = """
select s.id, s.account_id, s.purpose = 'full' as is_full, s.last_seen_at, a.establishment_id, a.person_id, a.role,
       a.coordination_level, a.on_behalf_of, app_now() as at
from session s join account a on a.id = s.account_id
where s.token_hash = any($1::bytea[]) and s.ended_at is null and a.disabled_at is null and s.expires_at > app_now()
  and (s.purpose = 'device' or s.last_seen_at > app_now() - interval '30 minutes')
order by is_full desc limit 1
"""

TOUCH_SESSION = "update session set last_seen_at = app_now() where id = $1 and last_seen_at < app_now()"

KEEP_ALIVE = """
update session set last_seen_at = app_now()
where id = $1 and ended_at is null and expires_at > app_now() and last_seen_at > app_now() - interval '30 minutes' returning id
"""

# Who speaks for patient $2 of establishment $1: by a live credential of theirs among these cookies, or of a caregiver of theirs. Of
# several the patient's own speaks.
_TELLER = """
cross join lateral (
    select a.kind, a.person_id from session s join account a on a.id = s.account_id
    where s.token_hash = any({hashes}::bytea[]) and s.ended_at is null and s.expires_at > t.at
      and (s.purpose = 'device' or s.last_seen_at > t.at - interval '30 minutes')
      and a.disabled_at is null and a.establishment_id = $1
      and (a.kind = 'patient' and a.person_id = $2 or a.kind = 'caregiver' and a.on_behalf_of = $2)
    order by a.kind desc limit 1) teller
"""

ADD_SESSION = """
insert into session (token_hash, id, account_id, purpose, device, created_at, last_seen_at, expires_at)
values ($1, $2, $3, $4, $5, app_now(), app_now(), app_now() + $6)
"""

END_SESSIONS = "update session set ended_at = app_now() where token_hash = any($1::bytea[]) and ended_at is null"

END_ACCOUNTS_SESSIONS = (
    "update session set ended_at = app_now() where account_id = any($1::uuid[]) and ended_at is null"
)

END_SESSION = (
    "update session set ended_at = app_now() where account_id = $1 and id = $2 and ended_at is null returning id"
)

LIST_SESSIONS = """
select id, created_at, last_seen_at, id = $2 as current, device
from session
where account_id = $1 and ended_at is null and expires_at > app_now()
  and (purpose = 'device' or last_seen_at > app_now() - interval '30 minutes')
order by last_seen_at desc
"""

KNOWN_DEVICE = """
select account_id from session
where token_hash = $1 and purpose = 'device' and ended_at is null and expires_at > app_now()
"""

DATABASE_TIME = "select app_now()"


def teller(hashes: str) -> str:
    """A part of a statement: `teller`, kind and person_id of who speaks for patient $2. Wants `t.at`, the time. `hashes`: a parameter."""
    return _TELLER.format(hashes=hashes)


async def find(con: asyncpg.Connection, token_hashes: list[bytes]) -> Visit | None:
    """The live session behind these cookies."""
    row = await con.fetchrow(FIND_SESSION, token_hashes)
    if row is None:
        return None
    caller = Caller(
        row["account_id"],
        row["id"],
        row["establishment_id"],
        row["person_id"],
        Role(row["role"]),
        CoordinationLevel(row["coordination_level"]) if row["coordination_level"] else None,
        row["is_full"],
        on_behalf_of=row["on_behalf_of"],
    )
    return Visit(caller, row["at"], row["last_seen_at"])


async def touch(con: asyncpg.Connection, session_id: UUID) -> None:
    """The person is still there."""
    await con.execute(TOUCH_SESSION, session_id)


async def add(
    con: asyncpg.Connection,
    token_hash: bytes,
    session_id: UUID,
    account_id: UUID,
    purpose: str,
    device: str,
    lasts: object,
) -> None:
    """A new session; `lasts` is its absolute life."""
    await con.execute(ADD_SESSION, token_hash, session_id, account_id, purpose, device, lasts)


async def end(con: asyncpg.Connection, token_hashes: list[bytes]) -> None:
    """Sign out."""
    await con.execute(END_SESSIONS, token_hashes)


async def end_all(con: asyncpg.Connection, account_ids: list[UUID]) -> None:
    """End every sign-in and device credential of these accounts."""
    await con.execute(END_ACCOUNTS_SESSIONS, account_ids)


async def end_one(con: asyncpg.Connection, account_id: UUID, session_id: UUID) -> bool:
    """End one of the account's own sessions; False if there is none."""
    return await con.fetchval(END_SESSION, account_id, session_id) is not None


async def of_account(con: asyncpg.Connection, account_id: UUID, current: UUID) -> list[SessionLine]:
    """All live sign-ins of an account, newest first."""
    return [SessionLine(*row) for row in await con.fetch(LIST_SESSIONS, account_id, current)]


async def known_device(con: asyncpg.Connection, token_hash: bytes) -> UUID | None:
    """The account that has used this device before, whatever became of its session."""
    return await con.fetchval(KNOWN_DEVICE, token_hash)


async def database_time(con: asyncpg.Connection) -> datetime:
    """What time it is, for everybody: the database's clock (moved by the test profile only)."""
    return await con.fetchval(DATABASE_TIME)


async def still_live(con: asyncpg.Connection, session_id: UUID) -> bool:
    """An open page is a sign of life: note it, and say whether the session may go on."""
    return await con.fetchval(KEEP_ALIVE, session_id) is not None
