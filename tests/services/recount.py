"""Adherence worked out a second time, in SQL alone, from the tables and the label: shares nothing with the engine but its definitions."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import asyncpg
from msgspec import json

from tests.rules.book import rulebook

# $1 establishment, $2 first day, $3 last day, $4 now, $5 the label of each drug of each regimen (partners under the regimen they come from)
RECOUNT = """
with label as (
    select * from jsonb_to_recordset($5::jsonb) as l(regimen text, drug text, partner boolean, continuous boolean, cycle_days int,
                                                     on_days jsonb, times int, window_h int, hours jsonb, mg numeric)),
     line as materialized (
    select c.establishment_id, c.id as course_id, c.patient_id, p.timezone as zone, c.started_on, l.drug,
           l.partner or l.regimen <> c.regimen as partner, l.continuous, l.cycle_days, l.on_days, l.times,
           make_interval(hours => l.window_h) as reach, l.hours, l.mg, c.prescription,
           least(coalesce((c.prescription ->> 'starts_with')::int, 0), l.times - 1) as skipped
    from course c
    join patient p on (p.establishment_id, p.id) = (c.establishment_id, c.patient_id)
    join label l on l.regimen = c.regimen or (c.prescription -> 'partners') ? l.regimen
    where c.establishment_id = $1),
     ordered as not materialized (
    select o.establishment_id, o.course_id, o.number, o.kind, (o.content ->> 'at')::timestamptz as at, o.content -> 'doses' as doses,
           (o.content -> 'next_cycle' ->> 'cycle')::int as cycle, (o.content -> 'next_cycle' ->> 'on')::date as begins_on
    from course_order o),
     place as materialized (
    select l.*, d::date as day, n as number,
           (d::date + (case when clock < time '03:00' then 1 else 0 end) + clock) at time zone l.zone as due
    from line l
    cross join generate_series($2::date, $3::date, interval '1 day') d
    cross join lateral generate_series(0, l.times - 1) n
    cross join lateral (
        select coalesce((select h.times[n + 1] from course_hours h
                         where h.establishment_id = $1 and (h.course_id, h.drug) = (l.course_id, l.drug) and h.since <= d::date
                         order by h.since desc limit 1), (l.hours ->> n)::time) as clock) h),
     slot as materialized (
    select p.*,
           coalesce(case when not p.partner then hold.kind = 'hold' end, false) or stop.at is not null as held,
           stop.at is null and case
               when p.continuous then (p.day, p.number) >= (p.started_on, p.skipped)
               when shift.begins_on is not null and (p.day, p.number) >= (shift.begins_on, p.skipped)
                   then exists (select from jsonb_array_elements(p.on_days) b
                                where ((p.day - shift.begins_on) * p.times + p.number - p.skipped) % (p.cycle_days * p.times)
                                      between ((b ->> 0)::int - 1) * p.times and (b ->> 1)::int * p.times - 1)
               else (p.day, p.number) >= (p.started_on, p.skipped)
                    and (shift.cycle is null
                         or ((p.day - p.started_on) * p.times + p.number - p.skipped) / (p.cycle_days * p.times) + 1 < shift.cycle)
                    and exists (select from jsonb_array_elements(p.on_days) b
                                where ((p.day - p.started_on) * p.times + p.number - p.skipped) % (p.cycle_days * p.times)
                                      between ((b ->> 0)::int - 1) * p.times and (b ->> 1)::int * p.times - 1)
           end as planned,
           coalesce((select (o.doses ->> p.drug)::numeric from ordered o
                     where o.establishment_id = $1 and o.course_id = p.course_id and o.kind <> 'start'
                       and o.doses ? p.drug and o.at <= p.due
                     order by o.at desc limit 1),
                    (p.prescription -> 'doses' ->> p.drug)::numeric, p.mg) as mg_planned
    from place p
    left join lateral (select o.kind from ordered o
                       where o.establishment_id = $1 and o.course_id = p.course_id and o.kind in ('hold', 'resume') and o.at <= p.due
                       order by o.at desc limit 1) hold on true
    left join lateral (select o.at from ordered o
                       where o.establishment_id = $1 and o.course_id = p.course_id and o.kind = 'stop' and o.at <= p.due
                       limit 1) stop on true
    left join lateral (select o.cycle, o.begins_on from ordered o
                       where o.establishment_id = $1 and o.course_id = p.course_id and o.cycle is not null and o.at <= p.due
                       limit 1) shift on true),
     counting as (
    select i.* from intake i
    where i.establishment_id = $1 and i.undone_at is null
      and not exists (select from intake n where n.establishment_id = $1 and n.patient_id = i.patient_id
                      and n.replaces = i.id and n.undone_at is null)),
     answer as materialized (
    select distinct on (course_id, drug, slot_on, slot) * from counting where slot is not null
    order by course_id, drug, slot_on, slot, recorded_at desc, id::text desc),
     told as (
    select s.*, a.state,
           a.state in ('taken', 'late', 'vomited') and not coalesce(a.mg::numeric * 100 < 90 * s.mg_planned, false) as full_dose,
           a.state in ('taken', 'late', 'vomited') and coalesce(a.mg::numeric * 100 < 90 * s.mg_planned, false) as part_dose,
           abs(extract(epoch from a.taken_at - s.due)) <= extract(epoch from s.reach) as timely,
           case when a.state in ('taken', 'late', 'vomited') and a.mg::numeric * 100 > 110 * s.mg_planned
                then greatest(1, round(a.mg::numeric / s.mg_planned)::int - 1) else 0 end as surplus,
           s.planned and not s.held as wanted
    from slot s
    left join answer a on (a.course_id, a.drug, a.slot_on, a.slot) = (s.course_id, s.drug, s.day, s.number)),
     judged as materialized (
    select t.*, t.wanted and (t.state is not null or t.due + t.reach < $4) as due_now,
           coalesce(t.full_dose or t.part_dose, false) and t.held as in_hold,
           coalesce(t.full_dose or t.part_dose, false) and not t.planned and not t.held as astray,
           bool_or(t.wanted) over (partition by t.course_id, t.drug, t.day) as on_day
    from told t),
     loose as materialized (
    select l.course_id, l.drug, i.slot_on as day,
           exists (select from ordered h
                   where not l.partner and h.establishment_id = $1 and h.course_id = i.course_id and h.kind = 'hold'
                     and h.at <= i.taken_at
                     and not exists (select from ordered r
                                     where r.establishment_id = $1 and r.course_id = i.course_id and r.kind in ('resume', 'stop')
                                       and r.at > h.at and r.at <= i.taken_at))
           or exists (select from ordered o
                      where o.establishment_id = $1 and o.course_id = i.course_id and o.kind = 'stop' and o.at <= i.taken_at) as in_hold
    from counting i join line l on (l.course_id, l.drug) = (i.course_id, i.drug)
    where i.slot is null and i.state = 'extra' and i.slot_on between $2 and $3),
     day as materialized (
    select j.course_id, j.drug, j.day, bool_or(j.on_day) as on_day, bool_or(j.due_now) as expected,
           bool_and(not j.due_now or coalesce(j.full_dose, false))
               and not bool_or(j.in_hold or j.astray or j.surplus > 0) and not exists (
               select from loose x where (x.course_id, x.drug, x.day) = (j.course_id, j.drug, j.day)) as correct
    from judged j group by j.course_id, j.drug, j.day),
     extra as (
    select x.course_id, x.drug, count(*) filter (where x.in_hold) as during_hold,
           count(*) filter (where not x.in_hold and d.on_day) as extra, count(*) filter (where not x.in_hold and not d.on_day) as rest_day
    from loose x join day d on (d.course_id, d.drug, d.day) = (x.course_id, x.drug, x.day) group by x.course_id, x.drug)
select j.course_id, j.drug,
       count(*) filter (where planned) as planned,
       count(*) filter (where planned and held) as held,
       count(*) filter (where due_now) as expected,
       count(*) filter (where due_now and full_dose) as taken,
       count(*) filter (where due_now and full_dose and timely) as on_time,
       count(*) filter (where due_now and part_dose) as partial,
       count(*) filter (where due_now and state = 'missed') as missed,
       count(*) filter (where due_now and state is null) as unreported,
       count(*) filter (where due_now and state = 'vomited') as vomited,
       count(*) filter (where astray and on_day) + sum(surplus) + coalesce(max(e.extra), 0) as extra,
       count(*) filter (where astray and not on_day) + coalesce(max(e.rest_day), 0) as rest_day,
       count(*) filter (where in_hold) + coalesce(max(e.during_hold), 0) as during_hold,
       (select count(*) from day d where (d.course_id, d.drug) = (j.course_id, j.drug) and d.expected) as expected_days,
       (select count(*) from day d where (d.course_id, d.drug) = (j.course_id, j.drug) and d.expected and d.correct) as correct_days
from judged j left join extra e on (e.course_id, e.drug) = (j.course_id, j.drug)
group by j.course_id, j.drug
"""

COLUMNS = (
    "planned", "held", "expected", "taken", "on_time", "partial", "missed", "unreported", "vomited", "extra", "rest_day", "during_hold",
    "expected_days", "correct_days",
)  # fmt: skip


def labels() -> str:
    """Calendar, usual hours and fixed dose of each drug, as the rule files have them."""
    usual = {1: ["08:00"], 2: ["08:00", "20:00"]}
    found = []
    for regimen in rulebook().regimens.values():
        for drug in regimen.drugs:
            line = drug.schedule or regimen.schedule
            assert line is not None
            found.append(
                {
                    "regimen": regimen.id,
                    "drug": drug.inn,
                    "partner": drug.partner,
                    "continuous": line.continuous,
                    "cycle_days": line.cycle_days,
                    "on_days": line.on_days,
                    "times": line.times_per_day,
                    "window_h": line.timing_window_h,
                    "hours": usual[line.times_per_day],
                    "mg": drug.dose.mg,
                }
            )
    return json.encode(found).decode()


async def recount(
    con: asyncpg.Connection, establishment: UUID, since: date, until: date, now: datetime
) -> dict[tuple[UUID, str], dict[str, int]]:
    """The counts of every course and drug."""
    rows = await con.fetch(RECOUNT, establishment, since, until, now, labels())
    return {(row["course_id"], row["drug"]): {name: int(row[name]) for name in COLUMNS} for row in rows}
