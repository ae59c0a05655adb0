"""Every SQL constant in app/db prepares against the migrated database and asks the house's clock, not the server's.

The convention: a module-level UPPER_CASE string in app/db is a whole SQL statement; the name of a part begins with _.
"""

from __future__ import annotations

import ast
import importlib
import re
from collections.abc import Iterator
from pathlib import Path

import asyncpg
import pytest

from tests.conftest import ROOT, ConnectArgs

SERVER_CLOCK = re.compile(
    r"\b(now|clock_timestamp|statement_timestamp|transaction_timestamp|timeofday)\s*\("
    r"|\b(current_timestamp|current_time|current_date|localtimestamp|localtime)\b|'(now|today|tomorrow|yesterday)'",
    re.IGNORECASE,
)
CLOCKLESS = {
    "clock.SET_CLOCK": "moves the house's clock by its distance from the server's",
    "health.AGES": "the age of a lease, which is taken in real time",
    "leases.TAKE": "processes compete in real time, whatever day a test pretends it is",
    "leases.YIELD": "processes compete in real time, whatever day a test pretends it is",
    "migrate.MAKE_TABLE": "says when a migration was applied, before any migration has made app_now()",
}


def statements(file: Path) -> Iterator[tuple[str, str]]:
    """Name and text of the SQL constants that a module itself defines."""
    module = importlib.import_module(f"app.db.{file.stem}")
    for node in ast.parse(file.read_text("utf-8")).body:
        targets = (
            node.targets if isinstance(node, ast.Assign) else [node.target] if isinstance(node, ast.AnnAssign) else []
        )
        for target in targets:
            if isinstance(target, ast.Name) and target.id.isupper() and not target.id.startswith("_"):
                value = getattr(module, target.id)
                if isinstance(value, str) and " " in value:  # one word is a name, such as a channel's
                    yield f"{file.stem}.{target.id}", value


STATEMENTS = dict(each for file in sorted((ROOT / "app" / "db").glob("*.py")) for each in statements(file))


async def refusal(connection: asyncpg.Connection, sql: str) -> str | None:
    """What PostgreSQL has against a statement."""
    try:
        await connection.prepare(sql)
    except asyncpg.PostgresError as error:
        return f"{type(error).__name__}: {error}"
    return None


async def test_every_statement_prepares(module_database: ConnectArgs) -> None:
    connection = await asyncpg.connect(**module_database, server_settings={"role": "vigie_owner"})
    try:
        await connection.execute("select 1 from schema_migration")
        found = {name: await refusal(connection, sql) for name, sql in STATEMENTS.items()}
    finally:
        await connection.close()
    assert len(found) > 5
    assert {name: why for name, why in found.items() if why} == {}


async def test_a_statement_on_a_column_that_is_not_there_would_be_seen(module_database: ConnectArgs) -> None:
    connection = await asyncpg.connect(**module_database, server_settings={"role": "vigie_owner"})
    try:
        assert await refusal(connection, "select version from schema_migration") is None
        assert "UndefinedColumn" in str(await refusal(connection, "select nothing from schema_migration"))
    finally:
        await connection.close()


def test_no_statement_asks_the_servers_clock() -> None:
    asking = {name for name, sql in STATEMENTS.items() if SERVER_CLOCK.search(sql)}
    assert asking - CLOCKLESS.keys() == set(), "ask app_now(), or take the instant as a parameter"
    assert CLOCKLESS.keys() <= asking, "CLOCKLESS names a statement that no longer needs it"


@pytest.mark.parametrize(
    "sql", ["select now()", "select NOW ()", "select current_timestamp", "select 'now'::timestamptz"]
)
def test_the_servers_clock_would_be_seen(sql: str) -> None:
    assert SERVER_CLOCK.search(sql)
    assert not SERVER_CLOCK.search("select app_now()")
