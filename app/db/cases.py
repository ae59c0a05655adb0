"""What is done with an alert that somebody has: contact, hand-over, pause, mute. Each as the alert was at a version."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.domain.people import Caller

# Every change: $1 establishment, $2 alert, $3 who, $4 the version they saw. It is written down only if it happened.
_HEARD = """
insert into event (establishment_id, id, at, actor_kind, actor_id, verb, patient_id, subject_id, detail)
select $1, gen_random_uuid(), app_now(), 'staff', $3, {verb}, patient_id, id, {detail} from moved
returning id
"""
_MINE = "where establishment_id = $1 and id = $2 and version = $4 and state = 'acknowledged'"
# Calls outside the ladder have the step 10000 + version: no two of one alert are the same, and none is a rung.
_TOUCHED = "version = version + 1, changed_at = app_now()"

# The patient was spoken to at $5. $6: how long the case may lie untouched from now.
CONTACTED = f"""
with moved as (
    update alert set contacted_at = $5, realert_at = app_now() + $6::interval, {_TOUCHED} {_MINE} returning id, patient_id, round
), noted as (
    update alert_round k set contacted_at = $5 from moved where k.establishment_id = $1 and k.alert_id = moved.id and k.round = moved.round
)
{_HEARD.format(verb="'patient_contacted'", detail="'{}'::jsonb")}
"""  # noqa: S608 - constants only

# The patient did not answer: something was done with the case, and the contact delay goes on. $5: how long it may lie untouched from now.
NOT_REACHED = f"""
with moved as (
    update alert set realert_at = app_now() + $5::interval, {_TOUCHED} {_MINE} returning id, patient_id
)
{_HEARD.format(verb="'patient_not_reached'", detail="'{}'::jsonb")}
"""  # noqa: S608 - constants only

# Until $5, for the reason $6; then it may lie untouched for $7.
PAUSE = f"""
with moved as (
    update alert set paused_at = app_now(), paused_until = $5::timestamptz, pause_reason = $6,
                     realert_at = $5::timestamptz + $7::interval, {_TOUCHED} {_MINE}
    returning id, patient_id
)
{_HEARD.format(verb="'alert_paused'", detail="jsonb_build_object('reason', $6::text)")}
"""  # noqa: S608 - constants only

RESUME = f"""
with moved as (
    update alert set paused_at = null, paused_until = null, pause_reason = null, realert_at = app_now() + $5::interval, {_TOUCHED}
    {_MINE} and paused_until is not null returning id, patient_id
)
{_HEARD.format(verb="'alert_resumed'", detail="'{}'::jsonb")}
"""  # noqa: S608 - constants only

# Offered to $6 (hand-over $5), who must answer within $7; they are called, and may open the file from now on. The owner keeps the case.
OFFER = f"""
with moved as (
    update alert set {_TOUCHED} {_MINE} and owner_id = $3
      and not exists (select from hand_over where establishment_id = $1 and alert_id = $2 and state = 'asked')
    returning id, patient_id, round, level, version
), offered as (
    insert into hand_over (establishment_id, id, alert_id, from_id, to_id, state, asked_at, answer_by)
    select $1, $5, id, $3, $6, 'asked', app_now(), $7 from moved
), called as (
    insert into notification (establishment_id, id, alert_id, round, step, staff_id, recipient, basis, why, level, state, token, run_after,
                              created_at)
    select $1, gen_random_uuid(), id, round, 10000 + version, $6, 'named', 'named', 'handed_over',
           level, 'pending', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), app_now(), app_now()
    from moved
), opened as (
    insert into access (establishment_id, id, patient_id, staff_id, basis, from_at, until_at)
    select $1, gen_random_uuid(), patient_id, $6, 'on_call', app_now(), app_now() + interval '24 hours' from moved
)
{_HEARD.format(verb="'hand_over_asked'", detail="jsonb_build_object('to', $6::uuid)")}
"""  # noqa: S608 - constants only

# Only who was asked may accept; $5: how long the case may lie untouched from now.
ACCEPT = f"""
with answered as (
    update hand_over set state = 'accepted', answered_at = app_now()
    where establishment_id = $1 and alert_id = $2 and to_id = $3 and state = 'asked' and answer_by > app_now()
      and exists (select from alert {_MINE})
    returning alert_id
), moved as (
    update alert set owner_id = $3, realert_at = app_now() + $5::interval, {_TOUCHED} {_MINE} and exists (select from answered)
    returning id, patient_id
)
{_HEARD.format(verb="'hand_over_accepted'", detail="'{}'::jsonb")}
"""  # noqa: S608 - constants only

# Refused with the reason $5: the giver keeps the case, and is called.
REFUSE = f"""
with answered as (
    update hand_over set state = 'refused', reason = $5, answered_at = app_now()
    where establishment_id = $1 and alert_id = $2 and to_id = $3 and state = 'asked' and exists (select from alert {_MINE})
    returning from_id
), moved as (
    update alert set {_TOUCHED} {_MINE} and exists (select from answered) returning id, patient_id, round, level, version
), called as (
    insert into notification (establishment_id, id, alert_id, round, step, staff_id, recipient, basis, why, level, state, token, run_after,
                              created_at)
    select $1, gen_random_uuid(), id, round, 10000 + version, answered.from_id, 'owner', 'owner',
           'hand_over_refused', level, 'pending', replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), app_now(), app_now()
    from moved, answered
)
{_HEARD.format(verb="'hand_over_refused'", detail="jsonb_build_object('reason', $5::text)")}
"""  # noqa: S608 - constants only

WITHDRAW = f"""
with answered as (
    update hand_over set state = 'withdrawn', answered_at = app_now()
    where establishment_id = $1 and alert_id = $2 and from_id = $3 and state = 'asked' and exists (select from alert {_MINE})
    returning alert_id
), moved as (
    update alert set {_TOUCHED} {_MINE} and exists (select from answered) returning id, patient_id
)
{_HEARD.format(verb="'hand_over_withdrawn'", detail="'{}'::jsonb")}
"""  # noqa: S608 - constants only

# Somebody else takes the case over, because its owner cannot be asked. $5: how long it may lie untouched from now.
TAKE_OVER = f"""
with moved as (
    update alert set owner_id = $3, realert_at = app_now() + $5::interval, {_TOUCHED} {_MINE} and owner_id <> $3
    returning id, patient_id
), overtaken as (
    update hand_over set state = 'overtaken', answered_at = app_now()
    where establishment_id = $1 and alert_id = $2 and state = 'asked' and exists (select from moved)
)
{_HEARD.format(verb="'alert_taken_over'", detail="'{}'::jsonb")}
"""  # noqa: S608 - constants only

# $5 mute, $6 symptom, $7 level, $8 grade, $9 rules, $10 reason, $11 until. The audit does not say which symptom: who seals it may not know.
MUTE = f"""
with moved as (
    update alert set {_TOUCHED} {_MINE} returning id, patient_id
), kept as (
    insert into mute (establishment_id, id, patient_id, alert_id, symptom, level, grade, rules, reason, by_id, from_at, until_at)
    select $1, $5, patient_id, id, $6, $7, $8, $9, $10, $3, app_now(), $11 from moved
)
{_HEARD.format(verb="'symptom_muted'", detail="jsonb_build_object('mute', $5::uuid, 'reason', $10::text)")}
"""  # noqa: S608 - constants only

# What the establishment does not want muted any more; $2 is the mute, $4 the patient.
END_MUTE = """
with ended as (
    update mute set ended_at = app_now(), ended_by = $3
    where establishment_id = $1 and id = $2 and patient_id = $4 and ended_at is null and until_at > app_now() returning id, patient_id
)
insert into event (establishment_id, id, at, actor_kind, actor_id, verb, patient_id, subject_id)
select $1, gen_random_uuid(), app_now(), 'staff', $3, 'mute_ended', patient_id, id from ended
returning id
"""

# Every mute that held at some time since the oldest of those that hold now began, oldest first.
MUTES = """
select m.id, m.symptom, m.level, m.grade, m.rules, m.reason, s.name as by, m.from_at, m.until_at, m.ended_at,
       m.ended_at is null and m.until_at > app_now() as holds
from mute m join staff s on (s.establishment_id, s.id) = (m.establishment_id, m.by_id)
where m.establishment_id = $1 and m.patient_id = $2
  and least(m.ended_at, m.until_at) > (select min(o.from_at) from mute o where o.establishment_id = $1 and o.patient_id = $2
                                         and o.ended_at is null and o.until_at > app_now())
order by m.from_at, m.id
"""

# The reports that called nobody because of a mute, from $3 on.
SILENT = """
select judged_at, detail from verdict where establishment_id = $1 and patient_id = $2 and muted and judged_at >= $3
"""

# To whom a case may be handed: who acts on alerts here, and is here.
COLLEAGUES = """
select id, name, role, coordination_level from staff
where establishment_id = $1 and role in ('coordinator', 'oncologist') and home_establishment_id is null and disabled_at is null and id <> $2
order by name
"""


class MuteRow(Struct, frozen=True):
    """A symptom that is silent, now or while another one that still is was already made."""

    id: UUID
    symptom: str
    level: str
    grade: int
    rules: list[str]
    reason: str
    by: str
    from_at: datetime
    until_at: datetime
    ended_at: datetime | None
    holds: bool


class SilentReport(Struct, frozen=True):
    """What triage said of a report that called nobody."""

    judged_at: datetime
    detail: str


class Colleague(Struct, frozen=True):
    """Somebody who may take a case over."""

    id: UUID
    name: str
    role: str
    coordination_level: int | None


class NewMute(Struct, frozen=True):
    """A symptom to be silent."""

    id: UUID
    symptom: str
    level: str
    grade: int
    rules: tuple[str, ...]
    reason: str
    until_at: datetime


async def change(
    con: asyncpg.Connection, statement: str, caller: Caller, alert_id: UUID, version: int, *more: object
) -> bool:
    """Do one of the changes above; False when the alert has changed meanwhile, or is not in a state for it."""
    args = caller.establishment_id, alert_id, caller.person_id, version, *more
    return await con.fetchval(statement, *args) is not None


async def mute(con: asyncpg.Connection, caller: Caller, alert_id: UUID, version: int, new: NewMute) -> bool:
    """Silence one symptom; False when the alert has changed meanwhile."""
    args = new.id, new.symptom, new.level, new.grade, new.rules, new.reason, new.until_at
    return await change(con, MUTE, caller, alert_id, version, *args)


async def end_mute(con: asyncpg.Connection, caller: Caller, patient_id: UUID, mute_id: UUID) -> bool:
    """Let a symptom call again; False when it does already."""
    args = caller.establishment_id, mute_id, caller.person_id, patient_id
    return await con.fetchval(END_MUTE, *args) is not None


async def mutes(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> list[MuteRow]:
    """What is silent for this patient now, and what was while the oldest of it was."""
    return [MuteRow(*row) for row in await con.fetch(MUTES, establishment_id, patient_id)]


async def silent(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, since: datetime
) -> list[SilentReport]:
    """The reports of a patient that called nobody because of a mute."""
    return [SilentReport(*row) for row in await con.fetch(SILENT, establishment_id, patient_id, since)]


async def colleagues(con: asyncpg.Connection, caller: Caller) -> list[Colleague]:
    """To whom a case may be handed."""
    return [Colleague(*row) for row in await con.fetch(COLLEAGUES, caller.establishment_id, caller.person_id)]
