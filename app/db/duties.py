"""Who is on duty at an instant, in SQL: weekly turns, what differs from them, and French public holidays.

The same as app/domain/roster.py says for one establishment (a property test holds the two together). Statements are put together from
these parts; `here`, `at`, `holidays` and `recipients` are SQL expressions of the statement around them.
"""

from __future__ import annotations


def recipient_of(row: str) -> str:
    """The word by which a rung calls whoever is on duty so."""
    return f"case when {row}.role = 'oncologist' then 'oncologist' else 'level' || {row}.coordination_level end"


def on_duty(*, here: str, at: str, holidays: str) -> str:
    """SQL for (staff_id, recipient, basis) of an establishment at an instant; `holidays` is a date[] of the days around it.

    A turn belongs to the local day on which it begins: the night before a holiday is worked until its morning. A turn longer than a day
    belongs to each of its days. Whoever is away is away from everything.
    """
    return f"""
select who.staff_id, who.recipient, 'duty' as basis
from (select d.staff_id, {recipient_of("d")} as recipient
      from establishment e
      cross join lateral (select {at} at time zone e.timezone as wall) w
      cross join lateral (select (extract(isodow from w.wall)::int - 1) * 1440 + extract(hour from w.wall)::int * 60
                                 + extract(minute from w.wall)::int as minute) m
      join duty d on d.establishment_id = e.id and m.minute >= d.from_minute and m.minute < d.to_minute
      cross join lateral (select (w.wall - case when d.to_minute - d.from_minute > 1440 then interval '0'
                                                else (m.minute - d.from_minute) * interval '1 minute' end)::date as day) t
      where e.id = {here} and (d.from_on is null or d.from_on <= t.day) and (d.until_on is null or d.until_on >= t.day)
        and (d.holidays = 'worked' or (d.holidays = 'only') = (t.day = any({holidays})))
      union all
      select x.staff_id, {recipient_of("x")}
      from duty_change x
      where x.establishment_id = {here} and x.kind = 'extra' and x.cancelled_at is null and {at} >= x.from_at and {at} < x.to_at) who
join staff s on s.establishment_id = {here} and s.id = who.staff_id and s.disabled_at is null
where not exists (select from duty_change a where a.establishment_id = {here} and a.staff_id = who.staff_id and a.kind = 'absence'
                  and a.cancelled_at is null and {at} >= a.from_at and {at} < a.to_at)
"""  # noqa: S608 - expressions of our own statements only


def everyone(*, here: str) -> str:
    """SQL for the last resort: every oncologist and every coordinator of the establishment, on duty or not."""
    return f"""
select o.id as staff_id, 'any_' || o.role as recipient, 'everyone' as basis
from staff o
where o.establishment_id = {here} and o.role in ('oncologist', 'coordinator') and o.home_establishment_id is null
  and o.disabled_at is null
"""  # noqa: S608 - expressions of our own statements only


def who_is_called(*, here: str, at: str, holidays: str, recipients: str) -> str:
    """SQL for whom of the establishment a rung calls: (staff_id, recipient, basis), each person once."""
    return f"""
select distinct on (ready.staff_id) ready.staff_id, ready.recipient, ready.basis
from ({on_duty(here=here, at=at, holidays=holidays)} union all {everyone(here=here)}) ready
where ready.recipient = any({recipients})
order by ready.staff_id, ready.recipient
"""  # noqa: S608 - expressions of our own statements only
