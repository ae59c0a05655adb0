"""The worklist: what is open now, most urgent first, and the counts for who plans and watches."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.db import alerts, establishments, risk_scores
from app.db.alerts import AlertRow
from app.db.establishments import OnDuty
from app.domain.alerts import READ_BY_HAND, AlertState
from app.domain.civil import local_day, local_midnight
from app.domain.people import Caller
from app.domain.risk_modes import MODEL_REASONS, order
from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.services import case_views
from app.services.case_views import HandOverLine, PauseLine, PersonLine
from app.services.patients import course_line
from app.services.vault import Safe

_BY_HAND = Text(
    "À lire par une personne : Vigie n'a pas pu juger ce point",
    "To be read by a person: Vigie could not judge this report",
)


class Reason(Struct, frozen=True):
    """A rule, in words."""

    id: str
    title: Text


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
    rows = [row_line(row, safe, rulebook, caller, now) for row in kept]
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
    return [row_line(row, safe, rulebook, guest, now)] if row and row.state != AlertState.CLOSED else []


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


def reason_title(rulebook: Rulebook, rule_id: str) -> Text:
    """A rule in words; an id that a newer rulebook no longer has is shown as it is."""
    if rule_id == READ_BY_HAND:
        return _BY_HAND
    if rule_id in MODEL_REASONS:
        return MODEL_REASONS[rule_id]
    rule = rulebook.rules.get(rule_id)
    return rule.title if rule else Text(rule_id, rule_id)


def row_line(row: AlertRow, safe: Safe, rulebook: Rulebook, caller: Caller, now: datetime) -> WorklistRow:
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
