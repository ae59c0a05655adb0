"""What became of patients: days on which they told something, answers about fortnights, and what closed alerts say."""

from __future__ import annotations

from datetime import date
from uuid import UUID

import asyncpg
from msgspec import Struct


class AnswerRow(Struct, frozen=True):
    """The newest answer about one fortnight of one patient; None is "not known"."""

    patient_id: UUID
    first_on: date
    last_on: date
    visit: bool | None
    visit_on: date | None
    severe: bool | None
    severe_on: date | None
    author_kind: str


class ClosedRow(Struct, frozen=True):
    """What a closed alert says, in the patient's days. `acted`: somebody did more than paperwork."""

    patient_id: UUID
    opened_on: date
    closed_on: date
    toxicity_grade: int | None
    hospitalised: bool
    outcome: str
    acted: bool


REPORT_DAYS = """
select p.timezone, coalesce(array_agg(distinct (r.told_at at time zone p.timezone)::date) filter (where r.id is not null), '{}')
from patient p left join report r on (r.establishment_id, r.patient_id) = (p.establishment_id, p.id)
where p.establishment_id = $1 and p.id = $2 group by p.timezone
"""

ALL_REPORT_DAYS = """
select p.id, p.identity, p.timezone, array_agg(distinct (r.told_at at time zone p.timezone)::date)
from patient p join report r on (r.establishment_id, r.patient_id) = (p.establishment_id, p.id)
where p.establishment_id = $1 and p.left_at is null
  and exists (select from access a where a.establishment_id = p.establishment_id and a.patient_id = p.id
              and (a.staff_id = $2 or a.role = $3) and a.from_at <= app_now() and (a.until_at is null or a.until_at > app_now()))
group by p.id, p.identity, p.timezone
"""

ANSWERS = """
select distinct on (patient_id, first_on) patient_id, first_on, last_on, visit, visit_on, severe, severe_on, author_kind
from outcome_answer where establishment_id = $1 and ($2::uuid is null or patient_id = $2)
order by patient_id, first_on, answered_at desc, id desc
"""

ADD_ANSWER = """
insert into outcome_answer (establishment_id, patient_id, id, first_on, last_on, visit, visit_on, severe, severe_on, answered_at,
                            author_kind, author_id)
values ($1, $2, $3, $4, $5, $6, $7, $8, $9, app_now(), $10, $11)
"""

CLOSED_ALERTS = """
select al.patient_id, (al.opened_at at time zone p.timezone)::date, (al.closed_at at time zone p.timezone)::date, al.toxicity_grade,
       coalesce(al.hospitalised, false), al.outcome, al.action <> 'administrative_done'
from alert al join patient p on (p.establishment_id, p.id) = (al.establishment_id, al.patient_id)
where al.establishment_id = $1 and al.state = 'closed'
"""

LEFT = """
select id, (left_at at time zone timezone)::date from patient where establishment_id = $1 and left_at is not null
"""


async def report_days(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> tuple[str, list[date]]:
    """The patient's time zone and the days of theirs on which they told something; an unknown patient has told nothing."""
    row = await con.fetchrow(REPORT_DAYS, establishment_id, patient_id)
    return (row[0], row[1]) if row else ("UTC", [])


async def all_report_days(
    con: asyncpg.Connection, establishment_id: UUID, person_id: UUID, role: str
) -> list[tuple[UUID, bytes, str, list[date]]]:
    """The same for every patient whom this professional may see, with the sealed identity."""
    return [tuple(row) for row in await con.fetch(ALL_REPORT_DAYS, establishment_id, person_id, role)]


async def answers(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID | None = None) -> list[AnswerRow]:
    """The newest answer about each fortnight, of one patient or of all."""
    return [AnswerRow(*row) for row in await con.fetch(ANSWERS, establishment_id, patient_id)]


async def add(
    con: asyncpg.Connection, establishment_id: UUID, answer_id: UUID, answer: AnswerRow, author_id: UUID
) -> None:
    """Write an answer down; a later one does not replace it, it speaks louder."""
    a = answer
    await con.execute(
        ADD_ANSWER,
        establishment_id,
        a.patient_id,
        answer_id,
        a.first_on,
        a.last_on,
        a.visit,
        a.visit_on,
        a.severe,
        a.severe_on,
        a.author_kind,
        author_id,
    )


async def closed_alerts(con: asyncpg.Connection, establishment_id: UUID) -> list[ClosedRow]:
    """Every closed alert, as evidence."""
    return [ClosedRow(*row) for row in await con.fetch(CLOSED_ALERTS, establishment_id)]


async def left(con: asyncpg.Connection, establishment_id: UUID) -> dict[UUID, date]:
    """Who is no longer followed, since which day."""
    return {row[0]: row[1] for row in await con.fetch(LEFT, establishment_id)}
