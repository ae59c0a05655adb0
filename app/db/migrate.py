"""Bring a database to this release: plain SQL files, in order, once, forward only."""

from __future__ import annotations

import asyncio
import hashlib
import re
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import asyncpg

from app.db.cluster import throwaway
from app.db.programs import Programs
from app.db.roles import RolesMissingError, ensure_roles

__all__ = ["MigrationError", "RolesMissingError", "migrate", "pending", "snapshot", "write_snapshot"]

_KEY = 7_201_411  # of the advisory lock; any number that nothing else uses

TRY_LOCK = "select pg_try_advisory_lock($1)"
HAS_TABLE = "select to_regclass('public.schema_migration') is not null"
MAKE_TABLE = """
create table if not exists public.schema_migration (
    version text primary key,
    sha256 text not null,
    applied_at timestamptz not null default clock_timestamp() -- of the server: app_now() is made by a migration
)"""
APPLIED = "select version, sha256 from public.schema_migration order by version"
RECORD = "insert into public.schema_migration (version, sha256) values ($1, $2)"

# A file that wants to alter a table waits for whoever reads it, and everybody who comes later waits behind the file: reports, too.
# So it gives up soon, as a whole, and tries again a little later, until somebody should know that it cannot get through.
LOCK_TIMEOUT = "set local lock_timeout = '1s'"
PAUSE = 0.5  # seconds
TRIES = 80  # two minutes


class MigrationError(RuntimeError):
    """The files and the database do not fit together; the message says what to do."""


async def migrate(database: str | Mapping[str, Any], folder: Path, say: Callable[[str], None] = print) -> list[str]:
    """Apply what is missing and return the names of what was applied; safe in many processes at once.

    `database` is a URL or the arguments of `asyncpg.connect`, never through a transaction pooler: the lock belongs to
    the session. Nobody waits behind a file that waits for a table: it lets them pass. Raises MigrationError when an applied
    file was changed or has vanished or gets no hold of its tables, RolesMissingError when the login may not prepare the
    roles, and PostgreSQL's own error when a file fails: that file is then undone as a whole.
    """
    files = _files(folder)
    done: list[str] = []
    async with _connected(database) as connection:
        # Polled, because a wait inside pg_advisory_lock() holds a snapshot, and another starter's CREATE INDEX
        # CONCURRENTLY would wait for that snapshot: a deadlock.
        while not await connection.fetchval(TRY_LOCK, _KEY):  # noqa: ASYNC110 (the other one is another process)
            await asyncio.sleep(0.2)
        await ensure_roles(connection)
        await connection.execute("set role vigie_owner")
        await connection.execute(MAKE_TABLE)
        for file in _missing(files, await _applied(connection)):
            say(f"migration {file.stem}")
            sql = _text(file)
            if sql.startswith("-- no-transaction"):
                await connection.execute(sql)
                await connection.execute(RECORD, file.stem, _digest(sql))
            else:
                await _apply(connection, file.stem, sql, say)
            done.append(file.stem)
    return done


async def _apply(connection: asyncpg.Connection, name: str, sql: str, say: Callable[[str], None]) -> None:
    """One file, whole or not at all. Raises MigrationError when it never gets the tables that it alters."""
    for again in range(TRIES):
        try:
            async with connection.transaction():
                await connection.execute(LOCK_TIMEOUT)
                await connection.execute(sql)
                await connection.execute(RECORD, name, _digest(sql))
        except (asyncpg.LockNotAvailableError, asyncpg.DeadlockDetectedError):
            if not again:
                say(f"migration {name} waits for a table that others are using, and lets them go first")
            await asyncio.sleep(PAUSE)
        else:
            return
    raise MigrationError(
        f"Migration {name} could not get a table that others keep using. Nothing of it was applied. End the transactions that have "
        "been open for long (pg_stat_activity, column xact_start) or choose a quieter hour, and start it again."
    )


async def pending(database: str | Mapping[str, Any], folder: Path) -> list[str]:
    """Return the names of what `migrate` would apply, and change nothing. Raises MigrationError as `migrate` does."""
    files = _files(folder)
    async with _connected(database) as connection:
        if not await connection.fetchval(HAS_TABLE):
            return [file.stem for file in files]
        await connection.execute("set role vigie_owner")
        return [file.stem for file in _missing(files, await _applied(connection))]


def snapshot(connect_args: Mapping[str, Any]) -> str:
    """Return the schema of a migrated database as SQL: what reviewers read.

    Made by the embedded pg_dump from the embedded server, both of the version that the lock file fixes, so the text
    changes with the schema alone. Another server's text differs in small things although the schema is the same.
    """
    dump = Programs(Path.cwd()).ask("pg_dump", "--schema-only", "--role=vigie_owner", connect=dict(connect_args))
    # What goes: versions, a key drawn for each dump (\restrict), and the settings of the session that loads it.
    noise = re.compile(r"--( Dumped .*| PostgreSQL database dump.*)?|\\.*|SET .*|SELECT pg_catalog\.set_config.*")
    text = "\n".join(line for line in dump.split("\n") if not noise.fullmatch(line))
    return re.sub(r"\n{3,}", "\n\n", text).strip("\n") + "\n"


def write_snapshot(path: Path, say: Callable[[str], None] = print) -> None:
    """Write what the migrations beside `path` make, from an empty throw-away server; call it outside an event loop."""
    with throwaway() as cluster:
        asyncio.run(migrate(cluster.connect_args(), path.parent, say))
        path.write_text(snapshot(cluster.connect_args()), "utf-8")
    say(f"{path} written")


@asynccontextmanager
async def _connected(database: str | Mapping[str, Any]) -> AsyncIterator[asyncpg.Connection]:
    connection = await asyncpg.connect(**_arguments(database))
    try:
        yield connection
    finally:
        await connection.close()  # also frees the lock


def _arguments(database: str | Mapping[str, Any]) -> dict[str, Any]:
    return {"dsn": database} if isinstance(database, str) else dict(database)


def _files(folder: Path) -> list[Path]:
    files = sorted(folder.glob("[0-9]*.sql"))
    if not files:
        raise MigrationError(f"No migration in {folder}. This copy of Vigie is incomplete: install it again.")
    return files


def _text(file: Path) -> str:
    return file.read_text("utf-8").replace("\r\n", "\n")  # a checkout on Windows must not look like a change


def _digest(sql: str) -> str:
    return hashlib.sha256(sql.encode()).hexdigest()


async def _applied(connection: asyncpg.Connection) -> dict[str, str]:
    return {row["version"]: row["sha256"] for row in await connection.fetch(APPLIED)}


def _missing(files: list[Path], applied: dict[str, str]) -> list[Path]:
    """Return the files still to apply. Raises MigrationError when what was applied is not what we have."""
    if unknown := sorted(set(applied) - {file.stem for file in files}):
        raise MigrationError(
            f"This database has {', '.join(unknown)}, which this release does not know: a newer release has used it. "
            "Start that release, or restore the backup that was made before it."
        )
    for file in files:
        if file.stem in applied and applied[file.stem] != _digest(_text(file)):
            raise MigrationError(
                f"{file.name} was changed after it was applied to this database. Put the file back as it was and write "
                "the change into a new migration. A demonstration can also start afresh with: vigie demo --reset"
            )
    missing = [file for file in files if file.stem not in applied]
    if applied and missing and missing[0].stem < max(applied):
        raise MigrationError(
            f"{missing[0].name} comes before {max(applied)}, which is applied already. Give the new file the next "
            "number."
        )
    return missing
