"""What the engine counted of each day: written anew whenever orders or intakes speak of it, and summed over any window."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import asyncpg
from msgspec import Struct


class DayRow(Struct, frozen=True):
    """Counts of one drug on one adherence day; amounts in µg, None while no dose is prescribed."""

    drug: str
    day: date
    cycle: int
    day_of_cycle: int
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
    correct: bool
    planned_ug: int | None
    prescribed_ug: int | None
    delivered_ug: int | None
    protocol_days: int
    elapsed_days: int


# Unchanged rows are left alone: a daily look over thousands of courses writes what is new.
WRITE_DAYS = """
insert into adherence_day as d (establishment_id, course_id, patient_id, drug, day, cycle, day_of_cycle, planned, held, expected, taken,
                                partial, on_time, missed, vomited, unreported, extra, rest_day, during_hold, correct, planned_ug,
                                prescribed_ug, delivered_ug, protocol_days, elapsed_days)
select $1, $2, $3, r.* from unnest($4::text[], $5::date[], $6::int[], $7::int[], $8::smallint[], $9::smallint[], $10::smallint[],
                                   $11::smallint[], $12::smallint[], $13::smallint[], $14::smallint[], $15::smallint[], $16::smallint[],
                                   $17::smallint[], $18::smallint[], $19::smallint[], $20::boolean[], $21::bigint[], $22::bigint[],
                                   $23::bigint[], $24::smallint[], $25::smallint[]) r
on conflict (establishment_id, course_id, drug, day) do update set
    cycle = excluded.cycle, day_of_cycle = excluded.day_of_cycle, planned = excluded.planned, held = excluded.held,
    expected = excluded.expected, taken = excluded.taken, partial = excluded.partial, on_time = excluded.on_time, missed = excluded.missed,
    vomited = excluded.vomited, unreported = excluded.unreported, extra = excluded.extra, rest_day = excluded.rest_day,
    during_hold = excluded.during_hold, correct = excluded.correct, planned_ug = excluded.planned_ug,
    prescribed_ug = excluded.prescribed_ug, delivered_ug = excluded.delivered_ug, protocol_days = excluded.protocol_days,
    elapsed_days = excluded.elapsed_days
where (d.cycle, d.day_of_cycle, d.planned, d.held, d.expected, d.taken, d.partial, d.on_time, d.missed, d.vomited, d.unreported, d.extra,
       d.rest_day, d.during_hold, d.correct, d.planned_ug, d.prescribed_ug, d.delivered_ug, d.protocol_days, d.elapsed_days)
    is distinct from (excluded.cycle, excluded.day_of_cycle, excluded.planned, excluded.held, excluded.expected, excluded.taken,
       excluded.partial, excluded.on_time, excluded.missed, excluded.vomited, excluded.unreported, excluded.extra, excluded.rest_day,
       excluded.during_hold, excluded.correct, excluded.planned_ug,
       excluded.prescribed_ug, excluded.delivered_ug, excluded.protocol_days, excluded.elapsed_days)
"""

DAYS = """
select drug, day, cycle, day_of_cycle, planned, held, expected, taken, partial, on_time, missed, vomited, unreported, extra, rest_day,
       during_hold, correct, planned_ug, prescribed_ug, delivered_ug, protocol_days, elapsed_days
from adherence_day where establishment_id = $1 and course_id = $2 and day >= $3 and day <= $4 order by drug, day
"""


async def write(
    con: asyncpg.Connection, establishment_id: UUID, course_id: UUID, patient_id: UUID, rows: list[DayRow]
) -> None:
    """Write these days anew."""
    if rows:
        columns = [[getattr(row, name) for row in rows] for name in DayRow.__struct_fields__]
        await con.execute(WRITE_DAYS, establishment_id, course_id, patient_id, *columns)


async def of_course(
    con: asyncpg.Connection, establishment_id: UUID, course_id: UUID, first: date, last: date
) -> list[DayRow]:
    """The days of a course, both included, by drug."""
    return [DayRow(*row) for row in await con.fetch(DAYS, establishment_id, course_id, first, last)]
