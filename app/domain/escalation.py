"""Who is called, in which order, and when: the ladder an alert keeps from its birth."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from app.domain.civil import OpeningHours
from app.domain.rulefiles import Outcome
from app.domain.triage import Recipient, TriageLevel

# Each rung names who is on duty there. `any_oncologist` is the fallback that is never empty by design: every oncologist of the
# establishment, on duty or not. After the last rung the alert is visibly undeliverable.
LADDERS: dict[Recipient, tuple[tuple[str, ...], ...]] = {
    Recipient.LEVEL1: (("level1",), ("level2",)),
    Recipient.LEVEL2: (("level2",), ("oncologist",)),
    Recipient.ONCOLOGIST: (("oncologist", "level2"), ("any_oncologist",)),
    Recipient.EMERGENCY: (("oncologist", "level2"), ("any_oncologist",)),
}


class Due(Struct, frozen=True):
    """By when somebody must have taken the alert, and have spoken to the patient."""

    acknowledge_at: datetime
    contact_at: datetime


class Step(Struct, frozen=True):
    """One rung: at `due_at`, if nobody has the alert, call these. No recipients: nobody is left."""

    recipients: tuple[str, ...]
    due_at: datetime


def due(wait: Outcome, at: datetime, hours: OpeningHours) -> Due:
    """When an alert that begins at `at` (UTC) must be acknowledged and the patient contacted (triage.md section 1)."""
    if wait.calendar == "working_days":
        return Due(
            hours.after_working_days(at, wait.acknowledge_working_days or 0),
            hours.after_working_days(at, wait.contact_working_days or 0),
        )
    acknowledge, contact = wait.acknowledge_minutes or 0, wait.contact_minutes or 0
    if wait.calendar == "always":
        return Due(at + timedelta(minutes=acknowledge), at + timedelta(minutes=contact))
    start = first_call(wait, at, hours)
    if start == at:
        taken, spoken = hours.after_open_minutes(at, acknowledge), hours.after_open_minutes(at, contact)
        if not hours.same_day(at, spoken):
            spoken = hours.at_clock(hours.next_open(hours.closing(at)), wait.otherwise_by) or spoken
    else:
        taken = start + timedelta(minutes=acknowledge)
        spoken = hours.at_clock(start, wait.otherwise_by) or start + timedelta(minutes=contact)
    limit = _limit(wait, at)
    return Due(min(taken, limit), min(spoken, limit))


def first_call(wait: Outcome, at: datetime, hours: OpeningHours) -> datetime:
    """When the first rung is called: at once day and night for red, else when the establishment is open.

    A weekend never swallows an orange: where the next opening lies past the hard limit, whoever is on duty is called the next morning.
    """
    if wait.calendar == "always":
        return at
    opening = hours.next_open(at)
    return opening if opening < _limit(wait, at) else hours.next_morning(at)


def _limit(wait: Outcome, at: datetime) -> datetime:
    return at + timedelta(minutes=wait.hard_limit_minutes) if wait.hard_limit_minutes else at + timedelta(days=366)


def plan(recipient: Recipient, wait: Outcome, at: datetime, hours: OpeningHours) -> tuple[Step, ...]:
    """The whole ladder with its times; the last step has no recipients and makes the alert undeliverable."""
    steps, when = [], first_call(wait, at, hours)
    for recipients in (*LADDERS[recipient], ()):
        steps.append(Step(recipients, when))
        when = due(wait, when, hours).acknowledge_at
    return tuple(steps)


def waits_for_nobody(level: TriageLevel) -> bool:
    """Orange and red: nobody on duty, no device or no receipt means the next step now. Yellow waits for its delay."""
    return level in (TriageLevel.ORANGE, TriageLevel.RED)
