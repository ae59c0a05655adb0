"""What a manager may know of an establishment's work: counts and durations, and not one patient."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct


class Speed(Struct, frozen=True):
    """How fast rounds of one kind were taken and their patients spoken to. Minutes; `in_time` counts those within their delay.

    `judged`: of how many it is known whether they were in time; a round that nobody has taken and that is not due yet is left out.
    """

    key: str
    rounds: int
    acknowledged: int
    acknowledged_in_time: int
    acknowledge_judged: int
    median_minutes_to_acknowledge: float | None
    p90_minutes_to_acknowledge: float | None
    contacted: int
    contacted_in_time: int
    contact_judged: int
    median_minutes_to_contact: float | None
    p90_minutes_to_contact: float | None
    escalated: int
    undeliverable: int


class Share(Struct, frozen=True):
    """How much of the work was done by whom: by establishment, with its kind (public, private, community)."""

    establishment: str
    kind: str
    here: bool
    acknowledged: int
    contacted: int
    closed: int


class Totals(Struct, frozen=True):
    """Of the whole period."""

    alerts: int
    patient_weeks: float
    closed: int
    judged_useful: int
    handling_minutes: float
    handled: int
    calls: int
    calls_lost: int
    covered_for_others: int


# A round begins with something new about the patient: calling again for what somebody had forgotten is not another one.
_SPEED = """
select {key} as key, count(*)::int as rounds,
       count(r.acknowledged_at)::int as acknowledged,
       count(*) filter (where r.acknowledged_at <= r.acknowledge_due_at)::int as acknowledged_in_time,
       count(*) filter (where r.acknowledged_at is not null or r.acknowledge_due_at <= app_now())::int as acknowledge_judged,
       percentile_cont(0.5) within group (order by extract(epoch from r.acknowledged_at - r.began_at) / 60)::float8,
       percentile_cont(0.9) within group (order by extract(epoch from r.acknowledged_at - r.began_at) / 60)::float8,
       count(r.contacted_at)::int as contacted,
       count(*) filter (where r.contacted_at <= r.contact_due_at)::int as contacted_in_time,
       count(*) filter (where r.contacted_at is not null or r.contact_due_at <= app_now())::int as contact_judged,
       percentile_cont(0.5) within group (order by extract(epoch from r.contacted_at - r.began_at) / 60)::float8,
       percentile_cont(0.9) within group (order by extract(epoch from r.contacted_at - r.began_at) / 60)::float8,
       count(*) filter (where exists (
           select from escalation e where (e.establishment_id, e.alert_id, e.round) = (r.establishment_id, r.alert_id, r.round)
           and e.step > 0 and e.outcome = 'notified'))::int as escalated,
       count(r.undeliverable_at)::int as undeliverable
from alert_round r
join establishment place on place.id = r.establishment_id
left join staff s on (s.establishment_id, s.id) = (r.establishment_id, r.acknowledged_by)
where r.establishment_id = $1 and r.began_at >= $2 and r.began_at < $3
  and r.cause not in ('forgotten', 'not_answered', 'cover_ended') {more}
group by 1 order by 1
"""

BY_LEVEL = _SPEED.format(key="r.level", more="")

# The hour of the place: nights are what a partner is asked to cover.
BY_HOUR = _SPEED.format(key="lpad(extract(hour from r.began_at at time zone place.timezone)::text, 2, '0')", more="")

BY_ROLE = _SPEED.format(
    key="case when s.role = 'coordinator' then 'level' || s.coordination_level else s.role end",
    more="and r.acknowledged_by is not null",
)

# Who took, spoke, closed: at home or as a guest who covers. Hospital or private practice is the kind of their own establishment.
ACTIVITY = """
with did as (
    select a.acknowledged_by as who, 'acknowledged' as what from alert a
    where a.establishment_id = $1 and a.acknowledged_at >= $2 and a.acknowledged_at < $3
    union all
    select coalesce(a.owner_id, a.acknowledged_by), 'contacted' from alert a
    where a.establishment_id = $1 and a.contacted_at >= $2 and a.contacted_at < $3
    union all
    select a.closed_by, 'closed' from alert a where a.establishment_id = $1 and a.closed_at >= $2 and a.closed_at < $3
)
select home.name, home.kind, home.id = $1, count(*) filter (where what = 'acknowledged')::int,
       count(*) filter (where what = 'contacted')::int, count(*) filter (where what = 'closed')::int
from did join staff s on s.establishment_id = $1 and s.id = did.who
join establishment home on home.id = coalesce(s.home_establishment_id, s.establishment_id)
group by home.id, home.name, home.kind order by home.id = $1 desc, home.name
"""

# Handling time: from taking an alert to closing it, at most $4 minutes each.
TOTALS = """
select (select count(*) from alert where establishment_id = $1 and opened_at >= $2 and opened_at < $3)::int,
       (select coalesce(sum(greatest(extract(epoch from least(coalesce(left_at, $3), $3) - greatest(created_at, $2)), 0)), 0) / 604800
        from patient where establishment_id = $1)::float8,
       (select count(*) from alert where establishment_id = $1 and closed_at >= $2 and closed_at < $3)::int,
       (select count(*) from alert where establishment_id = $1 and closed_at >= $2 and closed_at < $3 and useful)::int,
       (select coalesce(sum(least(extract(epoch from closed_at - acknowledged_at) / 60, $4)), 0) from alert
        where establishment_id = $1 and closed_at >= $2 and closed_at < $3 and acknowledged_at is not null)::float8,
       (select count(*) from alert
        where establishment_id = $1 and closed_at >= $2 and closed_at < $3 and acknowledged_at is not null)::int,
       (select count(*) from notification where establishment_id = $1 and created_at >= $2 and created_at < $3)::int,
       (select count(*) from notification where establishment_id = $1 and created_at >= $2 and created_at < $3 and state = 'failed'
        and failed_because <> 'acknowledged_first')::int,
       (select count(*) from cover where establishment_id = $1 and side = 'covering' and from_at >= $2 and from_at < $3)::int
"""


async def by_level(con: asyncpg.Connection, here: UUID, since: datetime, until: datetime) -> list[Speed]:
    """Per triage level."""
    return [Speed(*row) for row in await con.fetch(BY_LEVEL, here, since, until)]


async def by_hour(con: asyncpg.Connection, here: UUID, since: datetime, until: datetime) -> list[Speed]:
    """Per hour of the day at which the round began, in local time."""
    return [Speed(*row) for row in await con.fetch(BY_HOUR, here, since, until)]


async def by_role(con: asyncpg.Connection, here: UUID, since: datetime, until: datetime) -> list[Speed]:
    """Per role of who took it."""
    return [Speed(*row) for row in await con.fetch(BY_ROLE, here, since, until)]


async def activity(con: asyncpg.Connection, here: UUID, since: datetime, until: datetime) -> list[Share]:
    """Per establishment of who did the work."""
    return [Share(*row) for row in await con.fetch(ACTIVITY, here, since, until)]


async def totals(con: asyncpg.Connection, here: UUID, since: datetime, until: datetime, longest: float) -> Totals:
    """Of the whole period; an alert that stayed open longer counts `longest` minutes of work."""
    return Totals(*await con.fetchrow(TOTALS, here, since, until, longest))
