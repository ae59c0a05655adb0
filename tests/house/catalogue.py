"""What the catalogue of a migrated database must show; each function returns what is wrong, in words.

What these hold is the promise that a person sees only the patients of their establishment, by the database's own rules,
and that the tables distribute by establishment unchanged.
"""

from __future__ import annotations

import re
from collections.abc import Awaitable, Callable

import asyncpg

Check = Callable[[asyncpg.Connection], Awaitable[list[str]]]

# Tables without a tenant, and why. Everything else holds patient data until somebody writes the reason here.
OPEN_TABLES = {
    "account": "read at the door, before the establishment is known; no name, no clinical fact",
    "clock": "one row: by how much the test profile has moved the time",
    "delivery_count": "how often each thing came of an attempt to send; nothing of a patient",
    "establishment": "the list of establishments itself",
    "lease": "who leads the sweeps",
    "one_time_code": "read at the door, before the establishment is known; hashed",
    "risk_edition": "cards that came with releases; nothing of a patient",
    "rulebook_edition": "versions of the rulebook that were in use; nothing of a patient",
    "rulebook_replay": "counts of a replay over all establishments; nothing of a patient",
    "schema_migration": "which migrations were applied",
    "session": "read at the door, before the establishment is known; hashed",
    "throttle": "counts failed sign-ins by a keyed hash",
}

FOREIGN_KEYS = """
select conrelid::regclass::text as table, conname as name,
       (select array_agg(attname::text order by place)
          from unnest(conkey) with ordinality as key(number, place)
          join pg_attribute on attrelid = conrelid and attnum = number) as columns,
       (select array_agg(attnotnull order by place)
          from unnest(conkey) with ordinality as key(number, place)
          join pg_attribute on attrelid = conrelid and attnum = number) as filled
  from pg_constraint
 where contype = 'f' and conparentid = 0 and connamespace = 'public'::regnamespace
 order by 1, 2"""

INDEXES = """
select indrelid::regclass::text as table, indexrelid::regclass::text as name, indisunique as is_unique,
       pg_get_expr(indpred, indrelid) as condition,
       (select array_agg(coalesce(attname::text, '(expression)') order by place)
          from unnest(indkey[0:indnkeyatts - 1]) with ordinality as key(number, place)
          left join pg_attribute on attrelid = indrelid and attnum = number and attnum > 0) as columns
  from pg_index join pg_class on pg_class.oid = indrelid
 where relnamespace = 'public'::regnamespace and indisvalid
 order by 1, 2"""

TABLES = """
select relname::text as table, relrowsecurity as on, relforcerowsecurity as forced,
       exists (select 1 from pg_attribute
                where attrelid = pg_class.oid and attname = 'establishment_id' and attnotnull) as has_tenant,
       exists (select 1 from pg_index where indrelid = pg_class.oid and indisprimary) as has_key
  from pg_class
 where relkind in ('r', 'p') and relnamespace = 'public'::regnamespace and not relispartition
 order by 1"""

POLICIES = """
select tablename::text as table, policyname::text as name, cmd, permissive, qual, with_check, roles::text[] as roles
  from pg_policies where schemaname = 'public' order by 1, 2"""


async def unindexed_foreign_keys(connection: asyncpg.Connection) -> list[str]:
    """Without the index each deleted or changed parent reads the whole child."""
    indexes = await connection.fetch(INDEXES)
    return [
        f"{key['table']}.{key['name']}: no index on ({', '.join(key['columns'])})"
        for key in await connection.fetch(FOREIGN_KEYS)
        if not any(
            index["table"] == key["table"]
            and set(index["columns"][: len(key["columns"])]) == set(key["columns"])
            and _leaves_out_only_nulls(index["condition"], key["columns"])
            for index in indexes
        )
    ]


def _leaves_out_only_nulls(condition: str | None, columns: list[str]) -> bool:
    """A partial index serves a foreign key when it leaves out only rows that refer to nothing."""
    return condition is None or condition in {f"({column} IS NOT NULL)" for column in columns}


async def unprotected_tables(connection: asyncpg.Connection) -> list[str]:
    """Row level security must be on, bind the owner too, and look at the establishment when reading and writing."""
    wrong = []
    policies = await connection.fetch(POLICIES)
    for table in await connection.fetch(TABLES):
        name = table["table"]
        if name in OPEN_TABLES:
            continue
        if not (table["on"] and table["forced"]):
            wrong.append(f"{name}: row level security is not enabled and forced")
        if not table["has_tenant"]:
            wrong.append(f"{name}: no establishment_id that is not null")
        own = [policy for policy in policies if policy["table"] == name]
        for_app = [policy for policy in own if {"vigie_app", "public"} & set(policy["roles"])]
        if not for_app:
            wrong.append(f"{name}: no policy for vigie_app")
        wrong += [f"{name}: policy {policy['name']}: {why}" for policy in for_app for why in _holes(policy)]
        wrong += [
            f"{name}: policy {policy['name']}: sub-select, which Citus refuses and big tables pay for"
            for policy in own
            if re.search(r"\bSELECT\b.*\bFROM\b", f"{policy['qual']} {policy['with_check']}", re.IGNORECASE | re.DOTALL)
        ]
    return wrong


def _holes(policy: asyncpg.Record) -> list[str]:
    """A policy that serves people compares the establishment on both sides that its command has."""
    sides = {"USING": policy["qual"], "WITH CHECK": policy["with_check"]}
    if policy["cmd"] in {"SELECT", "DELETE"}:
        del sides["WITH CHECK"]
    if policy["cmd"] == "INSERT":
        del sides["USING"]
    if policy["permissive"] == "RESTRICTIVE":
        return []
    return [
        f"{side} does not confine to one establishment"
        for side, text in sides.items()
        if not re.fullmatch(r"\(establishment_id = .*asking_establishment\(\).*\)", text or "", re.DOTALL)
        or re.search(r"\bOR\b", text or "")
    ]


async def keys_without_tenant(connection: asyncpg.Connection) -> list[str]:
    """Primary, unique and foreign keys lead with the establishment: no key can be probed, or joined, across tenants."""
    wrong = [
        f"{table['table']}: no primary key"
        for table in await connection.fetch(TABLES)
        if table["table"] not in OPEN_TABLES and not table["has_key"]
    ]
    keys = [index for index in await connection.fetch(INDEXES) if index["is_unique"]]
    keys += await connection.fetch(FOREIGN_KEYS)
    wrong += [
        f"{key['table']}: {key['name']} begins with {key['columns'][0]}"
        for key in keys
        if key["table"] not in OPEN_TABLES and key["columns"][0] != "establishment_id"
    ]
    return wrong


async def foreign_owners(connection: asyncpg.Connection) -> list[str]:
    """Everything belongs to vigie_owner; the roles that serve own nothing, so no policy lets them pass."""
    rows = await connection.fetch(
        """
        select kind, name, owner from (
            select 'relation' as kind, relname::text as name, pg_get_userbyid(relowner) as owner from pg_class
             where relnamespace = 'public'::regnamespace and relkind <> 'i'
            union all
            select 'function', proname, pg_get_userbyid(proowner) from pg_proc
             where pronamespace = 'public'::regnamespace
            union all
            select 'type', typname, pg_get_userbyid(typowner) from pg_type
             where typnamespace = 'public'::regnamespace
        ) as things
        where owner <> 'vigie_owner' order by 1, 2"""
    )
    wrong = [f"{row['kind']} {row['name']} belongs to {row['owner']}" for row in rows]
    rows = await connection.fetch(
        """
        select rolname::text as role, rolsuper or rolbypassrls or rolcanlogin or rolcreaterole as power,
               (select count(*) from pg_shdepend where refclassid = 'pg_authid'::regclass and refobjid = pg_roles.oid
                   and deptype = 'o' and rolname <> 'vigie_owner') as owned
          from pg_roles where rolname in ('vigie_owner', 'vigie_app', 'vigie_worker')"""
    )
    wrong += [f"{row['role']} may log in or pass by the policies" for row in rows if row["power"]]
    wrong += [f"{row['role']} owns {row['owned']} things" for row in rows if row["owned"]]
    return wrong


async def ways_around(connection: asyncpg.Connection) -> list[str]:
    """Views, definer functions, triggers and grants that would carry rows past the policies, or past Citus."""
    questions = {
        "view without security_invoker": """
            select relname from pg_class where relkind = 'v' and relnamespace = 'public'::regnamespace
               and not coalesce(reloptions, '{}') && array['security_invoker=true', 'security_invoker=on']""",
        "materialized view: no policy reaches it": """
            select relname from pg_class where relkind = 'm' and relnamespace = 'public'::regnamespace""",
        "security definer function": """
            select proname from pg_proc where pronamespace = 'public'::regnamespace and prosecdef""",
        "trigger: audit rows are written by the service, and Citus refuses triggers": """
            select tgname from pg_trigger join pg_class on pg_class.oid = tgrelid
             where not tgisinternal and relnamespace = 'public'::regnamespace""",
        "right given to everybody": """
            select relname from pg_class, aclexplode(relacl)
             where relnamespace = 'public'::regnamespace and grantee = 0""",
        "default that asks the server's clock instead of app_now()": """
            select relname || '.' || attname from pg_attrdef join pg_class on pg_class.oid = adrelid
              join pg_attribute on attrelid = adrelid and attnum = adnum
             where relnamespace = 'public'::regnamespace and relname <> 'schema_migration'
               and pg_get_expr(adbin, adrelid) ~* '(^|[^_])now\\(\\)|CURRENT_|clock_timestamp'""",
        "truncate, which asks no policy": """
            select relname || ' for ' || grantee::regrole from pg_class, aclexplode(relacl)
             where relnamespace = 'public'::regnamespace and privilege_type = 'TRUNCATE'
               and grantee <> 'vigie_owner'::regrole""",
    }
    return [f"{what}: {row[0]}" for what, question in questions.items() for row in await connection.fetch(question)]


CHECKS: list[Check] = [unindexed_foreign_keys, unprotected_tables, keys_without_tenant, foreign_owners, ways_around]
