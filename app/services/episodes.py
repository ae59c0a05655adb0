"""An episode opens, is joined, raised or reopened by a verdict: with a report or without one, the planning stands here once."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct, json
from uuid_utils.compat import uuid7

from app.db import episodes
from app.db.episodes import Calls, ChartVerdict
from app.db.standings import Standing
from app.domain import escalation
from app.domain.alerts import READ_BY_HAND, Cause, Episode, join
from app.domain.civil import OpeningHours, holidays_around
from app.domain.errors import NotFound
from app.domain.escalation import Due
from app.domain.mutes import silences
from app.domain.policies import Policy
from app.domain.rulebook import Rulebook
from app.domain.triage import Fired, Grade, TriageLevel, Verdict
from app.services.calendars import opening_hours


class Detail(Struct, frozen=True):
    """What a verdict keeps beside its columns."""

    grades: dict[str, Grade]
    fired: tuple[Fired, ...]
    advice: tuple[str, ...]


class Planned(Struct, frozen=True):
    """Delays and ladder of an episode after a verdict."""

    due: Due
    calls: Calls


class Raised(Struct, frozen=True):
    """What a verdict without a report came to. No alert: nobody must look, or everything in it is known on the open one."""

    verdict_id: UUID
    alert_id: UUID | None
    called: bool


async def judge_chart(
    con: asyncpg.Connection,
    rulebook: Rulebook,
    establishment_id: UUID,
    patient_id: UUID,
    verdict: Verdict,
    source: Cause,
) -> Raised:
    """Keep a verdict that has no report, and open, join or raise the patient's episode by it, in the caller's transaction.

    The transaction must be of this establishment (`establishment_tx(…, lock=patient_id)`); the open alert is locked here. `source` is
    one of adherence, missed_reports, read_by_hand, risk. Calling this again with the same verdict writes the verdict again and
    changes nothing of an episode that knows of it already; whether a closed episode should open anew is the caller's to know.
    Raises NotFound.
    """
    chart = await episodes.load(con, establishment_id, patient_id)
    if chart is None:
        raise NotFound
    at, standing = chart.at, chart.standing
    book = rulebook.on(at.date())
    muted = silences(standing.mutes, verdict, at)
    policy = policy_of(book, standing, at).key
    episode = join(chart.alert, verdict, uuid7(), None, at, at, policy=policy, muted=muted)
    hours = opening_hours(book, standing.zone, standing.hours)
    own = promise(book, verdict, at, hours)
    detail = json.encode(Detail(verdict.grades, verdict.fired, verdict.advice)).decode()
    kept = ChartVerdict(establishment_id, patient_id, uuid7(), at, source, verdict, detail, own)
    if episode is None:
        await episodes.keep_chart_verdict(con, kept)
        return Raised(kept.id, None, called=False)
    planned = plan(book, episode, standing, chart.regimen, hours, at, source)
    await episodes.keep_chart_verdict_and_alert(con, kept, episode, planned.due, planned.calls)
    return Raised(kept.id, episode.alert.id, called=episode.calls)


def plan(
    rulebook: Rulebook,
    episode: Episode,
    standing: Standing,
    regimen: str,
    hours: OpeningHours,
    at: datetime,
    cause: Cause,
) -> Planned:
    """By when, and who is called one after the other, by the policy that the alert was born with."""
    alert = episode.alert
    wait = rulebook.outcome(alert.level, alert.emergency)
    policy = rulebook.policies.of_alert(alert.policy)
    steps = (
        escalation.plan(alert.recipient, alert.level, alert.emergency, policy, rulebook, at, hours)
        if episode.calls
        else ()
    )
    return Planned(
        due=escalation.due(wait, at, hours),
        calls=Calls(
            steps=steps,
            now=episode.calls and steps[0].due_at == at,
            urgent=escalation.waits_for_nobody(alert.level),
            holidays=holidays_around(at),
            agreements=standing.agreements_for(regimen, rulebook.regimen(regimen).level),
            cause=cause,
        ),
    )


def promise(rulebook: Rulebook, verdict: Verdict, at: datetime, hours: OpeningHours) -> Due | None:
    """What the patient is told for this verdict alone; None for green."""
    if verdict.level is TriageLevel.GREEN:
        return None
    return escalation.due(rulebook.outcome(verdict.level, verdict.emergency), at, hours)


def policy_of(rulebook: Rulebook, standing: Standing, at: datetime) -> Policy:
    """The policy that a new episode is born with."""
    return rulebook.policies.on(standing.policy, at.date())


def cause_of(verdict: Verdict) -> Cause:
    """What a report's round of calls was begun by."""
    return Cause.READ_BY_HAND if READ_BY_HAND in verdict.reasons else Cause.REPORT
