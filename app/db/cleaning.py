"""Rows that are of no use any more: ended sessions, used codes, old throttle counts, old notices. Nothing clinical is ever removed here."""

from __future__ import annotations

import asyncpg

DEAD_SESSIONS = (
    "delete from session where expires_at < app_now() - interval '30 days' or ended_at < app_now() - interval '30 days'"
)

DEAD_CODES = "delete from one_time_code where expires_at < app_now() - interval '30 days'"

OLD_COUNTS = "delete from throttle where changed_at < app_now() - interval '1 day'"

# Their keys are spent until then; what was tried for them stays in delivery_attempt.
OLD_NOTICES = """
delete from notice where expires_at < app_now() - interval '90 days' and state not in ('pending', 'accepted')
"""


async def remove_dead(con: asyncpg.Connection) -> None:
    """Remove what nobody can use; a month is kept for questions."""
    for statement in (DEAD_SESSIONS, DEAD_CODES, OLD_COUNTS, OLD_NOTICES):
        await con.execute(statement)
