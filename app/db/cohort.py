"""Adherence of everybody at once: sums of the kept days, one row for each course and drug."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.domain.people import Caller


class CohortRow(Struct, frozen=True):
    """One drug of one course over a window; amounts in µg, None while a dose is not prescribed."""

    course_id: UUID
    patient_id: UUID
    identity: bytes
    regimen: str
    state: str
    started_on: date
    open_alert: UUID | None
    drug: str
    planned: int
    held: int
    expected: int
    taken: int
    partial: int
    on_time: int
    missed: int
    vomited: int
    unreported: int
    extra: int
    rest_day: int
    during_hold: int
    expected_days: int
    correct_days: int
    planned_ug: int | None
    prescribed_ug: int | None
    delivered_ug: int | None
    protocol_days: int
    elapsed_days: int


PATIENCE = 4.5  # seconds: ten thousand patients are read in two, on a machine that does something else besides

# Summed before anything is joined: ten thousand patients are a million days. An intensity with a day without a dose is none; today
# ($6) is not over and is left out of it.
COHORT = """
with summed as (
    select course_id, drug, sum(planned)::int as planned, sum(held)::int as held, sum(expected)::int as expected,
           sum(taken)::int as taken, sum(partial)::int as partial, sum(on_time)::int as on_time, sum(missed)::int as missed,
           sum(vomited)::int as vomited, sum(unreported)::int as unreported, sum(extra)::int as extra,
           sum(rest_day)::int as rest_day, sum(during_hold)::int as during_hold,
           count(*) filter (where expected > 0)::int as expected_days, count(*) filter (where correct)::int as correct_days,
           case when count(planned_ug) = count(*) then sum(planned_ug) filter (where day < $6) end::bigint as planned_ug,
           case when count(prescribed_ug) = count(*) then sum(prescribed_ug) filter (where day < $6) end::bigint as prescribed_ug,
           case when count(delivered_ug) = count(*) then sum(delivered_ug) filter (where day < $6) end::bigint as delivered_ug,
           coalesce(sum(protocol_days) filter (where day < $6), 0)::int as protocol_days,
           coalesce(sum(elapsed_days) filter (where day < $6), 0)::int as elapsed_days
    from adherence_day where establishment_id = $1 and day between $4 and $5 group by course_id, drug
)
select c.id, c.patient_id, p.identity, c.regimen, c.state, c.started_on, al.id, s.drug, s.planned, s.held, s.expected, s.taken,
       s.partial, s.on_time, s.missed, s.vomited, s.unreported, s.extra, s.rest_day, s.during_hold, s.expected_days, s.correct_days,
       s.planned_ug, s.prescribed_ug, s.delivered_ug, s.protocol_days, s.elapsed_days
from summed s
join course c on c.establishment_id = $1 and c.id = s.course_id
join patient p on p.establishment_id = $1 and p.id = c.patient_id and p.left_at is null
left join alert al on al.establishment_id = $1 and al.patient_id = c.patient_id and al.state <> 'closed'
where ($7::text is null or c.regimen = $7) and ($8::text is null or s.drug = $8) and ($9::text is null or c.state = $9)
  and exists (select from access a where a.establishment_id = $1 and a.patient_id = c.patient_id
              and (a.staff_id = $2 or a.role = $3) and a.from_at <= app_now() and (a.until_at is null or a.until_at > app_now()))
"""


async def rows(
    con: asyncpg.Connection,
    caller: Caller,
    first: date,
    last: date,
    today: date,
    regimen: str | None,
    drug: str | None,
    state: str | None,
) -> list[CohortRow]:
    """Everybody whom the caller may see, over a window."""
    args = caller.establishment_id, caller.person_id, caller.role, first, last, today, regimen, drug, state
    return [CohortRow(*row) for row in await con.fetch(COHORT, *args, timeout=PATIENCE)]
