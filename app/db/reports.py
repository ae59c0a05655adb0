"""Reports and verdicts: kept whole, in one statement, once."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.db.episodes import EPISODE_NAMES, PARTS, Calls, episode_arguments
from app.db.risk_scores import PARTS as SCORE_PARTS
from app.db.statements import numbered
from app.domain.alerts import Episode
from app.domain.escalation import Due
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


class Opened(Struct, frozen=True):
    """The episode that a report opens, joins or raises, and by when whom it calls."""

    episode: Episode
    due: Due
    calls: Calls


class Written(Struct, frozen=True):
    """A judged report, ready to be written.

    `promised` is what this patient is told, and is told again when the phone asks twice; `opened.due` is the episode's. `score`: what
    the model said, as JSON. Without `opened` nobody must look.
    """

    report: Kept
    verdict: Verdict
    verdict_id: UUID
    detail: str
    promised: Due | None
    muted: bool
    score: str | None
    opened: Opened | None


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
    muted: bool
    author_kind: str
    author_id: UUID


_NAMES = (
    *(
        "here",
        "patient",
        "report",
        "course",
        "at",
        "told_at",
        "author_kind",
        "author",
        "content",
        "sha256",
        "replaces",
        "cycle",
        "day",
    ),
    *("quarantined", "verdict", "v_level", "v_emergency", "v_recipient", "v_hold", "v_reasons", "detail", "rulebook"),
    *("v_acknowledge_due", "v_contact_due", "muted", "score"),
)

# The report, its verdict, the timer of the fortnight's question and its audit row; nothing at all when the id is there already.
_KEEP = f"""
with told as (
    insert into report (establishment_id, patient_id, id, course_id, received_at, told_at, author_kind, author_id, content,
                        content_sha256, replaces, cycle, day_of_cycle, quarantined)
    values (:here, :patient, :report, :course, :at, :told_at, :author_kind, :author, :content, :sha256, :replaces, :cycle, :day,
            :quarantined)
    on conflict do nothing returning id
), judged as (
    insert into verdict (establishment_id, patient_id, report_id, id, level, emergency, recipient, hold, reasons, detail, rulebook,
                         acknowledge_due_at, contact_due_at, judged_at, muted)
    select :here, :patient, :report, :verdict, :v_level, :v_emergency, :v_recipient, :v_hold, :v_reasons, :detail, :rulebook,
           :v_acknowledge_due, :v_contact_due, :at, :muted from told
), asked as (
    insert into outcome_timer (establishment_id, patient_id, look_at) select :here, :patient, :at + interval '1 day' from told
    on conflict (establishment_id, patient_id) do update set look_at = excluded.look_at where outcome_timer.look_at is null
), scored as ({SCORE_PARTS["scored"]})
"""  # noqa: S608 - constants only

KEEP_REPORT = numbered(
    f"""
{_KEEP}, heard as (
    insert into event (establishment_id, id, at, actor_kind, actor_id, verb, patient_id, subject_id)
    select :here, gen_random_uuid(), :at, :author_kind, :author, 'report_received', :patient, :report from told
)
select id from told
""",  # noqa: S608 - constants only
    _NAMES,
)

# The same, and the episode it opens, joins or raises.
KEEP_REPORT_AND_ALERT = numbered(
    f"""
{_KEEP}, {PARTS["episode"]}, heard as (
    insert into event (establishment_id, id, at, actor_kind, actor_id, verb, patient_id, subject_id)
    select :here, gen_random_uuid(), :at, e.kind, e.actor, e.verb, :patient, e.subject
    from told, (values (:author_kind, :author, 'report_received', :report), ('system', null, :verb, :alert))
        e (kind, actor, verb, subject)
)
select id from told
""",  # noqa: S608 - constants only
    (*_NAMES, "verb", *EPISODE_NAMES),
)

KEEP_CONFLICT = """
insert into report_conflict (establishment_id, patient_id, report_id, content_sha256, content, received_at)
values ($1, $2, $3, $4, $5, app_now()) on conflict do nothing returning report_id
"""

_JUDGED = """
select r.id, r.received_at, r.told_at, r.quarantined, v.level, v.emergency, v.hold, v.contact_due_at, v.rulebook, v.detail, r.content,
       v.muted, r.author_kind, r.author_id
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


async def write(con: asyncpg.Connection, one: Written) -> None:
    """Write a report, with the episode it opens, joins or raises if it does; nothing when its id is there already."""
    statement, arguments = _statement(one)
    await con.execute(statement, *arguments)


async def write_all(con: asyncpg.Connection, several: Iterable[Written]) -> None:
    """The same for reports of different patients: one round trip for all that need the same statement."""
    batches: dict[str, list[tuple[object, ...]]] = {}
    for one in several:
        statement, arguments = _statement(one)
        batches.setdefault(statement, []).append(arguments)
    for statement, rows in batches.items():
        await con.executemany(statement, rows)


def _statement(w: Written) -> tuple[str, tuple[object, ...]]:
    if w.opened is None:
        return KEEP_REPORT, _report(w)
    o = w.opened
    return KEEP_REPORT_AND_ALERT, (*_report(w), o.episode.verb, *episode_arguments(o.episode, o.due, o.calls))


def _report(w: Written) -> tuple[object, ...]:
    r, v, due = w.report, w.verdict, w.promised
    return (
        *(
            r.establishment_id,
            r.patient_id,
            r.id,
            r.course_id,
            r.received_at,
            r.told_at,
            r.author_kind,
            r.author_id,
            r.content,
        ),
        *(r.content_sha256, r.replaces, r.cycle, r.day_of_cycle, r.quarantined),
        *(w.verdict_id, v.level, v.emergency, v.recipient, v.hold, v.reasons, w.detail, v.rulebook_version),
        *(due and due.acknowledge_at, due and due.contact_at, w.muted, w.score),
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
