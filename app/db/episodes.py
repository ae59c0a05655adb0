"""Writing an episode: alert, round, ladder, first calls and audit in one statement, whatever verdict is behind it.

The statement around it begins with a CTE `told` that has one row when there is something to write, and none when it is there already.
"""

from __future__ import annotations

from datetime import date, datetime
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.db import standings
from app.db.duties import who_is_called
from app.db.standings import Standing, standing_of
from app.db.statements import numbered
from app.domain.alerts import AlertState, Cause, Episode, OpenAlert
from app.domain.escalation import Due, Step
from app.domain.policies import PARTNER
from app.domain.triage import Recipient, TriageLevel, Verdict

EPISODE_NAMES = (
    *("alert", "version", "round", "state", "level", "emergency", "recipient", "by_hand", "hold", "reasons", "reports"),
    *(
        "opened_at",
        "last_report",
        "last_report_at",
        "acknowledge_due",
        "contact_due",
        "calls",
        "rungs",
        "rung_dues",
        "call_now",
    ),
    *("urgent", "holidays", "partner", "policy", "agreements", "cause"),
)

_FIRST_CALLED = who_is_called(
    here=":here",
    at=":at::timestamptz",
    holidays=":holidays::date[]",
    recipients="string_to_array((:rungs::text[])[1], ',')",
)

# Ends with the CTE `ladder`. The first rung is called in the same breath when it is due now; when nobody is on duty there, an urgent
# alert's next rung is due at once. Only the worker sees a partner's roster: where one may be called, it climbs this rung itself.
_EPISODE = f"""
episode as (
    insert into alert (establishment_id, id, patient_id, version, round, state, level, emergency, recipient, read_by_hand, hold, reasons,
                       reports, opened_at, last_report_id, last_report_at, changed_at, acknowledge_due_at, contact_due_at, acknowledged_at,
                       policy, agreements)
    select :here, :alert, :patient, :version, :round, :state, :level, :emergency, :recipient, :by_hand, :hold, :reasons, :reports,
           :opened_at, :last_report, :last_report_at, :at, :acknowledge_due, :contact_due,
           case when :state = 'acknowledged' then :at::timestamptz end, -- the checks look at it before the conflict is seen; never kept
           :policy, :agreements
    from told
    on conflict (establishment_id, id) do update set
        version = excluded.version, round = excluded.round, state = excluded.state, level = excluded.level,
        emergency = excluded.emergency, recipient = excluded.recipient, read_by_hand = excluded.read_by_hand, hold = excluded.hold,
        reasons = excluded.reasons, reports = excluded.reports, last_report_id = excluded.last_report_id,
        last_report_at = excluded.last_report_at, changed_at = excluded.changed_at,
        acknowledge_due_at = case when :calls then excluded.acknowledge_due_at else alert.acknowledge_due_at end,
        contact_due_at = case when :calls then excluded.contact_due_at else alert.contact_due_at end,
        escalated_to = case when :calls then null else alert.escalated_to end,
        acknowledged_at = case when :calls then null else alert.acknowledged_at end,
        acknowledged_by = case when :calls then null else alert.acknowledged_by end,
        contacted_at = case when :calls then null else alert.contacted_at end,
        contact_told_at = case when :calls then null else alert.contact_told_at end,
        realert_at = case when :calls then null else alert.realert_at end,
        paused_at = case when :calls then null else alert.paused_at end,
        paused_until = case when :calls then null else alert.paused_until end,
        pause_reason = case when :calls then null else alert.pause_reason end,
        agreements = case when :calls then excluded.agreements else alert.agreements end
    returning id
), began as (
    insert into alert_round (establishment_id, alert_id, round, cause, level, emergency, recipient, reasons, began_at, acknowledge_due_at,
                             contact_due_at)
    select :here, :alert, :round, :cause, :level, :emergency, :recipient, :reasons, :at, :acknowledge_due, :contact_due
    from told where :calls
), ended as (
    update escalation set done_at = :at, outcome = 'superseded'
    where :calls and :round > 1 and establishment_id = :here and alert_id = :alert and round < :round and done_at is null
      and exists (select from told)
), offered as (
    update hand_over set state = 'overtaken', answered_at = :at
    where :calls and establishment_id = :here and alert_id = :alert and state = 'asked' and exists (select from told)
), called as (
    insert into notification (establishment_id, id, alert_id, round, step, staff_id, recipient, basis, level, state, token, run_after,
                              created_at)
    select :here, gen_random_uuid(), :alert, :round, 0, who.staff_id, who.recipient, who.basis, :level, 'pending',
           replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', ''), :at, :at
    from told, ({_FIRST_CALLED}) who
    where :calls and :call_now
    returning id
), ladder as (
    insert into escalation (establishment_id, alert_id, round, step, recipients, due_at, done_at, outcome)
    select :here, :alert, :round, s.step - 1, string_to_array(s.recipients, ','),
           case when s.step = 2 and first.done and :urgent and not first.found then :at else s.due_at end,
           case when s.step = 1 and first.done then :at::timestamptz end,
           case when s.step = 1 and first.done then case when first.found then 'notified' else 'nobody' end end
    from told, unnest(:rungs::text[], :rung_dues::timestamptz[]) with ordinality s (recipients, due_at, step),
         lateral (select found, :call_now and (found or not :partner) as done
                  from (select exists (select from called) as found) f) first
    where :calls
)
"""  # noqa: S608 - constants only

_CHART_NAMES = (
    *(
        "here",
        "patient",
        "verdict",
        "at",
        "source",
        "v_level",
        "v_emergency",
        "v_recipient",
        "v_hold",
        "v_reasons",
        "detail",
        "rulebook",
    ),
    *("v_acknowledge_due", "v_contact_due", "verb"),
)

_KEEP_CHART_VERDICT = """
with told as (
    insert into chart_verdict (establishment_id, patient_id, id, source, level, emergency, recipient, hold, reasons, detail, rulebook,
                               acknowledge_due_at, contact_due_at, judged_at)
    values (:here, :patient, :verdict, :source, :v_level, :v_emergency, :v_recipient, :v_hold, :v_reasons, :detail, :rulebook,
            :v_acknowledge_due, :v_contact_due, :at)
    returning id
)
"""

# A verdict on the chart that nobody must look at, or that says nothing new of the open episode.
KEEP_CHART_VERDICT = numbered(f"{_KEEP_CHART_VERDICT} select id from told", _CHART_NAMES)  # noqa: S608 - constants only

# The same, and the episode it opens, joins or raises.
KEEP_CHART_VERDICT_AND_ALERT = numbered(
    f"""
{_KEEP_CHART_VERDICT}, {_EPISODE}, heard as (
    insert into event (establishment_id, id, at, actor_kind, verb, patient_id, subject_id)
    select :here, gen_random_uuid(), :at, 'system', :verb, :patient, :alert from told
)
select id from told
""",  # noqa: S608 - constants only
    (*_CHART_NAMES, *EPISODE_NAMES),
)

_ALERT_COLUMNS = """
al.id as alert_id, al.version, al.round, al.state, al.level, al.emergency, al.recipient, al.read_by_hand, al.hold, al.reasons, al.reports,
al.opened_at, al.last_report_id, al.last_report_at, al.policy
"""

# What other statements take of these parts.
PARTS = {
    **standings.PARTS,
    "episode": _EPISODE,
    "alert": _ALERT_COLUMNS,
}

# The open alert stays locked until the verdict is kept: an acknowledgement, a rung or a closing comes before or after.
LOAD_EPISODE = f"""
select t.at, coalesce(c.regimen, '') as regimen, {PARTS["standing"]}, {_ALERT_COLUMNS}
from (select app_now() as at) t
join patient p on p.establishment_id = $1 and p.id = $2
{PARTS["standing_joins"]}
left join lateral (select regimen from course c where c.establishment_id = $1 and c.patient_id = $2 order by c.created_at desc limit 1) c
    on true
left join lateral (select * from alert where establishment_id = $1 and patient_id = $2 and state <> 'closed' for update) al on true
"""  # noqa: S608 - constants only


# The verdict without a report that gave an episode its level: $3 to $4, of level $5, $6.
LEADING_CHART_VERDICT = """
select source, level, emergency, rulebook, detail from chart_verdict
where establishment_id = $1 and patient_id = $2 and judged_at >= $3 and ($4::timestamptz is null or judged_at <= $4) and level = $5
  and emergency = $6 and not replayed
order by judged_at desc limit 1
"""


class ChartJudged(Struct, frozen=True):
    """A kept verdict without a report."""

    source: str
    level: str
    emergency: bool
    rulebook: str
    detail: str


class EpisodeChart(Struct, frozen=True):
    """The patient's treatment and open episode, locked."""

    at: datetime
    regimen: str
    standing: Standing
    alert: OpenAlert | None


class Calls(Struct, frozen=True):
    """The ladder of a round; whether its first rung is called now; the public holidays around now."""

    steps: tuple[Step, ...]
    now: bool
    urgent: bool
    holidays: list[date]
    agreements: list[UUID]
    cause: Cause

    @property
    def partner(self) -> bool:
        """Whether a partner may be called on the first rung."""
        return bool(self.agreements and self.steps) and any(r.startswith(PARTNER) for r in self.steps[0].recipients)


class ChartVerdict(Struct, frozen=True):
    """A judgement without a report, as it is kept."""

    establishment_id: UUID
    patient_id: UUID
    id: UUID
    at: datetime
    source: str
    verdict: Verdict
    detail: str
    due: Due | None


async def load(con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID) -> EpisodeChart | None:
    """The open episode, locked until the transaction ends; None when there is no such patient here."""
    row = await con.fetchrow(LOAD_EPISODE, establishment_id, patient_id)
    return row and EpisodeChart(row["at"], row["regimen"], standing_of(row["standing"]), open_alert(row))


async def keep_chart_verdict(con: asyncpg.Connection, kept: ChartVerdict) -> None:
    """A verdict on the chart, by which nobody is called."""
    await con.execute(KEEP_CHART_VERDICT, *_chart(kept, ""))


async def keep_chart_verdict_and_alert(
    con: asyncpg.Connection, kept: ChartVerdict, episode: Episode, due: Due, calls: Calls
) -> None:
    """A verdict on the chart with its episode, its ladder and its first calls."""
    await con.execute(
        KEEP_CHART_VERDICT_AND_ALERT, *_chart(kept, episode.verb), *episode_arguments(episode, due, calls)
    )


async def leading_chart_verdict(
    con: asyncpg.Connection,
    establishment_id: UUID,
    patient_id: UUID,
    opened_at: datetime,
    closed_at: datetime | None,
    level: str,
    emergency: bool,
) -> ChartJudged | None:
    """The verdict without a report that gave an episode its level, if one did."""
    args = establishment_id, patient_id, opened_at, closed_at, level, emergency
    row = await con.fetchrow(LEADING_CHART_VERDICT, *args)
    return row and ChartJudged(*row)


def episode_arguments(episode: Episode, due: Due, calls: Calls) -> tuple[object, ...]:
    """In the order of EPISODE_NAMES."""
    a = episode.alert
    return (
        *(
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
        ),
        *(a.opened_at, a.last_report_id, a.last_report_at, due.acknowledge_at, due.contact_at, episode.calls),
        *([",".join(step.recipients) for step in calls.steps], [step.due_at for step in calls.steps], calls.now),
        *(calls.urgent, calls.holidays, calls.partner, a.policy, calls.agreements, calls.cause),
    )


def _chart(k: ChartVerdict, verb: str) -> tuple[object, ...]:
    v = k.verdict
    return (
        *(
            k.establishment_id,
            k.patient_id,
            k.id,
            k.at,
            k.source,
            v.level,
            v.emergency,
            v.recipient,
            v.hold,
            v.reasons,
            k.detail,
        ),
        *(v.rulebook_version, k.due and k.due.acknowledge_at, k.due and k.due.contact_at),
        *((verb,) if verb else ()),
    )


def open_alert(row: asyncpg.Record) -> OpenAlert | None:
    """The episode in a row that has _ALERT_COLUMNS."""
    if row["alert_id"] is None:
        return None
    return OpenAlert(
        id=row["alert_id"],
        version=row["version"],
        round=row["round"],
        state=AlertState(row["state"]),
        level=TriageLevel(row["level"]),
        emergency=row["emergency"],
        recipient=Recipient(row["recipient"]),
        read_by_hand=row["read_by_hand"],
        hold=row["hold"],
        reasons=tuple(row["reasons"]),
        reports=row["reports"],
        opened_at=row["opened_at"],
        last_report_id=row["last_report_id"],
        last_report_at=row["last_report_at"],
        policy=row["policy"],
    )
