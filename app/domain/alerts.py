"""An episode that somebody must look at: how reports open it, join it, raise it, or reopen it."""

from __future__ import annotations

from datetime import datetime, timedelta
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


class Cause(StrEnum):
    """What began a round of calls."""

    REPORT = "report"
    ADHERENCE = "adherence"
    MISSED_REPORTS = "missed_reports"
    READ_BY_HAND = "read_by_hand"
    RISK = "risk"
    FORGOTTEN = "forgotten"  # taken, and then nothing (F13)
    NOT_ANSWERED = "not_answered"  # a hand-over that nobody answered in time
    COVER_ENDED = "cover_ended"  # whoever had it covered for us, and their turn is over


class RefusalReason(StrEnum):
    """Why somebody does not take over a case."""

    OFF_DUTY = "off_duty"
    BUSY = "busy"
    NOT_COMPETENT = "not_competent"
    SHOULD_STAY = "should_stay"


class PauseReason(StrEnum):
    """What a case waits for."""

    WAITING_FOR_PATIENT = "waiting_for_patient"
    WAITING_FOR_RESULTS = "waiting_for_results"
    WAITING_FOR_DOCTOR = "waiting_for_doctor"
    APPOINTMENT_MADE = "appointment_made"


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
    last_report_id: UUID | None
    last_report_at: datetime
    policy: str = "standard.2026-01-01"


class Episode(Struct, frozen=True):
    """The episode after a report: what to write, what it is called in the audit, and whether people must be called (again)."""

    verb: str
    calls: bool
    alert: OpenAlert


def join(
    current: OpenAlert | None,
    verdict: Verdict,
    new_id: UUID,
    report_id: UUID | None,
    told_at: datetime,
    at: datetime,
    *,
    policy: str = "standard.2026-01-01",
    muted: bool = False,
) -> Episode | None:
    """Open an episode, or let the report (or, without one, the chart's own verdict) join the open one.

    An acknowledgement covers what was known when it was given: a higher level, or a new reason at orange or red, reopens. A late or
    milder report never lowers what is there. What is `muted` calls nobody. None when there is nothing to look at, or nothing new in
    a verdict without a report. `policy` is for a new episode; an open one keeps its own.
    """
    if current is None:
        if verdict.level is TriageLevel.GREEN or muted:
            return None
        return Episode("alert_opened", True, _opened(verdict, new_id, report_id, told_at, at, policy))
    worse = _rank(verdict.level, verdict.emergency) > _rank(current.level, current.emergency) and not muted
    unknown = verdict.level >= TriageLevel.ORANGE and not set(verdict.reasons) <= set(current.reasons) and not muted
    taken = current.state is AlertState.ACKNOWLEDGED
    calls = worse or (taken and unknown)
    if report_id is None and not (calls or unknown):
        return None
    newest = told_at >= current.last_report_at and report_id is not None
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
        reports=current.reports + (report_id is not None),
        opened_at=current.opened_at,
        last_report_id=report_id if newest else current.last_report_id,
        last_report_at=max(told_at, current.last_report_at) if report_id else current.last_report_at,
        policy=current.policy,
    )
    verb = "alert_reopened" if calls and taken else "alert_raised" if calls else "alert_joined"
    return Episode(verb, calls, joined)


def realert_at(state: AlertState, forgotten_after: timedelta | None, touched_at: datetime) -> datetime | None:
    """When an alert that somebody has is called again unless they do something with it (F13)."""
    return touched_at + forgotten_after if forgotten_after and state is AlertState.ACKNOWLEDGED else None


def may_pause(
    until: datetime, at_most: timedelta, contacted_at: datetime | None, level: TriageLevel, at: datetime
) -> bool:
    """Whether a case may wait until then: not for ever, and a red one only after the patient was spoken to."""
    return at < until <= at + at_most and (level < TriageLevel.RED or contacted_at is not None)


def _opened(
    verdict: Verdict, new_id: UUID, report_id: UUID | None, told_at: datetime, at: datetime, policy: str
) -> OpenAlert:
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
        reports=int(report_id is not None),
        opened_at=at,
        last_report_id=report_id,
        last_report_at=told_at,
        policy=policy,
    )


def _rank(level: TriageLevel, emergency: bool) -> tuple[TriageLevel, bool]:
    return level, emergency


def _union(known: tuple[str, ...], verdict: Verdict, unknown: bool) -> tuple[str, ...]:
    return known + tuple(r for r in verdict.reasons if r not in known) if unknown else known
