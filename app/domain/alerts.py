"""An episode that somebody must look at: how reports open it, join it, raise it, or reopen it."""

from __future__ import annotations

from datetime import datetime
from enum import StrEnum
from uuid import UUID

from msgspec import Struct

from app.domain.triage import Recipient, TriageLevel, Verdict

READ_BY_HAND = "read_by_hand"  # the reason of a report that triage could not judge


class AlertState(StrEnum):
    """Acknowledged means "I have it": it stops escalation and closes nothing."""

    OPEN = "open"
    ACKNOWLEDGED = "acknowledged"
    UNDELIVERABLE = "undeliverable"
    CLOSED = "closed"


class Action(StrEnum):
    """What the coordinator did."""

    CALLED_PATIENT = "called_patient"
    CALLED_RELATIVE = "called_relative"
    ADVICE_GIVEN = "advice_given"
    APPOINTMENT_MADE = "appointment_made"
    ASKED_ONCOLOGIST = "asked_oncologist"
    SENT_TO_EMERGENCY = "sent_to_emergency"
    ADMINISTRATIVE_DONE = "administrative_done"


class Outcome(StrEnum):
    """What came of it."""

    SETTLED_AT_HOME = "settled_at_home"
    SEEN_BY_DOCTOR = "seen_by_doctor"
    EMERGENCY_VISIT = "emergency_visit"
    TREATMENT_CHANGED = "treatment_changed"
    NOTHING_FOUND = "nothing_found"
    UNREACHABLE = "unreachable"


class OpenAlert(Struct, frozen=True):
    """The patient's episode that is not closed, as far as joining a report needs it."""

    id: UUID
    version: int
    round: int
    state: AlertState
    level: TriageLevel
    emergency: bool
    recipient: Recipient
    read_by_hand: bool
    hold: bool
    reasons: tuple[str, ...]
    reports: int
    opened_at: datetime
    last_report_id: UUID
    last_report_at: datetime


class Episode(Struct, frozen=True):
    """The episode after a report: what to write, what it is called in the audit, and whether people must be called (again)."""

    verb: str
    calls: bool
    alert: OpenAlert


def join(
    current: OpenAlert | None, verdict: Verdict, new_id: UUID, report_id: UUID, told_at: datetime, at: datetime
) -> Episode | None:
    """Open an episode, or let the report join the open one.

    An acknowledgement covers what was known when it was given: a higher level, or a new reason at orange or red, reopens. A late or
    milder report never lowers what is there. None when there is nothing to look at.
    """
    if current is None:
        if verdict.level is TriageLevel.GREEN:
            return None
        return Episode("alert_opened", True, _opened(verdict, new_id, report_id, told_at, at))
    worse = _rank(verdict.level, verdict.emergency) > _rank(current.level, current.emergency)
    unknown = verdict.level >= TriageLevel.ORANGE and not set(verdict.reasons) <= set(current.reasons)
    taken = current.state is AlertState.ACKNOWLEDGED
    calls = worse or (taken and unknown)
    newest = told_at >= current.last_report_at
    joined = OpenAlert(
        id=current.id,
        version=current.version + 1,
        round=current.round + calls,
        state=AlertState.OPEN if calls else current.state,
        level=verdict.level if worse else current.level,
        emergency=verdict.emergency if worse else current.emergency,
        recipient=verdict.recipient if worse else current.recipient,
        read_by_hand=current.read_by_hand or READ_BY_HAND in verdict.reasons,
        hold=current.hold or verdict.hold,
        reasons=verdict.reasons if worse else _union(current.reasons, verdict, unknown),
        reports=current.reports + 1,
        opened_at=current.opened_at,
        last_report_id=report_id if newest else current.last_report_id,
        last_report_at=max(told_at, current.last_report_at),
    )
    verb = "alert_reopened" if calls and taken else "alert_raised" if calls else "alert_joined"
    return Episode(verb, calls, joined)


def _opened(verdict: Verdict, new_id: UUID, report_id: UUID, told_at: datetime, at: datetime) -> OpenAlert:
    return OpenAlert(
        id=new_id,
        version=1,
        round=1,
        state=AlertState.OPEN,
        level=verdict.level,
        emergency=verdict.emergency,
        recipient=verdict.recipient,
        read_by_hand=READ_BY_HAND in verdict.reasons,
        hold=verdict.hold,
        reasons=verdict.reasons,
        reports=1,
        opened_at=at,
        last_report_id=report_id,
        last_report_at=told_at,
    )


def _rank(level: TriageLevel, emergency: bool) -> tuple[TriageLevel, bool]:
    return level, emergency


def _union(known: tuple[str, ...], verdict: Verdict, unknown: bool) -> tuple[str, ...]:
    return known + tuple(r for r in verdict.reasons if r not in known) if unknown else known
