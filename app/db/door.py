"""The one door to the database: it opens a transaction and says who is asking.

Why literal SET LOCAL in the message that begins the transaction: one round trip instead of two, and Citus propagates it
(set_config() it does not). SET takes no bind parameters, so only UUID() and int() values are ever put in.
"""

from __future__ import annotations

from collections.abc import AsyncIterator, Iterable
from contextlib import asynccontextmanager, suppress
from typing import Any
from uuid import UUID

import asyncpg

from app.domain.errors import Unavailable

type_codecs = ("json", "jsonb")
STALE = (
    asyncpg.PostgresConnectionError,
    asyncpg.InterfaceError,
    asyncpg.InternalClientError,  # a connection that the server has ended, before anybody here has noticed
    asyncpg.CannotConnectNowError,
    ConnectionError,
)
# The database cannot be reached: nothing is wrong with what was to be done there.
AWAY = (*STALE, OSError, TimeoutError, Unavailable)
# Whatever a database that is away, overloaded or started again may raise: a loop that lives as long as its process outlives it. Some of
# it are errors of asyncpg's own protocol, met when a call timed out just as its answer came.
TROUBLE = (*STALE, asyncpg.PostgresError, OSError, TimeoutError)


class Connection(asyncpg.Connection):  # type: ignore[misc] # asyncpg ships no types
    """A connection whose settings never outlive a transaction, so that giving it back needs no reset query."""

    def get_reset_query(self) -> str:
        """Nothing to reset: all settings are SET LOCAL (saves a round trip per request)."""
        return ""


# The same lock as in the message that opens a transaction; whatever is read after it is younger than what the holder before wrote.
HOLD_PERSON = "select pg_advisory_xact_lock($1)"

REQUEST_PATIENCE = 2.5  # seconds; up to 2 s more go by for the cancelling: no request waits longer than 5 s (N12)


async def connect_pool(
    where: dict[str, Any], role: str, *, size: int = 16, patience: float = REQUEST_PATIENCE
) -> asyncpg.Pool:
    """A pool whose sessions start as `role` (vigie_app, vigie_worker, vigie_owner), never as the login itself.

    A statement may take `patience` seconds; only commands that a person waits for should ask for more.
    """
    return await asyncpg.create_pool(
        **where,
        min_size=1,
        max_size=size,
        connection_class=Connection,
        command_timeout=patience,
        timeout=2,
        server_settings={
            "role": role,
            "application_name": f"vigie {role.removeprefix('vigie_')}",
            # Planning the statement that keeps a report costs more than running it: plan each statement once per connection.
            "plan_cache_mode": "force_generic_plan",
            # And that may be while its tables are all but empty, where reading them whole looks cheapest: in the middle of a storm it no
            # longer is. To begin such a reading also costs more than an index of a small table (a report's chart: 4 times as much).
            "enable_seqscan": "off",
            "jit": "off",
        },
        init=_teach_json,
    )


async def _teach_json(con: asyncpg.Connection) -> None:
    for name in type_codecs:  # as text: msgspec reads and writes it faster than the json module
        await con.set_type_codec(name, schema="pg_catalog", encoder=str, decoder=str, format="text")


@asynccontextmanager
async def establishment_tx(
    pool: asyncpg.Pool, establishment_id: UUID, *, lock: UUID | None = None
) -> AsyncIterator[asyncpg.Connection]:
    """A transaction confined to one establishment; `lock` serialises on one patient until it ends.

    The lock is taken in the opening message, so that the next statement's snapshot is younger than the lock.
    Raises Unavailable when the database cannot be reached.
    """
    opening = _opening(establishment_id)
    if lock is not None:
        opening += f"; select pg_advisory_xact_lock({_lock_key(lock)})"
    async with _transaction(pool, opening) as con:
        yield con


@asynccontextmanager
async def crowd_tx(
    pool: asyncpg.Pool, establishment_id: UUID, locks: Iterable[UUID], patience_ms: int
) -> AsyncIterator[asyncpg.Connection]:
    """The same for several patients at once, who are never made to wait for a lock that one of them needs.

    In the order of their keys, so that two crowds cannot wait for each other. Raises LockNotAvailableError after `patience_ms`.
    """
    keys = sorted(_lock_key(person) for person in locks)
    takes = ", ".join(f"pg_advisory_xact_lock({key})" for key in keys)
    opening = f"{_opening(establishment_id)}; set local lock_timeout = {int(patience_ms)}; select {takes}"
    async with _transaction(pool, opening) as con:
        yield con


def _opening(establishment_id: UUID) -> str:
    return f"begin; set local app.establishment = '{UUID(str(establishment_id))}'"


@asynccontextmanager
async def _transaction(pool: asyncpg.Pool, opening: str) -> AsyncIterator[asyncpg.Connection]:
    con = await _begin(pool, opening)
    try:
        yield con
    except BaseException:
        with suppress(*STALE):  # a broken connection has rolled back already
            await con.execute("rollback")
        raise
    else:
        await con.execute("commit")
    finally:
        await pool.release(con)


@asynccontextmanager
async def savepoint(con: asyncpg.Connection) -> AsyncIterator[None]:
    """What fails inside is undone alone. asyncpg's own would refuse: the door has begun the transaction itself."""
    await con.execute("savepoint part")
    try:
        yield
    except BaseException:
        with suppress(*STALE):
            await con.execute("rollback to savepoint part; release savepoint part")
        raise
    await con.execute("release savepoint part")


async def hold_person(con: asyncpg.Connection, person: UUID) -> None:
    """Serialise on one patient until the transaction ends, as `lock=` does, where the patient is known only once inside."""
    await con.execute(HOLD_PERSON, _lock_key(person))


async def _begin(pool: asyncpg.Pool, opening: str) -> asyncpg.Connection:
    """A connection inside a transaction. After a database restart each stale connection fails once: take another."""
    for last in (False, False, True):
        try:
            con = await pool.acquire(timeout=2)
        except (*STALE, TimeoutError, OSError) as why:
            raise Unavailable from why
        try:
            await con.execute(opening)
        except STALE as why:
            con.terminate()  # or the pool, last in first out, would hand out the same one again
            await pool.release(con)
            if last:
                raise Unavailable from why
        except BaseException:
            with suppress(*STALE):  # it may have begun: a lock that was not to be had
                if con.is_in_transaction():
                    await con.execute("rollback")
            await pool.release(con)
            raise
        else:
            return con
    raise Unavailable


def _lock_key(person: UUID) -> int:
    """The first sixty-four bits of a random id as PostgreSQL's signed bigint."""
    first = person.int >> 64
    return first - (1 << 64) if first >> 63 else first
