"""Accounts, one-time codes and the throttle: what is read before anybody is known."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.domain.people import CoordinationLevel, Role


class Account(Struct, frozen=True):
    """A way in for one person. `totp_secret` is sealed."""

    id: UUID
    establishment_id: UUID
    kind: str
    person_id: UUID
    role: Role
    coordination_level: CoordinationLevel | None
    login: str | None
    password_hash: str | None
    totp_secret: bytes | None
    totp_last_step: int
    on_behalf_of: UUID | None  # the patient for whom a caregiver speaks

    @property
    def speaks_for(self) -> UUID:
        """Whom a cookie of theirs names: the person, and of a caregiver the patient."""
        return self.on_behalf_of or self.person_id


ACCOUNT_BY_LOGIN = """
select id, establishment_id, kind, person_id, role, coordination_level, login, password_hash, totp_secret, totp_last_step,
       on_behalf_of
from account where login = $1 and disabled_at is null
"""

ACCOUNT_BY_ID = """
select id, establishment_id, kind, person_id, role, coordination_level, login, password_hash, totp_secret, totp_last_step,
       on_behalf_of
from account where id = $1 and disabled_at is null
"""

ACCOUNT_OF_PERSON = """
select id from account where establishment_id = $1 and person_id = $2 and disabled_at is null
"""

ADD_ACCOUNT = """
insert into account (id, establishment_id, kind, person_id, role, coordination_level, login, on_behalf_of, created_at)
values ($1, $2, $3, $4, $5, $6, $7, $8, app_now())
"""

DISABLE_ACCOUNTS = """
update account set disabled_at = app_now()
where establishment_id = $1 and person_id = any($2::uuid[]) and disabled_at is null returning id
"""

SET_FACTORS = "update account set password_hash = $2, totp_secret = $3, totp_last_step = $4 where id = $1"

# One code opens one door once: of two requests with the same six digits only one moves the step.
USE_TOTP_STEP = "update account set totp_last_step = $2 where id = $1 and totp_last_step < $2 returning id"

ADD_CODE = """
insert into one_time_code (selector, secret_hash, purpose, account_id, created_at, expires_at)
values ($1, $2, $3, $4, app_now(), app_now() + $5)
on conflict (selector) do nothing returning expires_at
"""

# A new code of the same kind ends the older ones.
RETIRE_CODES = """
update one_time_code set used_at = app_now() where account_id = $1 and purpose = $2 and used_at is null
"""

# Counts the try before it is judged, so that parallel guesses cannot share one.
TRY_CODE = """
update one_time_code set tries = tries + 1
where selector = $1 and purpose = $2 and used_at is null and expires_at > app_now() and tries < 5
returning secret_hash, account_id
"""

# A right proof was no guess: whoever reloads the page of their invitation does not use it up.
RIGHT_CODE = "update one_time_code set tries = tries - 1 where selector = $1 and used_at is null and tries > 0"

USE_CODE = "update one_time_code set used_at = app_now() where selector = $1 and used_at is null returning account_id"

THROTTLED_UNTIL = "select max(until_at) - app_now() from throttle where key = any($1::bytea[]) and until_at > app_now()"

# Three free failures, then 1 s, 2 s, 4 s … up to five minutes; forgotten after a quiet hour. Never a lock.
COUNT_FAILURE = """
insert into throttle as t (key, failures, until_at, changed_at)
select k, 1, app_now(), app_now() from unnest($1::bytea[]) k
on conflict (key) do update set
    failures = case when t.changed_at < app_now() - interval '1 hour' then 1 else t.failures + 1 end,
    until_at = app_now() + case when t.failures < 3 or t.changed_at < app_now() - interval '1 hour' then interval '0'
                                else least(power(2, least(t.failures, 12) - 3), 300) * interval '1 second' end,
    changed_at = app_now()
"""

FORGET_FAILURES = "delete from throttle where key = any($1::bytea[])"


async def by_login(con: asyncpg.Connection, login: str) -> Account | None:
    """The account behind a login, if it is not disabled."""
    row = await con.fetchrow(ACCOUNT_BY_LOGIN, login)
    return _account(row)


async def by_id(con: asyncpg.Connection, account_id: UUID) -> Account | None:
    """The account, if it is not disabled."""
    return _account(await con.fetchrow(ACCOUNT_BY_ID, account_id))


def _account(row: asyncpg.Record | None) -> Account | None:
    if row is None:
        return None
    id_, establishment, kind, person, role, level, *rest = row
    return Account(id_, establishment, kind, person, Role(role), CoordinationLevel(level) if level else None, *rest)


async def add(
    con: asyncpg.Connection,
    account_id: UUID,
    establishment_id: UUID,
    person_id: UUID,
    role: Role,
    coordination_level: CoordinationLevel | None,
    login: str | None,
    on_behalf_of: UUID | None = None,
) -> None:
    """A new way in; it opens nothing until a code is used or factors are set. `on_behalf_of`: of a caregiver, the patient."""
    args = account_id, establishment_id, role.kind, person_id, role, coordination_level, login, on_behalf_of
    await con.execute(ADD_ACCOUNT, *args)


async def of_person(con: asyncpg.Connection, establishment_id: UUID, person_id: UUID) -> UUID | None:
    """The account id of a patient or staff member."""
    return await con.fetchval(ACCOUNT_OF_PERSON, establishment_id, person_id)


async def disable(con: asyncpg.Connection, establishment_id: UUID, person_ids: list[UUID]) -> list[UUID]:
    """End these people's ways in; the accounts that were ended."""
    return [row["id"] for row in await con.fetch(DISABLE_ACCOUNTS, establishment_id, person_ids)]


async def set_factors(
    con: asyncpg.Connection, account_id: UUID, password_hash: str, totp_secret: bytes, step: int
) -> None:
    """Password (argon2id hash) and sealed TOTP secret of a professional; `step` is the TOTP step used to prove it."""
    await con.execute(SET_FACTORS, account_id, password_hash, totp_secret, step)


async def use_totp_step(con: asyncpg.Connection, account_id: UUID, step: int) -> bool:
    """True if this six-digit code had not been used before."""
    return await con.fetchval(USE_TOTP_STEP, account_id, step) is not None


async def throttled_for(con: asyncpg.Connection, keys: list[bytes]) -> int:
    """Seconds to wait before the next try, 0 for none."""
    wait = await con.fetchval(THROTTLED_UNTIL, keys)
    return 0 if wait is None else int(wait.total_seconds()) + 1


async def count_failure(con: asyncpg.Connection, keys: list[bytes]) -> None:
    """One more failed try for each key."""
    await con.execute(COUNT_FAILURE, keys)


async def forget_failures(con: asyncpg.Connection, keys: list[bytes]) -> None:
    """A good sign-in clears the account's own count."""
    await con.execute(FORGET_FAILURES, keys)


async def add_code(
    con: asyncpg.Connection, selector: str, secret_hash: bytes, purpose: str, account_id: UUID, lasts: object
) -> datetime | None:
    """Keep a one-time code; its expiry, or None when the selector is taken (draw another)."""
    return await con.fetchval(ADD_CODE, selector, secret_hash, purpose, account_id, lasts)


async def retire_codes(con: asyncpg.Connection, account_id: UUID, purpose: str) -> None:
    """End all unused codes of this kind."""
    await con.execute(RETIRE_CODES, account_id, purpose)


async def try_code(con: asyncpg.Connection, selector: str, purpose: str) -> tuple[bytes, UUID] | None:
    """Count one try; the hash to compare with and the account, or None when the code is dead."""
    row = await con.fetchrow(TRY_CODE, selector, purpose)
    return row and (row["secret_hash"], row["account_id"])


async def right_code(con: asyncpg.Connection, selector: str) -> None:
    """The try that has just been counted proved right."""
    await con.execute(RIGHT_CODE, selector)


async def use_code(con: asyncpg.Connection, selector: str) -> bool:
    """Mark as used; False when somebody was faster."""
    return await con.fetchval(USE_CODE, selector) is not None
