"""What is done with a case that somebody has: the patient spoken to, handed over, paused, a symptom muted."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from msgspec import Meta, Struct

from app.db import cases, reports
from app.db.alerts import AlertRow
from app.db.cases import NewMute
from app.db.standings import standing
from app.domain import escalation
from app.domain.alerts import AlertState, PauseReason, RefusalReason, may_pause
from app.domain.errors import AlertChanged, AlertNotAcknowledged, ContentRefused, Fault, NotFound, NotYours
from app.domain.mutes import MuteReason
from app.domain.mutes import standing as standing_of_symptom
from app.domain.people import Caller
from app.domain.policies import Policy
from app.domain.rulebook import Rulebook
from app.domain.triage import TriageLevel
from app.services.alerts import forgotten_after, seen
from app.services.calendars import opening_hours
from app.services.reports import detail_of

Version = Annotated[int, Meta(ge=1, examples=[3])]


class AsSeen(Struct, frozen=True, forbid_unknown_fields=True):
    """The alert as it was at this version."""

    version: Version


class Contact(Struct, frozen=True, forbid_unknown_fields=True):
    """The patient was called; `at` is left out for just now. Not `reached`: nobody answered, and the call is still to be made."""

    version: Version
    at: datetime | None = None
    reached: bool = True


class HandOver(Struct, frozen=True, forbid_unknown_fields=True):
    """To whom the case is offered."""

    version: Version
    to: UUID


class Refusal(Struct, frozen=True, forbid_unknown_fields=True):
    """Why it is not taken over."""

    version: Version
    reason: RefusalReason


class Pause(Struct, frozen=True, forbid_unknown_fields=True):
    """What the case waits for, and until when."""

    version: Version
    reason: PauseReason
    until: datetime


class MuteSymptom(Struct, frozen=True, forbid_unknown_fields=True):
    """Which symptom need not call, why, and until when."""

    version: Version
    symptom: Annotated[str, Meta(max_length=64)]
    reason: MuteReason
    until: datetime


async def record_contact(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, alert_id: UUID, told: Contact, now: datetime
) -> None:
    """The patient was spoken to, or did not answer. Raises NotFound, AlertNotAcknowledged, AlertChanged, ContentRefused."""
    row = await _held(con, caller, alert_id)
    at = told.at or now
    if not row.opened_at <= at <= now:
        raise ContentRefused(faults=(Fault("at", "After the alert began, and not in the future."),))
    after = forgotten_after(rulebook, row)
    if told.reached:
        await _change(con, cases.CONTACTED, caller, alert_id, told.version, at, after)
    else:
        await _change(con, cases.NOT_REACHED, caller, alert_id, told.version, after)


async def hand_over(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, alert_id: UUID, offer: HandOver, now: datetime
) -> None:
    """Offer the case to a colleague, who has as long to answer as an alert of this level may wait. The giver keeps it until then.

    Raises NotFound, AlertNotAcknowledged, NotYours, AlertChanged, ContentRefused.
    """
    row = await _held(con, caller, alert_id)
    if row.owner_id != caller.person_id:
        raise NotYours
    if offer.to not in {colleague.id for colleague in await cases.colleagues(con, caller)}:
        raise ContentRefused(faults=(Fault("to", "Not somebody who acts on alerts here. Choose from `colleagues`."),))
    book = rulebook.on(now.date())
    own = await standing(con, caller.establishment_id, row.patient_id)
    hours = opening_hours(book, own.zone, own.hours)
    wait = book.outcome(TriageLevel(row.level), row.emergency)
    answer_by = escalation.due(wait, now, hours).acknowledge_at
    await _change(con, cases.OFFER, caller, alert_id, offer.version, uuid4(), offer.to, answer_by)


async def accept(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, alert_id: UUID, version: int) -> None:
    """Take over what was offered. Raises NotFound, AlertNotAcknowledged, NotYours, AlertChanged."""
    row = await _asked(con, caller, alert_id)
    await _change(con, cases.ACCEPT, caller, alert_id, version, forgotten_after(rulebook, row))


async def refuse(con: asyncpg.Connection, caller: Caller, alert_id: UUID, why: Refusal) -> None:
    """Leave it with the giver, who is told. Raises NotFound, AlertNotAcknowledged, NotYours, AlertChanged."""
    await _asked(con, caller, alert_id)
    await _change(con, cases.REFUSE, caller, alert_id, why.version, why.reason)


async def withdraw(con: asyncpg.Connection, caller: Caller, alert_id: UUID, version: int) -> None:
    """The giver keeps it after all. Raises NotFound, AlertNotAcknowledged, NotYours, AlertChanged."""
    row = await _held(con, caller, alert_id)
    if row.hand_over_from != caller.person_id:
        raise NotYours
    await _change(con, cases.WITHDRAW, caller, alert_id, version)


async def take_over(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, alert_id: UUID, version: int) -> None:
    """Take the case from a colleague who cannot be asked; it is written down. Raises NotFound, AlertNotAcknowledged, AlertChanged."""
    row = await _held(con, caller, alert_id)
    await _change(con, cases.TAKE_OVER, caller, alert_id, version, forgotten_after(rulebook, row))


async def pause(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, alert_id: UUID, wanted: Pause, now: datetime
) -> None:
    """Let the case wait for something, for a time. A red one only after the patient was spoken to.

    Raises NotFound, AlertNotAcknowledged, AlertChanged, ContentRefused.
    """
    row = await _held(con, caller, alert_id)
    level, policy = TriageLevel(row.level), _policy(rulebook, row)
    if not may_pause(wanted.until, policy.pause_at_most(level), row.contacted_at, level, now):
        latest = now + policy.pause_at_most(level)
        words = f"Later than now and not after {latest.isoformat(timespec='minutes')}; red only once the patient was spoken to."
        raise ContentRefused(faults=(Fault("until", words),))
    args = wanted.until, wanted.reason, policy.forgotten_after(level)
    await _change(con, cases.PAUSE, caller, alert_id, wanted.version, *args)


async def resume(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, alert_id: UUID, version: int) -> None:
    """It waits no longer. Raises NotFound, AlertNotAcknowledged, AlertChanged."""
    row = await _held(con, caller, alert_id)
    await _change(con, cases.RESUME, caller, alert_id, version, forgotten_after(rulebook, row))


async def mute(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, alert_id: UUID, wanted: MuteSymptom, now: datetime
) -> None:
    """Let one symptom call nobody while it is no worse than the report that leads this alert says.

    Raises NotFound, AlertNotAcknowledged, AlertChanged, ContentRefused.
    """
    row = await _held(con, caller, alert_id)
    here = caller.establishment_id
    kept = await reports.leading(con, here, row.patient_id, row.opened_at, row.closed_at, row.level, row.emergency)
    symptom = rulebook.symptoms.get(wanted.symptom)
    if kept is None or symptom is None or symptom.kind == "safety_item":
        raise ContentRefused(faults=(Fault("symptom", "Not a symptom that the report of this alert has a grade of."),))
    detail = detail_of(kept)
    now_is = standing_of_symptom(wanted.symptom, detail.grades, detail.fired)
    if now_is is None:
        raise ContentRefused(faults=(Fault("symptom", "Not a symptom that the report of this alert has a grade of."),))
    at_most = _policy(rulebook, row).mute_at_most(now_is.level)
    if at_most is None:
        raise ContentRefused(faults=(Fault("symptom", "At this level a symptom is never silent."),))
    if not now < wanted.until <= now + at_most:
        words = f"Later than now and not after {(now + at_most).isoformat(timespec='minutes')}."
        raise ContentRefused(faults=(Fault("until", words),))
    new = NewMute(uuid4(), wanted.symptom, now_is.level, now_is.grade, now_is.rules, wanted.reason, wanted.until)
    if not await cases.mute(con, caller, alert_id, wanted.version, new):
        raise AlertChanged


async def end_mute(con: asyncpg.Connection, caller: Caller, alert_id: UUID, mute_id: UUID) -> None:
    """Let the symptom call again. Raises NotFound."""
    row = await seen(con, caller, alert_id)
    if not await cases.end_mute(con, caller, row.patient_id, mute_id):
        raise NotFound


async def _held(con: asyncpg.Connection, caller: Caller, alert_id: UUID) -> AlertRow:
    """The alert, which somebody must have."""
    row = await seen(con, caller, alert_id)
    if row.state == AlertState.CLOSED:
        raise AlertChanged
    if row.state != AlertState.ACKNOWLEDGED:
        raise AlertNotAcknowledged
    return row


async def _asked(con: asyncpg.Connection, caller: Caller, alert_id: UUID) -> AlertRow:
    """The alert, which must be offered to the caller."""
    row = await _held(con, caller, alert_id)
    if row.hand_over_to != caller.person_id:
        raise NotYours
    return row


async def _change(
    con: asyncpg.Connection, statement: str, caller: Caller, alert_id: UUID, version: int, *more: object
) -> None:
    """Raises AlertChanged, which undoes the whole transaction: half of a change that came too late is never kept."""
    if not await cases.change(con, statement, caller, alert_id, version, *more):
        raise AlertChanged


def _policy(rulebook: Rulebook, row: AlertRow) -> Policy:
    return rulebook.policies.of_alert(row.policy)
