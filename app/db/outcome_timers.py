"""When to see whether a fortnight's question should be brought to a phone, and what may keep it back."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct


class DueQuestion(Struct, frozen=True):
    """A patient whose question must be looked at; ids only, the worker that finds it may read no more."""

    establishment_id: UUID
    patient_id: UUID


class Standing(Struct, frozen=True):
    """What decides whether a patient may be pushed now.

    `wanted`: they accept reminders and have a phone to send to. `ill`: an episode of theirs waits for somebody, or is not a day
    old. `busy`: a call of the house is due and has not left yet.
    """

    now: datetime
    timezone: str
    left: bool
    wanted: bool
    ill: bool
    busy: bool


DUE_QUESTIONS = """
select establishment_id, patient_id from outcome_timer where look_at <= app_now() order by look_at limit $1
"""

# One worker takes it; whoever comes second finds it locked, or no longer due.
TAKE_QUESTION = """
select app_now(), p.timezone, p.left_at is not null,
       coalesce((select s.enabled from reminder_setting s where s.establishment_id = $1 and s.patient_id = $2), true)
       and exists (select from push_device d where d.establishment_id = $1 and d.person_id = $2 and d.dropped_at is null),
       exists (select from alert a where a.establishment_id = $1 and a.patient_id = $2 and a.state <> 'closed'
               and (a.state <> 'acknowledged' or a.opened_at > app_now() - interval '1 day')),
       exists (select from notification n where n.establishment_id = $1 and n.state = 'pending' and n.run_after <= app_now())
from outcome_timer t join patient p on (p.establishment_id, p.id) = (t.establishment_id, t.patient_id)
where t.establishment_id = $1 and t.patient_id = $2 and t.look_at <= app_now() for update of t skip locked
"""

SET_QUESTION = "update outcome_timer set look_at = $3 where establishment_id = $1 and patient_id = $2"

# A patient whose question cannot be judged is tried again in an hour; everybody else goes on.
PUT_OFF_QUESTION = """
update outcome_timer set look_at = app_now() + interval '1 hour'
where establishment_id = $1 and patient_id = $2 and look_at <= app_now()
"""


async def due(con: asyncpg.Connection, batch: int) -> list[DueQuestion]:
    """Whose time has come, longest waiting first."""
    return [DueQuestion(*row) for row in await con.fetch(DUE_QUESTIONS, batch)]


async def take(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> Standing | None:
    """How the patient stands, their timer locked; None when another worker is at it or it is no longer due."""
    row = await con.fetchrow(TAKE_QUESTION, establishment_id, patient_id)
    return row and Standing(*row)


async def look_again(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, look_at: datetime | None
) -> None:
    """Look again then; None: not before the next report."""
    await con.execute(SET_QUESTION, establishment_id, patient_id, look_at)


async def put_off(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> None:
    """Try this patient again in an hour."""
    await con.execute(PUT_OFF_QUESTION, establishment_id, patient_id)
