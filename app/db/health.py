"""What the database says of itself and of the workers."""

from __future__ import annotations

import asyncpg
from msgspec import Struct

SWEEPS_AGE = "select extract(epoch from clock_timestamp() - (until_at - interval '6 seconds'))::float8 from lease where name = 'sweeps'"

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


async def sweeps_age(con: asyncpg.Connection) -> float | None:
    """Seconds since a worker last renewed the lease on the sweeps; None when none ever did."""
    return await con.fetchval(SWEEPS_AGE)


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
