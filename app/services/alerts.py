"""The worklist and one alert: reading, taking, closing."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

import asyncpg
from msgspec import Meta, Struct, json

from app.db import alerts, establishments, events, reports, risk_scores
from app.db.alerts import AlertRow, Closing, EventRow
from app.db.establishments import OnDuty
from app.domain.alerts import READ_BY_HAND, Action, AlertState, Outcome
from app.domain.civil import local_day, local_midnight, minute_of_week
from app.domain.errors import AlertChanged, AlertNotAcknowledged, ContentRefused, Fault, NotFound
from app.domain.people import Caller
from app.domain.risk_modes import MODEL_REASONS, order
from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.domain.triage import Fired
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

# Why this person was called: the role that made them the one. Shown on every notification.
WHY_CALLED = {
    "level1": Text("De permanence à la coordination administrative", "On duty in administrative coordination"),
    "level2": Text("De permanence à la coordination soignante", "On duty in nursing coordination"),
    "oncologist": Text("Oncologue de permanence", "Oncologist on call"),
    "any_oncologist": Text(
        "Personne de permanence n'a répondu : tous les oncologues", "Nobody on duty has answered: every oncologist"
    ),
}


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


class NotificationLine(Struct, frozen=True):
    """One call's life, and why this person."""

    id: UUID
    to: str
    role: str
    channel: str
    state: str
    why: Text
    created_at: datetime
    accepted_at: datetime | None
    received_at: datetime | None
    opened_at: datetime | None
    failed_because: str | None


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
        lambda row: (row.state == AlertState.ACKNOWLEDGED, row.level, row.emergency),
        lambda row: risks.get(row.patient_id),
    )
    rows = [_row(row, safe, rulebook, now) for row in kept]
    return Worklist(
        now=now,
        alerts=rows,
        closed_today=await alerts.closed_since(con, here, local_midnight(now, zone)),
        on_duty=await establishments.on_duty(con, here, minute_of_week(now, zone)),
        undeliverable=sum(row.state == AlertState.UNDELIVERABLE for row in rows),
        ordered_by_model=bool(risks),
    )


async def page(
    con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, caller: Caller, alert_id: UUID, now: datetime
) -> AlertPage:
    """One alert. Raises NotFound for one that is not the caller's to see."""
    row = await alerts.one(con, caller, alert_id)
    if row is None:
        raise NotFound
    here, zone = caller.establishment_id, safe.establishment.timezone
    await events.add(con, caller, "alert_read", patient_id=row.patient_id, subject_id=alert_id)
    past = await past_reports(con, here, row.patient_id)
    who, today = safe.identity(row.patient_id, row.identity), local_day(now, zone)
    mine = caller.acts_on_alerts
    return AlertPage(
        alert=_row(row, safe, rulebook, now),
        patient=PatientFile(row.patient_id, who.name, who.born_on, who.phone, row.locale),
        course=course_line(row.regimen, row.started_on, row.course_state, rulebook, today),
        hold=row.hold,
        verdict=await _verdict(con, rulebook, here, row),
        reports=past,
        symptom_titles=symptom_titles(past, rulebook),
        measurement_titles=measurement_titles(rulebook),
        intakes=await intake_count(con, here, row.patient_id, today),
        notifications=[
            NotificationLine(
                n.id,
                n.to,
                n.role,
                n.channel,
                n.state,
                WHY_CALLED[n.recipient],
                n.created_at,
                n.accepted_at,
                n.received_at,
                n.opened_at,
                n.failed_because,
            )
            for n in await alerts.notifications(con, here, alert_id)
        ],
        events=[_event(e) for e in await alerts.events(con, here, alert_id)],
        may=May(
            acknowledge=mine and row.state in (AlertState.OPEN, AlertState.UNDELIVERABLE),
            close=mine and row.state == AlertState.ACKNOWLEDGED,
        ),
    )


async def acknowledge(con: asyncpg.Connection, caller: Caller, alert_id: UUID, version: int) -> None:
    """ "I have it", as the alert was at `version`. Raises NotFound, AlertChanged."""
    await _seen(con, caller, alert_id)
    if not await alerts.acknowledge(con, caller, alert_id, version):
        raise AlertChanged


async def close(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, alert_id: UUID, ending: CloseAlert
) -> None:
    """End the episode. Raises NotFound, AlertChanged, AlertNotAcknowledged, ContentRefused."""
    row = await _seen(con, caller, alert_id)
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
    minute = minute_of_week(now, safe.establishment.timezone)
    return Overview(
        open={level: counts[level] for level in ("red", "orange", "yellow")},
        undeliverable=counts["undeliverable"],
        acknowledged=counts["acknowledged"],
        reports_last_7_days=await alerts.reports_since(con, here, now - timedelta(days=7)),
        on_duty=await establishments.on_duty(con, here, minute),
    )


async def _seen(con: asyncpg.Connection, caller: Caller, alert_id: UUID) -> AlertRow:
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


def _row(row: AlertRow, safe: Safe, rulebook: Rulebook, now: datetime) -> WorklistRow:
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
    )


async def _verdict(con: asyncpg.Connection, rulebook: Rulebook, here: UUID, row: AlertRow) -> VerdictLine | None:
    kept = await reports.leading(
        con, here, row.patient_id, row.opened_at, row.closed_at, row.level, row.emergency
    ) or await reports.judged(con, here, row.patient_id, row.last_report_id)
    if kept is None:
        return None
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
    )


def _event(event: EventRow) -> EventLine:
    detail = json.decode(event.detail, type=dict[str, str])
    return EventLine(event.at, event.verb, event.by, ", ".join(detail.values()) or None)
