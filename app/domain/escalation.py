"""Who is called, in which order, and when: the ladder an alert keeps from its birth."""

from __future__ import annotations

from datetime import datetime, timedelta

from msgspec import Struct

from app.domain.civil import OpeningHours
from app.domain.policies import Policy
from app.domain.rulebook import Rulebook, outcome_name
from app.domain.rulefiles import Outcome
from app.domain.triage import Recipient, TriageLevel


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
    acknowledge = timedelta(minutes=wait.acknowledge_minutes or 0)
    contact = timedelta(minutes=wait.contact_minutes or 0)
    if wait.calendar == "always":
        return Due(at + acknowledge, at + contact)
    limit, closing = _limit(wait, at), hours.closing(at)
    if hours.is_open(at):
        left, morning = closing - at, _morning(closing, limit, hours)
        taken = at + acknowledge if acknowledge <= left else morning + acknowledge - left
        spoken = at + contact if contact <= left else None
    else:
        morning = _morning(at, limit, hours)
        taken, spoken = morning + acknowledge, None
    spoken = spoken or hours.at_clock(morning, wait.otherwise_by) or morning + contact
    return Due(min(taken, limit), min(spoken, limit))


def first_call(wait: Outcome, at: datetime, hours: OpeningHours) -> datetime:
    """When the first rung is called: at once day and night for red, else when the establishment is open."""
    return at if wait.calendar == "always" else _morning(at, _limit(wait, at), hours)


def _morning(at: datetime, limit: datetime, hours: OpeningHours) -> datetime:
    """When somebody is there again. A weekend never swallows an orange: where the next opening lies past the hard limit, whoever is on
    duty is called the next morning.
    """
    opening = hours.next_open(at)
    return opening if opening < limit else hours.next_morning(at)


def _limit(wait: Outcome, at: datetime) -> datetime:
    return at + timedelta(minutes=wait.hard_limit_minutes) if wait.hard_limit_minutes else at + timedelta(days=366)


def plan(
    recipient: Recipient,
    level: TriageLevel,
    emergency: bool,
    policy: Policy,
    book: Rulebook,
    at: datetime,
    hours: OpeningHours,
) -> tuple[Step, ...]:
    """The whole ladder of an alert's own policy with its times; the last step has no recipients: undeliverable."""
    name, wait = outcome_name(level, emergency), book.outcome(level, emergency)
    steps, when = [], first_call(wait, at, hours)
    for number, recipients in enumerate(policy.rungs(recipient)):
        steps.append(Step(recipients, when))
        when = _patience(policy.wait(wait, name, number), when, hours)
    return (*steps, Step((), when))


def _patience(wait: Outcome, called_at: datetime, hours: OpeningHours) -> datetime:
    """When the next rung is called. Who is called though the establishment is closed is on duty: their delay runs by the clock."""
    if wait.calendar == "opening_hours" and not hours.is_open(called_at):
        return called_at + timedelta(minutes=wait.acknowledge_minutes or 0)
    return due(wait, called_at, hours).acknowledge_at


def waits_for_nobody(level: TriageLevel) -> bool:
    """Orange and red: nobody on duty, no device or no receipt means the next step now. Yellow waits for its delay."""
    return level in (TriageLevel.ORANGE, TriageLevel.RED)
