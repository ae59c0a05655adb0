"""What the database says of itself and of the workers."""

from __future__ import annotations

import asyncpg
from msgspec import Struct

# By the wall clock, as leases are: the age of an engine is real, whatever day a test pretends it is.
AGES = "select name, extract(epoch from clock_timestamp() - (until_at - interval '6 seconds'))::float8 from lease"

# Of both outboxes, in seconds: how long the oldest message that is due has waited.
OUTBOX_LAG = """
select coalesce(extract(epoch from app_now() - min(run_after)), 0)::float8 from (
    select min(run_after) as run_after from notification where state = 'pending' and run_after <= app_now()
    union all
    select min(run_after) from notice where state = 'pending' and run_after <= app_now()) due
"""

SERVER_SETTINGS = """
select current_setting('server_version_num')::int as version, current_setting('fsync') as fsync,
       current_setting('synchronous_commit') as synchronous_commit, current_setting('full_page_writes') as full_page_writes,
       (select rolsuper or rolbypassrls from pg_roles where rolname = current_user) as bypasses_rls,
       (select shift <> interval '0' or frozen_at is not null from clock) as clock_moved
"""


class Server(Struct, frozen=True):
    """Settings that decide whether an acknowledged report survives, and whether isolation holds."""

    version: int
    fsync: str
    synchronous_commit: str
    full_page_writes: str
    bypasses_rls: bool
    clock_moved: bool


async def ages(con: asyncpg.Connection) -> dict[str, float]:
    """Seconds since each kind of leader last said that it is alive."""
    return dict(await con.fetch(AGES))


async def sweeps_age(con: asyncpg.Connection) -> float | None:
    """Seconds since a worker last renewed the lease on the sweeps; None when none ever did."""
    return (await ages(con)).get("sweeps")


async def outbox_lag(con: asyncpg.Connection) -> float:
    """Seconds that the oldest due message has waited, over all establishments: as the worker, who alone sees them all."""
    return float(await con.fetchval(OUTBOX_LAG))


async def server(con: asyncpg.Connection) -> Server:
    """The settings in force for this connection."""
    return Server(*await con.fetchrow(SERVER_SETTINGS))


def durability_problems(server: Server) -> list[str]:
    """What would lose an acknowledged report, in words that tell what to do."""
    problems = []
    if server.version < 150000:
        problems.append(f"PostgreSQL {server.version // 10000} is too old: use 15 or newer")
    problems += [
        f"{name} is off: a power cut would lose reports that were answered; set {name} = on"
        for name in ("fsync", "full_page_writes")
        if getattr(server, name) != "on"
    ]
    if server.synchronous_commit == "off":
        problems.append(
            "synchronous_commit is off: a crash would lose reports that were answered; set synchronous_commit = on"
        )
    if server.bypasses_rls:
        problems.append(
            "the role used by Vigie bypasses row-level security: establishments would see each other; use vigie_app"
        )
    return problems
