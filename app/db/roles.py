"""The three roles of the database: who owns the tables, who serves people, who sweeps.

None of them can log in. A login is a member of all three and says at connection time which one it acts as, so that row
level security applies to it: an owner's and a superuser's statements would pass by.
"""

from __future__ import annotations

import asyncio

import asyncpg

ROLES = ("vigie_owner", "vigie_app", "vigie_worker")

EXISTING = "select rolname from pg_roles where rolname = any($1::text[])"
LOGIN = "select current_user::text"
MAY_SET_ROLE = "select pg_has_role(current_user, $1::text, $2::text)"
MAY_CREATE = (
    "select has_schema_privilege('vigie_owner', 'public', 'create')"
    " and has_database_privilege('vigie_owner', current_database(), 'create')"
)


class RolesMissingError(RuntimeError):
    """The roles are not there and this login cannot make them; the message says what to run."""


async def ensure_roles(connection: asyncpg.Connection) -> None:
    """Make the roles, join them and let the owner make tables here; does nothing where all that is done.

    Works on PostgreSQL 15 and later, for a login that may create roles, or that was given the roles by somebody else.
    Roles belong to the whole server: two databases may be migrated at the same moment, hence the second tries.
    """
    for attempt in range(5):
        try:
            async with connection.transaction():
                return await _ensure(connection)
        except (asyncpg.DuplicateObjectError, asyncpg.UniqueViolationError, asyncpg.InternalServerError):
            if attempt == 4:
                raise
            await asyncio.sleep(0.1 * (attempt + 1))  # “tuple concurrently updated”: the other one is about to finish
        except asyncpg.InsufficientPrivilegeError as refused:
            raise RolesMissingError(await _what_to_run(connection)) from refused
    return None


async def _ensure(connection: asyncpg.Connection) -> None:
    there = {row["rolname"] for row in await connection.fetch(EXISTING, ROLES)}
    # PostgreSQL 16 tells membership from the right to act as the role: whoever makes a role is a member, but may not
    # act as it before granting it to himself.
    right = "set" if connection.get_server_version().major >= 16 else "member"
    login = await connection.fetchval(LOGIN)
    for role in ROLES:
        if role not in there:
            await connection.execute(f"create role {role} nologin noinherit")
        if not await connection.fetchval(MAY_SET_ROLE, role, right):
            await connection.execute(f'grant {role} to "{login}"')
    if not await connection.fetchval(MAY_CREATE):
        database = await connection.fetchval("select current_database()")
        await connection.execute(f'grant create on database "{database}" to vigie_owner')
        if await connection.fetchval(MAY_SET_ROLE, "pg_database_owner", right):
            # On PostgreSQL 15 a login with NOINHERIT owns the schema in this role only.
            await connection.execute("set local role pg_database_owner")
        await connection.execute("grant usage, create on schema public to vigie_owner")
        await connection.execute("set local role none")
        if not await connection.fetchval(MAY_CREATE):  # a grant without the right to grant is only a warning
            raise RolesMissingError(await _what_to_run(connection))


async def _what_to_run(connection: asyncpg.Connection) -> str:
    login = await connection.fetchval("select session_user::text")
    database = await connection.fetchval("select current_database()")
    return (
        f"The login “{login}” may not prepare the roles of Vigie. Let an administrator of this PostgreSQL run once:\n"
        + "".join(f"  create role {role} nologin noinherit;  -- unless it exists\n" for role in ROLES)
        + f'  grant {", ".join(ROLES)} to "{login}";\n'
        + "  grant usage, create on schema public to vigie_owner;\n"
        + f'  grant create on database "{database}" to vigie_owner;\n'
        + "then start again."
    )
