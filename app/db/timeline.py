"""What the oncologist sees on one line: reports with their grades and weight, and episodes, in a time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct


class ReportPoint(Struct, frozen=True):
    """One report: its level, its grades (JSON) and the weight told with it."""

    id: UUID
    told_at: datetime
    level: str
    emergency: bool
    grades: str
    weight_kg: float | None


class AlertBar(Struct, frozen=True):
    """One episode."""

    id: UUID
    level: str
    emergency: bool
    state: str
    reasons: list[str]
    opened_at: datetime
    closed_at: datetime | None


# What a later report replaces is left out; what a human had to read is shown with what could be graded.
REPORT_POINTS = """
select r.id, r.told_at, v.level, v.emergency, v.detail -> 'grades', (r.content -> 'measurements' ->> 'weight_kg')::double precision
from report r
join lateral (select level, emergency, detail from verdict v
              where (v.establishment_id, v.patient_id, v.report_id) = (r.establishment_id, r.patient_id, r.id) and not v.replayed
              order by v.judged_at limit 1) v on true
where r.establishment_id = $1 and r.patient_id = $2 and r.told_at >= $3 and r.told_at < $4
  and not exists (select from report n where n.establishment_id = $1 and n.patient_id = $2 and n.replaces = r.id)
order by r.told_at, r.id
"""

ALERT_BARS = """
select id, level, emergency, state, reasons, opened_at, closed_at from alert
where establishment_id = $1 and patient_id = $2 and opened_at < $4 and (closed_at is null or closed_at >= $3)
order by opened_at, id
"""


async def reports(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, begin: datetime, end: datetime
) -> list[ReportPoint]:
    """Reports told in a time, oldest first."""
    return [ReportPoint(*row) for row in await con.fetch(REPORT_POINTS, establishment_id, patient_id, begin, end)]


async def alerts(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, begin: datetime, end: datetime
) -> list[AlertBar]:
    """Episodes that were open in a time."""
    return [AlertBar(*row) for row in await con.fetch(ALERT_BARS, establishment_id, patient_id, begin, end)]
