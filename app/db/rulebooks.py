"""Editions of the rulebook that were in use, and replays of history."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct


class EditionLine(Struct, frozen=True):
    """A version that was in use here."""

    version: str
    in_force_from: date
    first_used_at: datetime


class KeptReplay(Struct, frozen=True):
    """What a replay found; `summary` is JSON, counts only."""

    at: datetime
    since: date
    version: str
    reports: int
    patient_weeks: float
    summary: str


KEEP_EDITION = """
insert into rulebook_edition (version, in_force_from, first_used_at, document) values ($1, $2, app_now(), $3) on conflict do nothing
"""

EDITIONS = "select version, in_force_from, first_used_at from rulebook_edition order by first_used_at desc limit 50"

KEEP_REPLAY = """
insert into rulebook_replay (id, at, since, version, reports, patient_weeks, summary) values ($1, $2, $3, $4, $5, $6, $7)
"""

LAST_REPLAY = "select at, since, version, reports, patient_weeks, summary from rulebook_replay order by at desc limit 1"


async def keep_edition(con: asyncpg.Connection, version: str, in_force_from: date, document: str) -> None:
    """Remember a version the first time it is used."""
    await con.execute(KEEP_EDITION, version, in_force_from, document)


async def editions(con: asyncpg.Connection) -> list[EditionLine]:
    """Versions in use, newest first."""
    return [EditionLine(*row) for row in await con.fetch(EDITIONS)]


async def keep_replay(con: asyncpg.Connection, replay_id: UUID, replay: KeptReplay) -> None:
    """Show this replay on the clinic's page of rules."""
    r = replay
    await con.execute(KEEP_REPLAY, replay_id, r.at, r.since, r.version, r.reports, r.patient_weeks, r.summary)


async def last_replay(con: asyncpg.Connection) -> KeptReplay | None:
    """The newest one."""
    row = await con.fetchrow(LAST_REPLAY)
    return row and KeptReplay(*row)
