"""Reports and verdicts: kept whole, in one statement, once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.db.risk_scores import scored
from app.domain.alerts import Episode
from app.domain.escalation import Due, Step
from app.domain.triage import TriageLevel, Verdict


class Kept(Struct, frozen=True):
    """A report as it is written, whatever triage says of it."""

    establishment_id: UUID
    patient_id: UUID
    id: UUID
    course_id: UUID | None
    received_at: datetime
    told_at: datetime
    author_kind: str
    author_id: UUID
    content: str
    content_sha256: bytes
    replaces: UUID | None
    cycle: int
    day_of_cycle: int
    quarantined: bool


class Calls(Struct, frozen=True):
    """The ladder of an episode and whether its first rung is called now (`minute` of the local week)."""

    steps: tuple[Step, ...]
    now: bool
    minute: int
    urgent: bool


class Judged(Struct, frozen=True):
    """What was answered to the phone, read back."""

    report_id: UUID
    received_at: datetime
    told_at: datetime
    quarantined: bool
    level: TriageLevel
    emergency: bool
    hold: bool
    contact_due_at: datetime | None
    rulebook: str
    detail: str
    content: str


# The report, its verdict and its audit row; nothing at all when the id is there already.
_KEEP = """
with told as (
    insert into report (establishment_id, patient_id, id, course_id, received_at, told_at, author_kind, author_id, content,
                        content_sha256, replaces, cycle, day_of_cycle, quarantined)
    values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14)
    on conflict do nothing returning id
), judged as (
    insert into verdict (establishment_id, patient_id, report_id, id, level, emergency, recipient, hold, reasons, detail, rulebook,
                         acknowledge_due_at, contact_due_at, judged_at)
    select $1, $2, $3, $15, $16, $17, $18, $19, $20, $21, $22, $23, $24, $5 from told
)
"""

KEEP_REPORT = f"""
{_KEEP}, scored as (
{scored("$25")}), heard as (
    insert into event (establishment_id, id, at, actor_kind, actor_id, verb, patient_id, subject_id)
    select $1, gen_random_uuid(), $5, $7, $8, 'report_received', $2, $3 from told
)
select id from told
"""  # noqa: S608 - constants only


def who_is_called(*, minute: str, recipients: str) -> str:
    """SQL for who is called on a rung of establishment $1: those on duty there at this minute, and for the fallback every oncologist.

    The arguments are parameters of the statement around it, like `$6::int`.
    """
    return f"""
select distinct on (who.staff_id) who.staff_id, who.recipient
from (select d.establishment_id, d.staff_id,
             case when d.role = 'oncologist' then 'oncologist' else 'level' || d.coordination_level end as recipient
      from duty d where d.establishment_id = $1 and {minute} >= d.from_minute and {minute} < d.to_minute
      union all
      select o.establishment_id, o.id, 'any_oncologist' from staff o
      where o.establishment_id = $1 and o.role = 'oncologist') who
join staff s on s.establishment_id = who.establishment_id and s.id = who.staff_id and s.disabled_at is null
where who.recipient = any({recipients})
order by who.staff_id, who.recipient
"""  # noqa: S608 - parameters only


# The same, and the episode it opens, joins or raises; the first rung is called in the same breath ($46), and when nobody is on duty
# there an urgent alert's next rung is due at once.
KEEP_REPORT_AND_ALERT = f"""
{_KEEP}, scored as (
{scored("$48")}), episode as (
    insert into alert (establishment_id, id, patient_id, version, round, state, level, emergency, recipient, read_by_hand, hold, reasons,
                       reports, opened_at, last_report_id, last_report_at, changed_at, acknowledge_due_at, contact_due_at, acknowledged_at)
    select $1, $25, $2, $26, $27, $28, $29, $30, $31, $32, $33, $34, $35, $36, $37, $38, $5, $39, $40,
           case when $28 = 'acknowledged' then $5 end  -- the row's checks look at it before the conflict is seen; never kept
    from told
    on conflict (establishment_id, id) do update set
        version = excluded.version, round = excluded.round, state = excluded.state, level = excluded.level,
        emergency = excluded.emergency, recipient = excluded.recipient, read_by_hand = excluded.read_by_hand, hold = excluded.hold,
        reasons = excluded.reasons, reports = excluded.reports, last_report_id = excluded.last_report_id,
        last_report_at = excluded.last_report_at, changed_at = excluded.changed_at,
        acknowledge_due_at = case when $41 then excluded.acknowledge_due_at else alert.acknowledge_due_at end,
        contact_due_at = case when $41 then excluded.contact_due_at else alert.contact_due_at end,
        escalated_to = case when $41 then null else alert.escalated_to end,
        acknowledged_at = case when $41 then null else alert.acknowledged_at end,
        acknowledged_by = case when $41 then null else alert.acknowledged_by end
    returning id
), heard as (
    insert into event (establishment_id, id, at, actor_kind, actor_id, verb, patient_id, subject_id)
    select $1, gen_random_uuid(), $5, e.kind, e.actor, e.verb, $2, e.subject
    from told, (values ($7, $8, 'report_received', $3), ('system', null, $42, $25)) e (kind, actor, verb, subject)
), ended as (
    update escalation set done_at = $5, outcome = 'superseded'
    where $27 > 1 and establishment_id = $1 and alert_id = $25 and round < $27 and done_at is null and exists (select from told)
), called as (
    insert into notification (establishment_id, id, alert_id, round, step, staff_id, recipient, level, state, token, run_after, created_at)
    select $1, gen_random_uuid(), $25, $27, 0, who.staff_id, who.recipient, $29, 'pending',
           replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), $5, $5
    from told, ({who_is_called(minute="$43::int", recipients="string_to_array(($44::text[])[1], ',')")}) who
    where $41 and $46
    returning id
), ladder as (
    insert into escalation (establishment_id, alert_id, round, step, recipients, due_at, done_at, outcome)
    select $1, $25, $27, s.step - 1, string_to_array(s.recipients, ','),
           case when s.step = 2 and $46 and $47 and not exists (select from called) then $5 else s.due_at end,
           case when s.step = 1 and $46 then $5 end,
           case when s.step = 1 and $46 then case when exists (select from called) then 'notified' else 'nobody' end end
    from told, unnest($44::text[], $45::timestamptz[]) with ordinality s (recipients, due_at, step)
    where $41
)
select id from told
"""  # noqa: S608 - constants only

KEEP_CONFLICT = """
insert into report_conflict (establishment_id, patient_id, report_id, content_sha256, content, received_at)
values ($1, $2, $3, $4, $5, app_now()) on conflict do nothing returning report_id
"""

_JUDGED = """
select r.id, r.received_at, r.told_at, r.quarantined, v.level, v.emergency, v.hold, v.contact_due_at, v.rulebook, v.detail, r.content
from report r
join lateral (select * from verdict v where (v.establishment_id, v.patient_id, v.report_id) = (r.establishment_id, r.patient_id, r.id)
              and not v.replayed order by v.judged_at limit 1) v on true
where r.establishment_id = $1 and r.patient_id = $2
"""

JUDGED_REPORT = f"{_JUDGED} and r.id = $3"

# The newest of an episode's reports ($3 to $4) that gave it its level: what came later may be milder, or may have arrived late.
LEADING_REPORT = f"""
{_JUDGED} and r.received_at >= $3 and ($4::timestamptz is null or r.received_at <= $4) and v.level = $5 and v.emergency = $6
order by r.told_at desc limit 1
"""

JUDGED_REPORTS = f"{_JUDGED} order by r.told_at desc limit $3"


async def keep(
    con: asyncpg.Connection,
    report: Kept,
    verdict: Verdict,
    verdict_id: UUID,
    detail: str,
    due: Due | None,
    score: str | None = None,
) -> bool:
    """Write a report that nobody must look at; False when its id is there already. `score`: what the model said, as JSON."""
    return await con.fetchval(KEEP_REPORT, *_report(report, verdict, verdict_id, detail, due), score) is not None


async def keep_with_alert(
    con: asyncpg.Connection,
    report: Kept,
    verdict: Verdict,
    verdict_id: UUID,
    detail: str,
    promised: Due | None,
    due: Due,
    episode: Episode,
    calls: Calls,
    score: str | None = None,
) -> bool:
    """Write a report together with its episode, its ladder and its first notifications; False when its id is there already.

    `promised` is what this patient was told, and is told again when the phone asks twice; `due` is the episode's.
    """
    a = episode.alert
    kept = await con.fetchval(
        KEEP_REPORT_AND_ALERT,
        *_report(report, verdict, verdict_id, detail, promised),
        a.id,
        a.version,
        a.round,
        a.state,
        a.level,
        a.emergency,
        a.recipient,
        a.read_by_hand,
        a.hold,
        a.reasons,
        a.reports,
        a.opened_at,
        a.last_report_id,
        a.last_report_at,
        due.acknowledge_at,
        due.contact_at,
        episode.calls,
        episode.verb,
        calls.minute,
        [",".join(step.recipients) for step in calls.steps],
        [step.due_at for step in calls.steps],
        calls.now,
        calls.urgent,
        score,
    )
    return kept is not None


def _report(r: Kept, v: Verdict, verdict_id: UUID, detail: str, due: Due | None) -> tuple[object, ...]:
    return (
        r.establishment_id,
        r.patient_id,
        r.id,
        r.course_id,
        r.received_at,
        r.told_at,
        r.author_kind,
        r.author_id,
        r.content,
        r.content_sha256,
        r.replaces,
        r.cycle,
        r.day_of_cycle,
        r.quarantined,
        verdict_id,
        v.level,
        v.emergency,
        v.recipient,
        v.hold,
        v.reasons,
        detail,
        v.rulebook_version,
        due and due.acknowledge_at,
        due and due.contact_at,
    )


async def keep_conflict(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, report_id: UUID, sha256: bytes, content: str
) -> bool:
    """Keep the second content sent under one id, for a human to see; False when it is kept already."""
    return await con.fetchval(KEEP_CONFLICT, establishment_id, patient_id, report_id, sha256, content) is not None


async def judged(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, report_id: UUID) -> Judged | None:
    """A report and its first verdict."""
    return _judged(await con.fetchrow(JUDGED_REPORT, establishment_id, patient_id, report_id))


async def leading(
    con: asyncpg.Connection,
    establishment_id: UUID,
    patient_id: UUID,
    opened_at: datetime,
    closed_at: datetime | None,
    level: str,
    emergency: bool,
) -> Judged | None:
    """The report that gave an episode its level."""
    args = establishment_id, patient_id, opened_at, closed_at, level, emergency
    return _judged(await con.fetchrow(LEADING_REPORT, *args))


async def latest(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, count: int) -> list[Judged]:
    """The last reports with their verdicts, newest first."""
    rows = await con.fetch(JUDGED_REPORTS, establishment_id, patient_id, count)
    return [judged for row in rows if (judged := _judged(row))]


def _judged(row: asyncpg.Record | None) -> Judged | None:
    if row is None:
        return None
    return Judged(*tuple(row)[:4], TriageLevel(row["level"]), *tuple(row)[5:])  # type: ignore[call-arg] # as many as columns
