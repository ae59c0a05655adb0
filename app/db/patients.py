"""Patients, who may see them, and their courses. Every question about patients joins `access`."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.domain.people import Caller
from app.domain.reports import Baseline


class PatientRow(Struct, frozen=True):
    """A patient as the list shows them; `identity` is sealed."""

    id: UUID
    identity: bytes
    locale: str
    timezone: str
    course_id: UUID | None
    regimen: str | None
    started_on: date | None
    course_state: str | None
    last_report_at: datetime | None
    last_level: str | None
    open_alert: UUID | None


# $2 = who asks, $3 = their role: by name, or as everyone of that role.
_MAY_SEE = """
exists (select from access a where a.establishment_id = p.establishment_id and a.patient_id = p.id
        and (a.staff_id = $2 or a.role = $3) and a.from_at <= app_now() and (a.until_at is null or a.until_at > app_now()))
"""

_PATIENT_ROW = """
select p.id, p.identity, p.locale, p.timezone, c.id as course_id, c.regimen, c.started_on, c.state as course_state,
       r.told_at as last_report_at, v.level as last_level, al.id as open_alert
from patient p
left join lateral (select * from course c where (c.establishment_id, c.patient_id) = (p.establishment_id, p.id)
                   order by c.created_at desc limit 1) c on true
left join lateral (select * from report r where (r.establishment_id, r.patient_id) = (p.establishment_id, p.id)
                   order by r.told_at desc limit 1) r on true
left join lateral (select level from verdict v where (v.establishment_id, v.patient_id, v.report_id) = (p.establishment_id, p.id, r.id)
                   and not v.replayed order by judged_at desc limit 1) v on true
left join alert al on (al.establishment_id, al.patient_id) = (p.establishment_id, p.id) and al.state <> 'closed'
where p.establishment_id = $1 and p.left_at is null
"""

PATIENTS = f"{_PATIENT_ROW} and {_MAY_SEE}"

PATIENT = f"{_PATIENT_ROW} and {_MAY_SEE} and p.id = $4"

MAY_SEE = f"select 1 from patient p where p.establishment_id = $1 and p.id = $4 and {_MAY_SEE}"  # noqa: S608 - constants only

OWN_RECORD = f"{_PATIENT_ROW} and p.id = $2"

ADD_PATIENT = """
insert into patient (establishment_id, id, identity, identity_token, locale, timezone, created_at)
values ($1, $2, $3, $4, $5, $6, app_now())
on conflict (establishment_id, identity_token) do nothing returning id
"""

PATIENT_BY_IDENTITY = "select id from patient where establishment_id = $1 and identity_token = $2"

BASELINE = """
select baseline from course where establishment_id = $1 and patient_id = $2 order by created_at desc limit 1
"""

GRANT_ACCESS = """
insert into access (establishment_id, id, patient_id, staff_id, role, basis, from_at, until_at)
values ($1, gen_random_uuid(), $2, $3, $4, $5, app_now(), $6)
"""

INTAKE_COUNTS = """
select count(*) filter (where state in ('taken', 'late')), count(*) filter (where state = 'missed'),
       count(*) filter (where state not in ('taken', 'late', 'missed'))
from intake i where establishment_id = $1 and patient_id = $2 and slot_on > $3 and undone_at is null
  and not exists (select from intake n where n.establishment_id = $1 and n.patient_id = $2 and n.replaces = i.id and n.undone_at is null)
"""


async def of_caller(con: asyncpg.Connection, caller: Caller) -> list[PatientRow]:
    """Every patient the caller may see."""
    rows = await con.fetch(PATIENTS, caller.establishment_id, caller.person_id, caller.access_role)
    return [PatientRow(*row) for row in rows]


async def one(con: asyncpg.Connection, caller: Caller, patient_id: UUID) -> PatientRow | None:
    """One patient, if the caller may see them."""
    row = await con.fetchrow(PATIENT, caller.establishment_id, caller.person_id, caller.access_role, patient_id)
    return row and PatientRow(*row)


async def may_see(con: asyncpg.Connection, caller: Caller, patient_id: UUID) -> bool:
    """Whether an access row lets this caller see this patient now."""
    args = caller.establishment_id, caller.person_id, caller.access_role, patient_id
    return await con.fetchval(MAY_SEE, *args) is not None


async def own(con: asyncpg.Connection, caller: Caller) -> PatientRow | None:
    """The calling patient's own record, or that of the patient for whom a caregiver calls."""
    row = await con.fetchrow(OWN_RECORD, caller.establishment_id, caller.patient_id)
    return row and PatientRow(*row)


async def add(
    con: asyncpg.Connection,
    establishment_id: UUID,
    patient_id: UUID,
    identity: bytes,
    token: bytes,
    locale: str,
    timezone: str,
) -> bool:
    """A new patient; False when one with the same names and birth date is there."""
    args = establishment_id, patient_id, identity, token, locale, timezone
    return await con.fetchval(ADD_PATIENT, *args) is not None


async def grant_access(
    con: asyncpg.Connection,
    establishment_id: UUID,
    patient_id: UUID,
    *,
    staff_id: UUID | None = None,
    role: str | None = None,
    basis: str = "care_team",
    until_at: datetime | None = None,
) -> None:
    """Let one person, or everyone of a role, act on a patient."""
    await con.execute(GRANT_ACCESS, establishment_id, patient_id, staff_id, role, basis, until_at)


async def intake_counts(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, after: date
) -> tuple[int, int, int]:
    """Intakes recorded after a day: taken (late included), missed, other."""
    row = await con.fetchrow(INTAKE_COUNTS, establishment_id, patient_id, after)
    return row[0], row[1], row[2]


async def by_token(con: asyncpg.Connection, establishment_id: UUID, token: bytes) -> UUID | None:
    """The patient with these names and this birth date, by their keyed hash."""
    return await con.fetchval(PATIENT_BY_IDENTITY, establishment_id, token)


async def baseline(con: asyncpg.Connection, caller: Caller) -> Baseline:
    """How the calling patient was before the treatment."""
    text = await con.fetchval(BASELINE, caller.establishment_id, caller.patient_id)
    return json.decode(text, type=Baseline) if text else Baseline()
