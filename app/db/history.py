"""Stored reports, read back in the order they were told, for judging them again."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

ALL_ESTABLISHMENTS = "select id from establishment order by id"

# Patient by patient, oldest first. What came before $2 is history, not judged again; what was replaced is left out, as it was then.
STORED_REPORTS = """
select r.patient_id, r.id, r.told_at, r.cycle, r.day_of_cycle, r.content, r.quarantined, coalesce(c.regimen, '') as regimen,
       coalesce(c.baseline, '{}') as baseline, v.level, v.reasons
from report r
left join course c on (c.establishment_id, c.id) = (r.establishment_id, r.course_id)
join verdict v on (v.establishment_id, v.patient_id, v.report_id) = (r.establishment_id, r.patient_id, r.id) and not v.replayed
where r.establishment_id = $1 and r.told_at >= $2
  and not exists (select from report n where n.establishment_id = r.establishment_id and n.patient_id = r.patient_id and n.replaces = r.id)
order by r.patient_id, r.told_at
"""

TOLD_ON = "select patient_id, told_at::date from report where establishment_id = $1 and id = $2"

FOLLOWED_WEEKS = """
select coalesce(sum(extract(epoch from least(coalesce(ended_at, app_now()), app_now())
                                        - greatest(created_at, started_on::timestamptz, $2))) / 604800, 0)::float8
from course where establishment_id = $1 and coalesce(ended_at, app_now()) > $2
"""


class StoredReport(Struct, frozen=True):
    """A report as it was kept, and what was said of it."""

    patient_id: UUID
    id: UUID
    told_at: datetime
    cycle: int
    day_of_cycle: int
    content: str
    quarantined: bool
    regimen: str
    baseline: str
    level: str
    reasons: list[str]


class Told(Struct, frozen=True):
    """Whose report it is, and of which day."""

    patient_id: UUID
    told_on: date


async def told_on(con: asyncpg.Connection, establishment_id: UUID, report_id: UUID) -> Told | None:
    """Where in history a report stands; None when it is not of this establishment."""
    row = await con.fetchrow(TOLD_ON, establishment_id, report_id)
    return row and Told(*row)


async def all_establishments(con: asyncpg.Connection) -> list[UUID]:
    """Every establishment."""
    return [row[0] for row in await con.fetch(ALL_ESTABLISHMENTS)]


async def stored_reports(con: asyncpg.Connection, establishment_id: UUID, since: date) -> AsyncIterator[StoredReport]:
    """Reports told since a day (and whatever of them is history of another), patient by patient; within a transaction."""
    first = datetime.combine(since, datetime.min.time()).astimezone()
    async for row in con.cursor(STORED_REPORTS, establishment_id, first, prefetch=2000):
        yield StoredReport(*row)


async def followed_weeks(con: asyncpg.Connection, establishment_id: UUID, since: date) -> float:
    """Patient-weeks under treatment since a day."""
    first = datetime.combine(since, datetime.min.time()).astimezone()
    return float(await con.fetchval(FOLLOWED_WEEKS, establishment_id, first))
