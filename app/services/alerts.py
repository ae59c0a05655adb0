"""The worklist and one alert: reading, taking, closing."""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

import asyncpg
from msgspec import Meta, Struct, json

from app.db import alerts, attempts, cases, episodes, establishments, events, outbox, reports, risk_scores
from app.db.alerts import AlertRow, Closing, EventRow, NotificationRow, RoundRow
from app.db.cases import Colleague
from app.db.episodes import ChartJudged
from app.db.establishments import OnDuty
from app.db.reports import Judged
from app.domain.alerts import READ_BY_HAND, Action, AlertState, Outcome
from app.domain.civil import local_day, local_midnight
from app.domain.errors import AlertChanged, AlertNotAcknowledged, ContentRefused, Fault, NotFound
from app.domain.people import Caller
from app.domain.risk_modes import MODEL_REASONS, order
from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.domain.triage import Fired, TriageLevel
from app.services import case_views
from app.services.case_views import HandOverLine, MutableLine, MuteLine, PauseLine, PersonLine, PolicyLine, WhyCalled
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

_BY_HAND = Text(
    "À lire par une personne : Vigie n'a pas pu juger ce point",
    "To be read by a person: Vigie could not judge this report",
)


class Reason(Struct, frozen=True):
    """A rule, in words."""

    id: str
    title: Text


class FiredReason(Struct, frozen=True):
    """A rule that spoke, with the level it asked for."""

    id: str
    title: Text
    level: str
    symptom: str | None


class WorklistPatient(Struct, frozen=True):
    """Whose alert it is."""

    id: UUID
    name: str
    born_on: date


class WorklistRow(Struct, frozen=True):
    """One episode on the worklist."""

    id: UUID
    version: int
    level: str
    emergency: bool
    state: str
    read_by_hand: bool
    patient: WorklistPatient
    regimen: Text | None
    cycle: int
    day_of_cycle: int
    recipient: str
    reasons: list[Reason]
    reports: int
    opened_at: datetime
    last_report_at: datetime
    acknowledge_due_at: datetime
    contact_due_at: datetime
    acknowledged_at: datetime | None
    acknowledged_by: str | None
    escalated_to: str | None
    owner: PersonLine | None  # who has it, or had it last: never nobody once it was taken
    handed_to: HandOverLine | None
    paused: PauseLine | None
    contacted_at: datetime | None  # the patient was spoken to
    realert_at: datetime | None  # called again then, unless somebody does something with it
    covered_for: CoveredFor | None  # another establishment's patient, whom the caller covers for


class CoveredFor(Struct, frozen=True):
    """Whose patient it is, and until when the caller covers."""

    establishment_id: UUID
    name: str
    until_at: datetime


class Worklist(Struct, frozen=True):
    """All open episodes the caller may see, most urgent first."""

    now: datetime
    alerts: list[WorklistRow]
    closed_today: int
    on_duty: list[OnDuty]
    undeliverable: int
    ordered_by_model: bool


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


class Toxicity(Struct, frozen=True, forbid_unknown_fields=True):
    """An adverse event confirmed by a clinician."""

    symptom: Annotated[str, Meta(max_length=64)]
    ctcae_grade: Annotated[int, Meta(ge=0, le=5)]


class CloseAlert(Struct, frozen=True, forbid_unknown_fields=True):
    """How the episode ended; these are also the labels that the risk model will learn from."""

    version: int
    action: Action
    outcome: Outcome
    toxicity: Toxicity | None
    hospitalised: bool
    dose_changed: bool
    verdict: Annotated[str, Meta(pattern="^(useful|not_useful)$")]
    note: Annotated[str, Meta(max_length=2000)] | None = None


class Overview(Struct, frozen=True):
    """Counts, and not one patient."""

    open: dict[str, int]
    undeliverable: int
    acknowledged: int
    reports_last_7_days: int
    on_duty: list[OnDuty]


async def worklist(con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, caller: Caller, now: datetime) -> Worklist:
    """What is open now."""
    zone, here = safe.establishment.timezone, caller.establishment_id
    risks = await risk_scores.live(con, here)
    kept = order(
        await alerts.worklist(con, caller),
        lambda row: (row.paused_until is not None, row.state == AlertState.ACKNOWLEDGED, row.level, row.emergency),
        lambda row: risks.get(row.patient_id),
    )
    rows = [_row(row, safe, rulebook, caller, now) for row in kept]
    return Worklist(
        now=now,
        alerts=rows,
        closed_today=await alerts.closed_since(con, here, local_midnight(now, zone)),
        on_duty=await establishments.on_duty(con, here, now),
        undeliverable=sum(row.state == AlertState.UNDELIVERABLE for row in rows),
        ordered_by_model=bool(risks),
    )


async def covered(
    con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, guest: Caller, alert_id: UUID, now: datetime
) -> list[WorklistRow]:
    """The row of an alert that the caller covers for, in the patient's establishment; nothing once it is closed."""
    row = await alerts.one(con, guest, alert_id)
    return [_row(row, safe, rulebook, guest, now)] if row and row.state != AlertState.CLOSED else []


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
        alert=_row(row, safe, rulebook, caller, now),
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
        mutes=[case_views.mute(m, rulebook) for m in await cases.mutes(con, here, row.patient_id)],
        mutable=await _mutable(con, rulebook, here, row, now) if may.mute else [],
        policy=case_views.policy(row.policy, await alerts.ladder(con, here, alert_id), rulebook),
        colleagues=await cases.colleagues(con, caller) if mine and not guest else [],
        pause_at_most=now + rulebook.policies.of_alert(row.policy).pause_at_most(TriageLevel(row.level)),
        may=may,
    )


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
        why=case_views.why(n),
        called_because=case_views.why_called(n, rounds),
        created_at=n.created_at,
        accepted_at=n.accepted_at,
        received_at=n.received_at,
        opened_at=n.opened_at,
        failed_because=n.failed_because,
        tries=tries,
    )


async def acknowledge(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, alert_id: UUID, version: int
) -> None:
    """ "I have it", as the alert was at `version`. Raises NotFound, AlertChanged."""
    row = await seen(con, caller, alert_id)
    if not await alerts.acknowledge(con, caller, alert_id, version, forgotten_after(rulebook, row)):
        raise AlertChanged


def forgotten_after(rulebook: Rulebook, row: AlertRow) -> timedelta | None:
    """How long this alert may lie untouched once somebody has it, by the policy that it was born with."""
    return rulebook.policies.of_alert(row.policy).forgotten_after(TriageLevel(row.level))


async def close(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, alert_id: UUID, ending: CloseAlert
) -> None:
    """End the episode. Raises NotFound, AlertChanged, AlertNotAcknowledged, ContentRefused."""
    row = await seen(con, caller, alert_id)
    if ending.toxicity and ending.toxicity.symptom not in rulebook.symptoms:
        raise ContentRefused(
            faults=(Fault("toxicity.symptom", "Not in the rulebook. Use one of the symptoms of the report."),)
        )
    if row.state in (AlertState.OPEN, AlertState.UNDELIVERABLE):
        raise AlertNotAcknowledged
    closing = Closing(
        action=ending.action,
        outcome=ending.outcome,
        toxicity_symptom=ending.toxicity.symptom if ending.toxicity else None,
        toxicity_grade=ending.toxicity.ctcae_grade if ending.toxicity else None,
        hospitalised=ending.hospitalised,
        dose_changed=ending.dose_changed,
        useful=ending.verdict == "useful",
        note=ending.note,
    )
    if not await alerts.close(con, caller, alert_id, ending.version, closing):
        raise AlertChanged


async def overview(con: asyncpg.Connection, safe: Safe, caller: Caller, now: datetime) -> Overview:
    """Counts for who plans and watches."""
    here = caller.establishment_id
    counts = await alerts.counts(con, here)
    return Overview(
        open={level: counts[level] for level in ("red", "orange", "yellow")},
        undeliverable=counts["undeliverable"],
        acknowledged=counts["acknowledged"],
        reports_last_7_days=await alerts.reports_since(con, here, now - timedelta(days=7)),
        on_duty=await establishments.on_duty(con, here, now),
    )


async def seen(con: asyncpg.Connection, caller: Caller, alert_id: UUID) -> AlertRow:
    """The alert, if the caller may see it. Raises NotFound."""
    row = await alerts.one(con, caller, alert_id)
    if row is None:
        raise NotFound
    return row


def reason_title(rulebook: Rulebook, rule_id: str) -> Text:
    """A rule in words; an id that a newer rulebook no longer has is shown as it is."""
    if rule_id == READ_BY_HAND:
        return _BY_HAND
    if rule_id in MODEL_REASONS:
        return MODEL_REASONS[rule_id]
    rule = rulebook.rules.get(rule_id)
    return rule.title if rule else Text(rule_id, rule_id)


def _row(row: AlertRow, safe: Safe, rulebook: Rulebook, caller: Caller, now: datetime) -> WorklistRow:
    who = safe.identity(row.patient_id, row.identity)
    course = course_line(
        row.regimen, row.started_on, row.course_state, rulebook, local_day(now, safe.establishment.timezone)
    )
    return WorklistRow(
        id=row.id,
        version=row.version,
        level=row.level,
        emergency=row.emergency,
        state=row.state,
        read_by_hand=row.read_by_hand,
        patient=WorklistPatient(row.patient_id, who.name, who.born_on),
        regimen=course.regimen.title if course else None,
        cycle=course.cycle if course else 0,
        day_of_cycle=course.day_of_cycle if course else 0,
        recipient=row.recipient,
        reasons=[Reason(id_, reason_title(rulebook, id_)) for id_ in row.reasons],
        reports=row.reports,
        opened_at=row.opened_at,
        last_report_at=row.last_report_at,
        acknowledge_due_at=row.acknowledge_due_at,
        contact_due_at=row.contact_due_at,
        acknowledged_at=row.acknowledged_at,
        acknowledged_by=row.acknowledged_by,
        escalated_to=row.escalated_to,
        owner=case_views.owner(row),
        handed_to=case_views.hand_over(row, caller.person_id),
        paused=case_views.pause(row),
        contacted_at=row.contacted_at,
        realert_at=row.realert_at,
        covered_for=CoveredFor(caller.establishment_id, safe.establishment.name, caller.guest.until_at)
        if caller.guest
        else None,
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
