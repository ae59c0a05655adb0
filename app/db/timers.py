"""Timers of cases that somebody has: forgotten, a hand-over unanswered, a cover that ended, contact overdue, a pause that is over."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.db.standings import Hours
from app.domain.escalation import Due, Step

# Taken alerts that may have to be called again. Only locked here: what is true of them is read by the next statement, whose snapshot
# is younger than the lock. An acceptance that came in between is then seen.
HOLD_OVERDUE = """
with due as (
    (select establishment_id, id from alert where realert_at <= app_now() order by realert_at limit $1)
    union
    (select establishment_id, alert_id from hand_over where state = 'asked' and answer_by <= app_now() order by answer_by limit $1)
    union
    (select a.establishment_id, a.id from staff g join alert a on (a.establishment_id, a.owner_id) = (g.establishment_id, g.id)
     where g.home_establishment_id is not null and a.state = 'acknowledged'
       and not exists (select from cover c where (c.establishment_id, c.alert_id, c.staff_id) = (a.establishment_id, a.id, g.id)
                       and c.until_at > app_now()) limit $1)
)
select a.establishment_id, a.id from alert a join due on (due.establishment_id, due.id) = (a.establishment_id, a.id)
where a.state = 'acknowledged' for update of a skip locked
"""

# Why a held alert must be called again, and what planning needs; no row when it must not.
OVERDUE = """
select * from (
    select a.establishment_id, a.id, a.round + 1 as round, a.level, a.emergency, a.recipient, a.policy, est.timezone, app_now() as at,
           case when st.opens is not null then
               json_build_object('weekdays', st.weekdays, 'opens', to_char(st.opens, 'HH24:MI:SS'),
                                 'closes', to_char(st.closes, 'HH24:MI:SS'))
           end as hours,
           case when exists (select from hand_over h where (h.establishment_id, h.alert_id) = (a.establishment_id, a.id)
                             and h.state = 'asked' and h.answer_by <= app_now()) then 'not_answered'
                when exists (select from staff g where (g.establishment_id, g.id) = (a.establishment_id, a.owner_id)
                             and g.home_establishment_id is not null
                             and not exists (select from cover c where (c.establishment_id, c.alert_id, c.staff_id)
                                                                       = (a.establishment_id, a.id, g.id) and c.until_at > app_now()))
                    then 'cover_ended'
                when a.realert_at <= app_now() then 'forgotten' end as cause
    from alert a
    join establishment est on est.id = a.establishment_id
    left join lateral (select * from establishment_setting s where s.establishment_id = a.establishment_id
                       and s.from_on <= (app_now() at time zone est.timezone)::date
                       order by s.from_on desc, s.made_at desc limit 1) st on true
    where a.establishment_id = $1 and a.id = $2 and a.state = 'acknowledged') x
where cause is not null
"""

# A new round of calls for a case that time has brought back. Its owner stays: they had it last, and are shown until somebody takes it.
AGAIN = """
with again as (
    update alert set state = 'open', round = $3, version = version + 1, changed_at = app_now(), acknowledge_due_at = $5,
                     contact_due_at = $6, acknowledged_at = null, acknowledged_by = null, contact_told_at = null, realert_at = null,
                     paused_at = null, paused_until = null, pause_reason = null, escalated_to = null
    where establishment_id = $1 and id = $2 and state = 'acknowledged' and round = $3 - 1
    returning establishment_id, id, patient_id, level, emergency, recipient
), began as (
    insert into alert_round (establishment_id, alert_id, round, cause, level, emergency, recipient, reasons, began_at, acknowledge_due_at,
                             contact_due_at)
    select establishment_id, id, $3, $4, level, emergency, recipient, '{}', app_now(), $5, $6 from again
), lapsed as (
    update hand_over h set state = case when h.answer_by <= app_now() then 'lapsed' else 'overtaken' end, answered_at = app_now()
    from again where (h.establishment_id, h.alert_id) = (again.establishment_id, again.id) and h.state = 'asked'
), ended as (
    update escalation e set done_at = app_now(), outcome = 'superseded'
    from again where (e.establishment_id, e.alert_id) = (again.establishment_id, again.id) and e.done_at is null
), ladder as (
    insert into escalation (establishment_id, alert_id, round, step, recipients, due_at)
    select establishment_id, id, $3, s.step - 1, string_to_array(s.recipients, ','), s.due_at
    from again, unnest($7::text[], $8::timestamptz[]) with ordinality s (recipients, due_at, step)
)
insert into event (establishment_id, id, at, actor_kind, verb, patient_id, subject_id, detail)
select establishment_id, gen_random_uuid(), app_now(), 'system', 'alert_called_again', patient_id, id,
       jsonb_build_object('because', $4::text)
from again
returning id
"""

# Somebody has it, but the patient should have been spoken to by now: its owner is called, once a round.
CONTACT_OVERDUE = """
with late as (
    select establishment_id, id from alert
    where state = 'acknowledged' and contacted_at is null and contact_told_at is null and contact_due_at <= app_now()
    order by contact_due_at limit $1 for update skip locked
), told as (
    update alert a set contact_told_at = app_now(), version = version + 1, changed_at = app_now()
    from late where (a.establishment_id, a.id) = (late.establishment_id, late.id)
    returning a.establishment_id, a.id, a.patient_id, a.round, a.version, a.owner_id, a.level
), called as (
    insert into notification (establishment_id, id, alert_id, round, step, staff_id, recipient, basis, why, level, state, token, run_after,
                              created_at)
    select establishment_id, gen_random_uuid(), id, round, 10000 + version, owner_id, 'owner', 'owner', 'contact_overdue', level,
           'pending', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), app_now(), app_now()
    from told where owner_id is not null
)
insert into event (establishment_id, id, at, actor_kind, verb, patient_id, subject_id)
select establishment_id, gen_random_uuid(), app_now(), 'system', 'contact_overdue', patient_id, id from told
returning establishment_id
"""

# What a case waited for has had its time: it is back in its place, and its owner is called.
PAUSE_OVER = """
with over as (
    select establishment_id, id from alert where paused_until <= app_now() order by paused_until limit $1 for update skip locked
), told as (
    update alert a set paused_at = null, paused_until = null, pause_reason = null, version = version + 1, changed_at = app_now()
    from over where (a.establishment_id, a.id) = (over.establishment_id, over.id)
    returning a.establishment_id, a.id, a.patient_id, a.round, a.version, a.owner_id, a.level
), called as (
    insert into notification (establishment_id, id, alert_id, round, step, staff_id, recipient, basis, why, level, state, token, run_after,
                              created_at)
    select establishment_id, gen_random_uuid(), id, round, 10000 + version, owner_id, 'owner', 'owner', 'pause_ended', level, 'pending',
           replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), app_now(), app_now()
    from told where owner_id is not null
)
insert into event (establishment_id, id, at, actor_kind, verb, patient_id, subject_id)
select establishment_id, gen_random_uuid(), app_now(), 'system', 'pause_ended', patient_id, id from told
returning establishment_id
"""


class Overdue(Struct, frozen=True):
    """A case that must be called again, locked."""

    establishment_id: UUID
    alert_id: UUID
    round: int
    level: str
    emergency: bool
    recipient: str
    policy: str
    timezone: str
    at: datetime
    hours: Hours | None
    cause: str


_hours = json.Decoder(Hours)


async def hold_overdue(con: asyncpg.Connection, batch: int) -> list[tuple[UUID, UUID]]:
    """Lock cases that may have to be called again: establishment and alert."""
    return [(row[0], row[1]) for row in await con.fetch(HOLD_OVERDUE, batch)]


async def overdue(con: asyncpg.Connection, establishment_id: UUID, alert_id: UUID) -> Overdue | None:
    """Why a held case must be called again; None when it must not."""
    row = await con.fetchrow(OVERDUE, establishment_id, alert_id)
    if row is None:
        return None
    hours = _hours.decode(row["hours"]) if row["hours"] else None
    return Overdue(*tuple(row)[:9], hours, row["cause"])  # type: ignore[call-arg] # as many as columns


async def again(con: asyncpg.Connection, case: Overdue, due: Due, steps: tuple[Step, ...]) -> None:
    """Open a held case for a new round of calls."""
    rungs, dues = [",".join(step.recipients) for step in steps], [step.due_at for step in steps]
    args = case.establishment_id, case.alert_id, case.round, case.cause, due.acknowledge_at, due.contact_at, rungs, dues
    await con.execute(AGAIN, *args)


async def contact_overdue(con: asyncpg.Connection, batch: int) -> set[UUID]:
    """Call the owners of cases whose patient should have been spoken to; which establishments have news."""
    return {row[0] for row in await con.fetch(CONTACT_OVERDUE, batch)}


async def pause_over(con: asyncpg.Connection, batch: int) -> set[UUID]:
    """End the pauses whose time has come; which establishments have news."""
    return {row[0] for row in await con.fetch(PAUSE_OVER, batch)}
