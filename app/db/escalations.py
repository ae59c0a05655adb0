"""The ladder: what is due, who is called, and the end of it."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.db.reports import who_is_called

Rung = tuple[UUID, UUID, int, int]
"""Establishment, alert, round and step."""


class DueStep(Struct, frozen=True):
    """A rung whose time has come, and the alert it belongs to."""

    establishment_id: UUID
    alert_id: UUID
    round: int
    step: int
    recipients: list[str]
    due_at: datetime
    level: str
    state: str
    current_round: int
    timezone: str
    patient_id: UUID
    at: datetime


# Red first. The alert row is locked with the step: an acknowledgement comes before or after, never between.
DUE_STEPS = """
select e.establishment_id, e.alert_id, e.round, e.step, e.recipients, e.due_at, a.level, a.state, a.round as current_round, est.timezone,
       a.patient_id, app_now() as at
from escalation e
join alert a on (a.establishment_id, a.id) = (e.establishment_id, e.alert_id)
join establishment est on est.id = e.establishment_id
where e.done_at is null and e.due_at <= app_now()
order by array_position(array['red', 'orange', 'yellow'], a.level), e.due_at, e.step
limit $1 for update of e, a skip locked
"""

CALL = f"""
insert into notification (establishment_id, id, alert_id, round, step, staff_id, recipient, level, state, token, run_after, created_at)
select $1, gen_random_uuid(), $2, $3, $4, who.staff_id, who.recipient, $5, 'pending',
       replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), app_now(), app_now()
from ({who_is_called(minute="$6::int", recipients="$7::text[]")}) who
on conflict do nothing returning staff_id, recipient
"""  # noqa: S608 - constants only

STEP_DONE = """
update escalation set done_at = app_now(), outcome = $5
where establishment_id = $1 and alert_id = $2 and round = $3 and step = $4 and done_at is null
"""

# For each rung whose calls have all failed. Whoever calls this holds the alerts: two senders whose calls of one rung fail at the same
# moment would each still see the other's as pending, and neither would go on. Nothing is hurried past a later rung that still waits.
NEXT_STEPS_NOW = """
update escalation e set due_at = least(e.due_at, app_now())
from (select distinct x, a, r, s from unnest($1::uuid[], $2::uuid[], $3::int[], $4::int[]) u (x, a, r, s)) l
where (e.establishment_id, e.alert_id, e.round) = (l.x, l.a, l.r) and e.done_at is null
  and e.step = (select min(step) from escalation f
                where (f.establishment_id, f.alert_id, f.round) = (l.x, l.a, l.r) and f.step > l.s and f.done_at is null)
  and not exists (select from notification n where (n.establishment_id, n.alert_id, n.round) = (l.x, l.a, l.r) and n.step >= l.s
                  and n.waits)
"""

ESCALATED = """
update alert set escalated_to = $3, version = version + 1, changed_at = app_now() where establishment_id = $1 and id = $2
"""

UNDELIVERABLE = """
update alert set state = 'undeliverable', version = version + 1, changed_at = app_now()
where establishment_id = $1 and id = $2 and state = 'open'
"""

# Who is called at night about a patient they do not follow must be able to open the file: for a day, and it is written down.
ON_CALL_ACCESS = """
insert into access (establishment_id, id, patient_id, staff_id, basis, from_at, until_at)
select $1, gen_random_uuid(), $2, called, 'on_call', app_now(), app_now() + interval '24 hours'
from unnest($3::uuid[]) called
where not exists (select from access a where a.establishment_id = $1 and a.patient_id = $2 and a.staff_id = called
                  and (a.until_at is null or a.until_at > app_now()))
returning staff_id
"""


async def due_steps(con: asyncpg.Connection, batch: int) -> list[DueStep]:
    """Rungs whose time has come, locked until the transaction ends."""
    return [DueStep(*row) for row in await con.fetch(DUE_STEPS, batch)]


async def call(con: asyncpg.Connection, step: DueStep, minute: int) -> list[UUID]:
    """Queue a call to everyone on duty on this rung; whom."""
    rows = await con.fetch(
        CALL, step.establishment_id, step.alert_id, step.round, step.step, step.level, minute, step.recipients
    )
    return [row["staff_id"] for row in rows]


async def done(con: asyncpg.Connection, step: DueStep, outcome: str) -> None:
    """This rung is behind us."""
    await con.execute(STEP_DONE, step.establishment_id, step.alert_id, step.round, step.step, outcome)


async def next_steps_now(con: asyncpg.Connection, rungs: Iterable[Rung]) -> None:
    """Every call of these rungs has failed: do not wait for the next one's time. The alerts must be held by this transaction."""
    if columns := [list(column) for column in zip(*rungs, strict=True)]:
        await con.execute(NEXT_STEPS_NOW, *columns)


async def escalated(con: asyncpg.Connection, step: DueStep) -> None:
    """Show on the worklist whom the alert has reached."""
    await con.execute(ESCALATED, step.establishment_id, step.alert_id, step.recipients[0])


async def undeliverable(con: asyncpg.Connection, step: DueStep) -> None:
    """Nobody is left: say so, in red, to everyone."""
    await con.execute(UNDELIVERABLE, step.establishment_id, step.alert_id)


async def open_file_to(con: asyncpg.Connection, step: DueStep, staff: list[UUID]) -> list[UUID]:
    """Let those who were called open the patient's file for 24 hours; whom that was new for."""
    return [row[0] for row in await con.fetch(ON_CALL_ACCESS, step.establishment_id, step.patient_id, staff)]
