"""Alert episodes as coordinators see them: the worklist, one alert, taking it, closing it."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.domain.people import Caller


class AlertRow(Struct, frozen=True):
    """One episode with what names its patient (sealed) and their course."""

    id: UUID
    version: int
    round: int
    state: str
    level: str
    emergency: bool
    recipient: str
    read_by_hand: bool
    hold: bool
    reasons: list[str]
    reports: int
    opened_at: datetime
    last_report_id: UUID | None
    last_report_at: datetime
    acknowledge_due_at: datetime
    contact_due_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    escalated_to: str | None
    closed_at: datetime | None
    owner_id: UUID | None
    owner: str | None
    contacted_at: datetime | None
    realert_at: datetime | None
    paused_at: datetime | None
    paused_until: datetime | None
    pause_reason: str | None
    policy: str
    hand_over_id: UUID | None
    hand_over_from: UUID | None
    hand_over_from_name: str | None
    hand_over_to: UUID | None
    hand_over_to_name: str | None
    hand_over_asked_at: datetime | None
    hand_over_answer_by: datetime | None
    patient_id: UUID
    identity: bytes
    locale: str
    regimen: str | None
    started_on: date | None
    course_state: str | None


class NotificationRow(Struct, frozen=True):
    """One call to one person and what became of it."""

    id: UUID
    to: str
    role: str
    recipient: str
    basis: str
    why: str
    channel: str
    state: str
    round: int
    step: int
    created_at: datetime
    accepted_at: datetime | None
    received_at: datetime | None
    opened_at: datetime | None
    failed_because: str | None


class RoundRow(Struct, frozen=True):
    """What made people be called (again)."""

    round: int
    cause: str
    reasons: list[str]
    recipient: str
    level: str
    began_at: datetime


class RungRow(Struct, frozen=True):
    """One step of the ladder."""

    step: int
    recipients: list[str]
    due_at: datetime
    done_at: datetime | None
    outcome: str | None
    partnered: bool  # an agreement lets a partner be called for this alert


class EventRow(Struct, frozen=True):
    """One line of what happened to an episode."""

    at: datetime
    verb: str
    by: str | None
    detail: str


class Closing(Struct, frozen=True):
    """How an episode ended: also the label that the risk model learns from."""

    action: str
    outcome: str
    toxicity_symptom: str | None
    toxicity_grade: int | None
    hospitalised: bool
    dose_changed: bool
    useful: bool
    note: str | None


_ALERT_ROW = """
select al.id, al.version, al.round, al.state, al.level, al.emergency, al.recipient, al.read_by_hand, al.hold, al.reasons, al.reports,
       al.opened_at, al.last_report_id, al.last_report_at, al.acknowledge_due_at, al.contact_due_at, al.acknowledged_at,
       s.name as acknowledged_by, al.escalated_to, al.closed_at, al.owner_id, o.name as owner, al.contacted_at, al.realert_at,
       al.paused_at, al.paused_until, al.pause_reason, al.policy, h.id, h.from_id, hf.name, h.to_id, ht.name, h.asked_at, h.answer_by,
       p.id as patient_id, p.identity, p.locale, c.regimen,
       c.started_on, c.state as course_state
from alert al
join patient p on (p.establishment_id, p.id) = (al.establishment_id, al.patient_id)
left join lateral (select * from course c where (c.establishment_id, c.patient_id) = (p.establishment_id, p.id)
                   order by c.created_at desc limit 1) c on true
left join staff s on (s.establishment_id, s.id) = (al.establishment_id, al.acknowledged_by)
left join staff o on (o.establishment_id, o.id) = (al.establishment_id, al.owner_id)
left join hand_over h on (h.establishment_id, h.alert_id) = (al.establishment_id, al.id) and h.state = 'asked'
left join staff hf on (hf.establishment_id, hf.id) = (h.establishment_id, h.from_id)
left join staff ht on (ht.establishment_id, ht.id) = (h.establishment_id, h.to_id)
where al.establishment_id = $1
  and exists (select from access a where a.establishment_id = al.establishment_id and a.patient_id = al.patient_id
              and (a.staff_id = $2 or a.role = $3) and a.from_at <= app_now() and (a.until_at is null or a.until_at > app_now()))
"""

# Whom nobody has yet comes first, then the gravest, then the longest waiting; what waits for something is at the end, but there.
WORKLIST = f"""
{_ALERT_ROW} and al.state <> 'closed'
order by al.paused_until is not null,
         al.state = 'acknowledged', array_position(array['red', 'orange', 'yellow'], al.level), al.emergency desc, al.opened_at
"""

ALERT = f"{_ALERT_ROW} and al.id = $4"

CLOSED_SINCE = "select count(*) from alert where establishment_id = $1 and closed_at >= $2"

# Changes with every commit that touches an open episode, in whatever order commits become visible: a poll can trust it.
PULSE = """
select count(*), coalesce(sum(hashtextextended(id::text, version)), 0) from alert where establishment_id = $1 and state <> 'closed'
"""

# $5: how long it may lie untouched before it is called again.
ACKNOWLEDGE = """
with taken as (
    update alert set state = 'acknowledged', acknowledged_at = app_now(), acknowledged_by = $3, owner_id = $3,
                     realert_at = app_now() + $5::interval, version = version + 1, changed_at = app_now()
    where establishment_id = $1 and id = $2 and version = $4 and state in ('open', 'undeliverable')
    returning id, patient_id, round
), answered as (
    update alert_round k set acknowledged_at = app_now(), acknowledged_by = $3
    from taken where k.establishment_id = $1 and k.alert_id = taken.id and k.round = taken.round
), stopped as (
    update escalation set done_at = app_now(), outcome = 'acknowledged'
    where establishment_id = $1 and alert_id = $2 and done_at is null and exists (select from taken)
), silenced as (
    update notification set state = 'failed', failed_because = 'acknowledged_first'
    where establishment_id = $1 and alert_id = $2 and state = 'pending' and exists (select from taken)
)
insert into event (establishment_id, id, at, actor_kind, actor_id, verb, patient_id, subject_id)
select $1, gen_random_uuid(), app_now(), 'staff', $3, 'alert_acknowledged', patient_id, id from taken
returning id
"""

CLOSE = """
with closed as (
    update alert set state = 'closed', closed_at = app_now(), closed_by = $3, version = version + 1, changed_at = app_now(),
                     action = $5, outcome = $6, toxicity_symptom = $7, toxicity_grade = $8, hospitalised = $9, dose_changed = $10,
                     useful = $11, note = $12, realert_at = null, paused_at = null, paused_until = null, pause_reason = null
    where establishment_id = $1 and id = $2 and version = $4 and state = 'acknowledged'
    returning id, patient_id
), offered as (
    update hand_over set state = 'overtaken', answered_at = app_now()
    where establishment_id = $1 and alert_id = $2 and state = 'asked' and exists (select from closed)
), silenced as (
    update notification set state = 'failed', failed_because = 'closed_first'
    where establishment_id = $1 and alert_id = $2 and state = 'pending' and exists (select from closed)
)
insert into event (establishment_id, id, at, actor_kind, actor_id, verb, patient_id, subject_id, detail)
select $1, gen_random_uuid(), app_now(), 'staff', $3, 'alert_closed', patient_id, id, jsonb_build_object('action', $5, 'outcome', $6)
from closed
returning id
"""

NOTIFICATIONS = """
select n.id, s.name as to, s.role, n.recipient, n.basis, n.why, n.channel, n.state, n.round, n.step,
       n.created_at, n.accepted_at, n.received_at, n.opened_at,
       n.failed_because
from notification n join staff s on (s.establishment_id, s.id) = (n.establishment_id, n.staff_id)
where n.establishment_id = $1 and n.alert_id = $2 order by n.created_at, n.step, s.name
"""

# What each round of calls began with, and the ladder of the last one.
ROUNDS = """
select round, cause, reasons, recipient, level, began_at from alert_round where establishment_id = $1 and alert_id = $2 order by round
"""

LADDER = """
select e.step, e.recipients, e.due_at, e.done_at, e.outcome, a.agreements <> '{}' as partnered
from escalation e join alert a on (a.establishment_id, a.id) = (e.establishment_id, e.alert_id)
where e.establishment_id = $1 and e.alert_id = $2
  and e.round = (select max(round) from escalation where establishment_id = $1 and alert_id = $2)
order by e.step
"""

EVENTS = """
select e.at, e.verb, s.name as by, e.detail
from event e left join staff s on s.establishment_id = e.establishment_id and s.id = e.actor_id
where e.establishment_id = $1 and e.subject_id = $2 and e.verb not in ('alert_read') order by e.at, e.id
"""

ALERTS_OF_PATIENT = """
select id, level, state, opened_at, closed_at from alert where establishment_id = $1 and patient_id = $2 order by opened_at desc limit 20
"""

FOLLOWED = """
select state, coalesce(acknowledged_at, opened_at), contact_due_at
from alert where establishment_id = $1 and patient_id = $2 and state <> 'closed'
"""

COUNTS = """
select count(*) filter (where level = 'red') as red, count(*) filter (where level = 'orange') as orange,
       count(*) filter (where level = 'yellow') as yellow, count(*) filter (where state = 'undeliverable') as undeliverable,
       count(*) filter (where state = 'acknowledged') as acknowledged
from alert where establishment_id = $1 and state <> 'closed'
"""

REPORTS_SINCE = "select count(*) from report where establishment_id = $1 and received_at >= $2"


class AlertLine(Struct, frozen=True):
    """An episode in a patient's history."""

    id: UUID
    level: str
    state: str
    opened_at: datetime
    closed_at: datetime | None


async def worklist(con: asyncpg.Connection, caller: Caller) -> list[AlertRow]:
    """Every open episode of the patients that the caller may see, most urgent first."""
    rows = await con.fetch(WORKLIST, caller.establishment_id, caller.person_id, caller.access_role)
    return [AlertRow(*row) for row in rows]


async def one(con: asyncpg.Connection, caller: Caller, alert_id: UUID) -> AlertRow | None:
    """One episode, if the caller may see its patient."""
    row = await con.fetchrow(ALERT, caller.establishment_id, caller.person_id, caller.access_role, alert_id)
    return row and AlertRow(*row)


async def closed_since(con: asyncpg.Connection, establishment_id: UUID, since: datetime) -> int:
    """How many episodes were closed."""
    return int(await con.fetchval(CLOSED_SINCE, establishment_id, since))


async def pulse(con: asyncpg.Connection, establishment_id: UUID) -> tuple[object, ...]:
    """A value that differs whenever an episode of the establishment has changed."""
    return tuple(await con.fetchrow(PULSE, establishment_id))


async def acknowledge(
    con: asyncpg.Connection, caller: Caller, alert_id: UUID, version: int, forgotten_after: timedelta | None = None
) -> bool:
    """Take it, as it was at `version`: escalation stops. False when it has changed meanwhile."""
    args = caller.establishment_id, alert_id, caller.person_id, version, forgotten_after
    return await con.fetchval(ACKNOWLEDGE, *args) is not None


async def close(con: asyncpg.Connection, caller: Caller, alert_id: UUID, version: int, closing: Closing) -> bool:
    """End it with what was done and what came of it. False when it has changed meanwhile or nobody has taken it."""
    args = caller.establishment_id, alert_id, caller.person_id, version
    return (
        await con.fetchval(
            CLOSE,
            *args,
            closing.action,
            closing.outcome,
            closing.toxicity_symptom,
            closing.toxicity_grade,
            closing.hospitalised,
            closing.dose_changed,
            closing.useful,
            closing.note,
        )
        is not None
    )


async def notifications(con: asyncpg.Connection, establishment_id: UUID, alert_id: UUID) -> list[NotificationRow]:
    """Who was called, and what became of each call."""
    return [NotificationRow(*row) for row in await con.fetch(NOTIFICATIONS, establishment_id, alert_id)]


async def rounds(con: asyncpg.Connection, establishment_id: UUID, alert_id: UUID) -> list[RoundRow]:
    """Each time people were called for the episode, and why."""
    return [RoundRow(*row) for row in await con.fetch(ROUNDS, establishment_id, alert_id)]


async def ladder(con: asyncpg.Connection, establishment_id: UUID, alert_id: UUID) -> list[RungRow]:
    """The ladder that is being climbed, or was climbed last."""
    return [RungRow(*row) for row in await con.fetch(LADDER, establishment_id, alert_id)]


async def events(con: asyncpg.Connection, establishment_id: UUID, alert_id: UUID) -> list[EventRow]:
    """What happened to the episode, in order."""
    return [EventRow(*row) for row in await con.fetch(EVENTS, establishment_id, alert_id)]


async def of_patient(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> list[AlertLine]:
    """The patient's last episodes, newest first."""
    return [AlertLine(*row) for row in await con.fetch(ALERTS_OF_PATIENT, establishment_id, patient_id)]


async def followed(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID
) -> tuple[str, datetime, datetime] | None:
    """State, since when (taken, or else opened) and contact time of the patient's open episode."""
    row = await con.fetchrow(FOLLOWED, establishment_id, patient_id)
    return row and (row[0], row[1], row[2])


async def counts(con: asyncpg.Connection, establishment_id: UUID) -> dict[str, int]:
    """Open episodes by level and state."""
    return dict(await con.fetchrow(COUNTS, establishment_id))


async def reports_since(con: asyncpg.Connection, establishment_id: UUID, since: datetime) -> int:
    """How many reports were received."""
    return int(await con.fetchval(REPORTS_SINCE, establishment_id, since))
