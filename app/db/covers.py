"""Cover between establishments: when an agreement is in force, and who has come in under one."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg

from app.domain.people import Caller


def cover_windows(*, rows: str, holidays: str) -> str:
    """SQL for the agreements under which a partner covers now: (establishment_id, at, agreement_id, partner_id, disciplines, until_at).

    `rows` has (establishment_id, at). Hours are on the wall where the patients are and belong to the day on which they begin (longer
    ones than a day to each of their days); they may pass the end of the week. A holiday that is covered all day is so from midnight to
    midnight. `until_at` is when the turn under the agreement ends, at the latest a day from now: access closes then. The same as
    Cover.until in app/domain/roster.py.
    """
    return f"""
select r.establishment_id, r.at, g.id as agreement_id, g.partner_id, g.disciplines,
       least(max(h.ends at time zone e.timezone), r.at + interval '24 hours') as until_at
from {rows} r
join establishment e on e.id = r.establishment_id
cross join lateral (select date_trunc('minute', r.at at time zone e.timezone) as wall) w
cross join lateral (select (extract(isodow from w.wall)::int - 1) * 1440 + extract(hour from w.wall)::int * 60
                           + extract(minute from w.wall)::int as minute) m
join agreement g on g.establishment_id = r.establishment_id and g.side = 'covered' and g.signed_at is not null
 and g.partner_signed_at is not null and (g.ended_at is null or g.ended_at > r.at)
cross join lateral (
    select x.day, case when x.longer then least(w.wall + x.lasts - x.gone, (g.until_on + 1)::timestamp) else w.wall + x.lasts - x.gone
                  end as ends, false as all_day
    from unnest(g.from_minutes, g.to_minutes) u (from_minute, to_minute)
    cross join lateral (select (m.minute - u.from_minute + 10080) % 10080 * interval '1 minute' as gone,
                               (u.to_minute - u.from_minute) * interval '1 minute' as lasts,
                               u.to_minute - u.from_minute > 1440 as longer) y
    cross join lateral (select y.*, (w.wall - case when y.longer then interval '0' else y.gone end)::date as day) x
    where x.gone < x.lasts
    union all
    select w.wall::date, (w.wall::date + 1)::timestamp, true
    where g.holidays = 'all_day' and w.wall::date = any({holidays})) h
where h.day between g.from_on and g.until_on and (h.all_day or g.holidays <> 'only' or h.day = any({holidays}))
group by r.establishment_id, r.at, g.id, g.partner_id, g.disciplines
"""  # noqa: S608 - expressions of our own statements only


# Where the caller may act on an alert that is not of their house: seen from home.
COVERING = """
select other_id, alert_id from cover
where establishment_id = $1 and staff_id = $2 and side = 'covering' and until_at > app_now() and ($3::uuid is null or alert_id = $3)
order by until_at desc
"""

# Whether the house of the patient says so too, until when, and what it shares.
LET_IN = """
select max(c.until_at), array_agg(distinct s.part) from cover c
join agreement g on (g.establishment_id, g.id) = (c.establishment_id, c.agreement_id)
 and (g.ended_at is null or g.ended_at > app_now())
cross join lateral unnest(g.shares) s (part)
where c.establishment_id = $1 and c.staff_id = $2 and c.side = 'covered' and c.alert_id = $3 and c.until_at > app_now()
having count(*) > 0
"""


async def covering(con: asyncpg.Connection, caller: Caller, alert_id: UUID | None = None) -> list[tuple[UUID, UUID]]:
    """(establishment, alert) of everything that the caller covers now, or of this alert only."""
    rows = await con.fetch(COVERING, caller.establishment_id, caller.person_id, alert_id)
    return [(row[0], row[1]) for row in rows]


async def let_in(
    con: asyncpg.Connection, establishment_id: UUID, caller: Caller, alert_id: UUID
) -> tuple[datetime, tuple[str, ...]] | None:
    """Until when the caller may act on this alert of another establishment, and what they see; None for not at all."""
    row = await con.fetchrow(LET_IN, establishment_id, caller.person_id, alert_id)
    return row and (row[0], tuple(row[1]))


# The end of each cover is written down on both sides; its access has ended by itself.
CLOSE_ENDED = """
with over as (
    select establishment_id, id from cover where closed_at is null and until_at <= app_now() limit 200 for update skip locked
), closed as (
    update cover c set closed_at = app_now() from over
    where (c.establishment_id, c.id) = (over.establishment_id, over.id)
    returning c.establishment_id, c.id, c.side, c.alert_id, c.staff_id, c.agreement_id
)
insert into event (establishment_id, id, at, actor_kind, verb, subject_id, detail)
select establishment_id, gen_random_uuid(), app_now(), 'system', 'cover_closed', case side when 'covered' then alert_id else id end,
       jsonb_build_object('agreement', agreement_id, 'staff', staff_id)
from closed
returning establishment_id
"""


async def close_ended(con: asyncpg.Connection) -> set[UUID]:
    """Write down the covers that are over; which establishments have news."""
    return {row[0] for row in await con.fetch(CLOSE_ENDED)}
