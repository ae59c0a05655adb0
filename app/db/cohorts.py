"""The reports of an establishment in the order of a cohort file."""

from __future__ import annotations

from collections.abc import AsyncIterator
from datetime import date
from uuid import UUID

import asyncpg
from msgspec import Struct


class CohortRow(Struct, frozen=True):
    """A report with its course; `identity` is sealed and opened for the age only."""

    patient_id: UUID
    report_id: UUID
    course_id: UUID
    told_on: date
    cycle: int
    day_of_cycle: int
    content: str
    regimen: str
    baseline: str
    started_on: date
    identity: bytes
    left_on: date | None


# Course by course, oldest first. What was replaced, what nobody could judge and what was told before the first dose is left out.
COHORT = """
select r.patient_id, r.id, c.id, (r.told_at at time zone p.timezone)::date, r.cycle, r.day_of_cycle, r.content, c.regimen, c.baseline,
       c.started_on, p.identity, (p.left_at at time zone p.timezone)::date
from report r
join course c on (c.establishment_id, c.id) = (r.establishment_id, r.course_id)
join patient p on (p.establishment_id, p.id) = (r.establishment_id, r.patient_id)
where r.establishment_id = $1 and not r.quarantined and (r.told_at at time zone p.timezone)::date >= c.started_on
  and c.started_on >= $2 and c.started_on <= $3
  and not exists (select from report n where n.establishment_id = r.establishment_id and n.patient_id = r.patient_id and n.replaces = r.id)
order by r.patient_id, c.id, r.told_at
"""


async def reports(
    con: asyncpg.Connection, establishment_id: UUID, since: date, until: date
) -> AsyncIterator[CohortRow]:
    """Reports of courses that began in these days; within a transaction."""
    async for row in con.cursor(COHORT, establishment_id, since, until, prefetch=2000):
        yield CohortRow(*row)
