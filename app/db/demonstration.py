"""What only the demonstration writes: a past that nobody lived."""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.db.duties import on_duty
from app.domain.civil import holidays_around

IS_LOADED = "select count(*) > 0 from establishment"

ADD_INTAKES = """
insert into intake (establishment_id, patient_id, id, course_id, drug, slot_on, slot, state, reason, planned_at, taken_at, recorded_at,
                    author_kind, author_id)
select $1, $2, gen_random_uuid(), $3, x.*, 'patient', $2
from unnest($4::text[], $5::date[], $6::smallint[], $7::text[], $8::text[], $9::timestamptz[], $10::timestamptz[], $11::timestamptz[]) x
"""

# In this past every push was shown after a few seconds and opened after a minute.
CALLS_ANSWERED = """
update notification set state = 'opened', accepted_at = created_at + interval '1 second', received_at = created_at + interval '4 seconds',
                        opened_at = created_at + interval '70 seconds'
where establishment_id = $1 and alert_id = $2 and state = 'pending'
"""

OPEN_ALERT_OF = (
    "select id, version, level from alert where establishment_id = $1 and patient_id = $2 and state <> 'closed'"
)


_ON_DUTY = on_duty(here="$1::uuid", at="$2::timestamptz", holidays="$5::date[]")

ACCOUNTS_ON_DUTY = f"""
select a.id, s.name
from ({_ON_DUTY}) d join staff s on s.establishment_id = $1 and s.id = d.staff_id
join account a on a.establishment_id = s.establishment_id and a.person_id = s.id
where s.role = $3 and s.coordination_level is not distinct from $4
order by s.name limit 1
"""  # noqa: S608 - constants only

ACCOUNT_BY_ROLE = """
select a.id, s.name from staff s join account a on a.establishment_id = s.establishment_id and a.person_id = s.id
where s.establishment_id = $1 and s.role = $2 and s.coordination_level is not distinct from $3 order by s.name limit 1
"""

STAFF_OF_ROLE = "select id from staff where establishment_id = $1 and role = $2 order by name limit 1"

LOGIN_OF = "select login from account where establishment_id = $1 and person_id = $2"

FIRST_PATIENT = """
select a.id, p.id, p.identity from patient p join account a on a.establishment_id = p.establishment_id and a.person_id = p.id
where p.establishment_id = $1 order by p.created_at limit 1
"""

ESTABLISHMENTS = "select id from establishment order by created_at, name"


class Intakes(Struct, frozen=True):
    """Columns of intakes, one entry per dose; without a slot it is extra."""

    drugs: list[str]
    days: list[date]
    slots: list[int | None]
    states: list[str]
    reasons: list[str | None]
    planned: list[datetime | None]
    taken: list[datetime]
    recorded: list[datetime]


async def is_loaded(con: asyncpg.Connection) -> bool:
    """Whether there is anything at all."""
    return bool(await con.fetchval(IS_LOADED))


async def add_intakes(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, course_id: UUID, intakes: Intakes
) -> None:
    """Many intakes of one course at once."""
    i = intakes
    columns = i.drugs, i.days, i.slots, i.states, i.reasons, i.planned, i.taken, i.recorded
    await con.execute(ADD_INTAKES, establishment_id, patient_id, course_id, *columns)


async def calls_answered(con: asyncpg.Connection, establishment_id: UUID, alert_id: UUID) -> None:
    """Settle the calls of a past alert."""
    await con.execute(CALLS_ANSWERED, establishment_id, alert_id)


async def open_alert_of(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID
) -> tuple[UUID, int, str] | None:
    """Id, version and level of the patient's open alert."""
    row = await con.fetchrow(OPEN_ALERT_OF, establishment_id, patient_id)
    return row and (row[0], row[1], row[2])


async def account_on_duty(
    con: asyncpg.Connection, establishment_id: UUID, at: datetime, role: str, level: int | None
) -> tuple[UUID, str] | None:
    """Account and name of somebody on duty."""
    row = await con.fetchrow(ACCOUNTS_ON_DUTY, establishment_id, at, role, level, holidays_around(at))
    return row and (row[0], row[1])


async def account_by_role(
    con: asyncpg.Connection, establishment_id: UUID, role: str, level: int | None
) -> tuple[UUID, str] | None:
    """Account and name of a professional of this role."""
    row = await con.fetchrow(ACCOUNT_BY_ROLE, establishment_id, role, level)
    return row and (row[0], row[1])


async def staff_of_role(con: asyncpg.Connection, establishment_id: UUID, role: str) -> UUID:
    """Somebody of this role; there must be one."""
    return UUID(str(await con.fetchval(STAFF_OF_ROLE, establishment_id, role)))


async def login_of(con: asyncpg.Connection, establishment_id: UUID, person_id: UUID) -> str:
    """By what a professional signs in."""
    return str(await con.fetchval(LOGIN_OF, establishment_id, person_id) or "")


async def first_patient(con: asyncpg.Connection, establishment_id: UUID) -> tuple[UUID, UUID, bytes] | None:
    """Account, id and sealed identity of the patient enrolled first."""
    row = await con.fetchrow(FIRST_PATIENT, establishment_id)
    return row and (row[0], row[1], row[2])


async def establishments(con: asyncpg.Connection) -> list[UUID]:
    """Every establishment, oldest first."""
    return [row[0] for row in await con.fetch(ESTABLISHMENTS)]
