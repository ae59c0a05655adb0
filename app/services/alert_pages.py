"""One alert with everything needed to decide, and what the caller may do of it."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.db import alerts, attempts, cases, episodes, events, outbox, reports
from app.db.alerts import AlertRow, EventRow, NotificationRow, RoundRow
from app.db.cases import Colleague
from app.db.episodes import ChartJudged
from app.db.reports import Judged
from app.domain.alerts import AlertState
from app.domain.civil import local_day
from app.domain.errors import NotFound
from app.domain.people import Caller
from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.domain.triage import Fired, TriageLevel
from app.services import call_words, case_views
from app.services.case_views import MutableLine, MuteLine, PolicyLine, WhyCalled
from app.services.patients import (
    CourseLine,
    IntakeCount,
    MeasurementName,
    PastReportLine,
    PatientFile,
    course_line,
    intake_count,
    measurement_titles,
    past_reports,
    symptom_titles,
)
from app.services.reports import detail_of
from app.services.vault import Safe
from app.services.worklists import WorklistRow, reason_title, row_line


class FiredReason(Struct, frozen=True):
    """A rule that spoke, with the level it asked for."""

    id: str
    title: Text
    level: str
    symptom: str | None


class VerdictLine(Struct, frozen=True):
    """What triage said of the report that leads the episode."""

    level: str
    emergency: bool
    reasons: list[FiredReason]
    also_fired: list[FiredReason]
    rulebook_version: str
    source: str  # report; or what judged the chart without one: adherence, missed_reports, read_by_hand, risk


class TryLine(Struct, frozen=True):
    """One try to send a call: when, by what, and what came of it in stable words."""

    at: datetime
    channel: str
    outcome: str
    because: str


class NotificationLine(Struct, frozen=True):
    """One call's life, and why this person."""

    id: UUID
    to: str
    role: str
    channel: str
    state: str
    why: Text
    called_because: WhyCalled
    created_at: datetime
    accepted_at: datetime | None
    received_at: datetime | None
    opened_at: datetime | None
    failed_because: str | None
    tries: list[TryLine]


class EventLine(Struct, frozen=True):
    """One thing that happened."""

    at: datetime
    verb: str
    by: str | None
    detail: str | None


class May(Struct, frozen=True):
    """What the caller may do now."""

    acknowledge: bool
    close: bool
    record_contact: bool
    hand_over: bool
    answer_hand_over: bool
    withdraw_hand_over: bool
    take_over: bool
    pause: bool
    resume: bool
    mute: bool


class AlertPage(Struct, frozen=True):
    """One alert with everything needed to decide."""

    alert: WorklistRow
    patient: PatientFile
    course: CourseLine | None
    hold: bool
    verdict: VerdictLine | None
    reports: list[PastReportLine]
    symptom_titles: dict[str, Text]
    measurement_titles: dict[str, MeasurementName]
    intakes: IntakeCount
    notifications: list[NotificationLine]
    events: list[EventLine]
    mutes: list[MuteLine]
    mutable: list[MutableLine]
    policy: PolicyLine
    colleagues: list[Colleague]
    pause_at_most: datetime  # a pause may end no later
    may: May


async def page(
    con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, caller: Caller, alert_id: UUID, now: datetime
) -> AlertPage:
    """One alert. Raises NotFound for one that is not the caller's to see."""
    row = await alerts.one(con, caller, alert_id)
    if row is None:
        raise NotFound
    here, zone = caller.establishment_id, safe.establishment.timezone
    await events.add(con, caller, "alert_read", patient_id=row.patient_id, subject_id=alert_id)
    await outbox.read(con, here, alert_id, caller.person_id)
    tries = defaultdict(list)
    for one in await attempts.of_alert(con, here, alert_id):
        tries[one.message_id].append(TryLine(one.at, one.channel, one.outcome, one.because))
    past = await past_reports(con, safe, row.patient_id) if shows(caller, "reports") else []
    who, today = safe.identity(row.patient_id, row.identity), local_day(now, zone)
    mine, guest = caller.acts_on_alerts, caller.guest
    may = _may(row, caller)
    rounds, treatment = await alerts.rounds(con, here, alert_id), shows(caller, "treatment")
    return AlertPage(
        alert=row_line(row, safe, rulebook, caller, now),
        patient=PatientFile(
            row.patient_id, who.name, who.born_on, who.phone if shows(caller, "contact") else "", row.locale
        ),
        course=course_line(row.regimen, row.started_on, row.course_state, rulebook, today) if treatment else None,
        hold=row.hold,
        verdict=await _verdict(con, rulebook, here, row),
        reports=past,
        symptom_titles=symptom_titles(past, rulebook),
        measurement_titles=measurement_titles(rulebook),
        intakes=await intake_count(con, here, row.patient_id, today) if treatment else IntakeCount(0, 0, 0, 0),
        notifications=[_call(n, rounds, tries[n.id]) for n in await alerts.notifications(con, here, alert_id)],
        events=[_event(e) for e in await alerts.events(con, here, alert_id)],
        mutes=await _mutes(con, rulebook, here, row),
        mutable=await _mutable(con, rulebook, here, row, now) if may.mute else [],
        policy=case_views.policy(row.policy, await alerts.ladder(con, here, alert_id), rulebook),
        colleagues=await cases.colleagues(con, caller) if mine and not guest else [],
        pause_at_most=now + rulebook.policies.of_alert(row.policy).pause_at_most(TriageLevel(row.level)),
        may=may,
    )


async def _mutes(con: asyncpg.Connection, rulebook: Rulebook, here: UUID, row: AlertRow) -> list[MuteLine]:
    """What is silent for the patient now, with how many reports each has kept silent."""
    if not (rows := await cases.mutes(con, here, row.patient_id)):
        return []
    since = min(each.from_at for each in rows if each.holds)
    silent = [(one.judged_at, detail_of(one)) for one in await cases.silent(con, here, row.patient_id, since)]
    counts = case_views.silent_by(rows, [(at, detail.grades, detail.fired) for at, detail in silent])
    return case_views.mutes(rows, counts, rulebook)


async def _mutable(
    con: asyncpg.Connection, rulebook: Rulebook, here: UUID, row: AlertRow, now: datetime
) -> list[MutableLine]:
    """What may be muted of the report that leads the episode."""
    kept = await reports.leading(con, here, row.patient_id, row.opened_at, row.closed_at, row.level, row.emergency)
    if kept is None:
        return []
    detail = detail_of(kept)
    return case_views.mutable(detail.grades, detail.fired, row.policy, rulebook, now)


def shows(caller: Caller, part: str) -> bool:
    """Whether the caller sees this part of a file: everything at home, as a guest what the agreement shares."""
    return caller.guest is None or caller.guest.sees(part)


def _may(row: AlertRow, caller: Caller) -> May:
    """What the caller may do now. A guest takes, speaks to the patient and closes; whose case it is stays at home."""
    mine, home = caller.acts_on_alerts, caller.guest is None
    taken = mine and row.state == AlertState.ACKNOWLEDGED
    asked, owns = row.hand_over_id is not None, row.owner_id == caller.person_id
    spoken = row.level != TriageLevel.RED or row.contacted_at is not None
    return May(
        acknowledge=mine and row.state in (AlertState.OPEN, AlertState.UNDELIVERABLE),
        close=taken,
        record_contact=taken,
        hand_over=taken and home and owns and not asked,
        answer_hand_over=taken and asked and row.hand_over_to == caller.person_id,
        withdraw_hand_over=taken and asked and row.hand_over_from == caller.person_id,
        take_over=taken and home and not owns,
        pause=taken and spoken and row.paused_until is None,
        resume=taken and row.paused_until is not None,
        mute=taken and home,
    )


def _call(n: NotificationRow, rounds: list[RoundRow], tries: list[TryLine]) -> NotificationLine:
    return NotificationLine(
        id=n.id,
        to=n.to,
        role=n.role,
        channel=n.channel,
        state=n.state,
        why=call_words.why(n.recipient, n.why),
        called_because=case_views.why_called(n, rounds),
        created_at=n.created_at,
        accepted_at=n.accepted_at,
        received_at=n.received_at,
        opened_at=n.opened_at,
        failed_because=n.failed_because,
        tries=tries,
    )


async def _verdict(con: asyncpg.Connection, rulebook: Rulebook, here: UUID, row: AlertRow) -> VerdictLine | None:
    """What led the episode: a report, else the chart's own verdict, else whatever was reported last."""
    args = con, here, row.patient_id, row.opened_at, row.closed_at, row.level, row.emergency
    if kept := await reports.leading(*args):
        return _led_by(kept, "report", rulebook, row)
    if chart := await episodes.leading_chart_verdict(*args):
        return _led_by(chart, chart.source, rulebook, row)
    last = await reports.judged(con, here, row.patient_id, row.last_report_id) if row.last_report_id else None
    return _led_by(last, "report", rulebook, row) if last else None


def _led_by(kept: Judged | ChartJudged, source: str, rulebook: Rulebook, row: AlertRow) -> VerdictLine:
    leading = set(row.reasons)

    def line(fired: Fired) -> FiredReason:
        return FiredReason(fired.id, reason_title(rulebook, fired.id), fired.level, fired.symptom)

    fired = [line(f) for f in detail_of(kept).fired]
    return VerdictLine(
        kept.level,
        kept.emergency,
        [f for f in fired if f.id in leading],
        [f for f in fired if f.id not in leading],
        kept.rulebook,
        source,
    )


def _event(event: EventRow) -> EventLine:
    detail = json.decode(event.detail, type=dict[str, str])
    return EventLine(event.at, event.verb, event.by, ", ".join(detail.values()) or None)
