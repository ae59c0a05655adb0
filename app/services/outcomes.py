"""The fortnightly question: has there been an unplanned emergency visit or admission, has a severe effect been confirmed?

Every patient who reports is asked, whatever was answered and whether or not anybody was called; a nurse may fill it in for them.
"""

from __future__ import annotations

from collections import defaultdict
from datetime import date, datetime
from uuid import UUID, uuid4

import asyncpg
from msgspec import Struct

from app.db import events, notices, outcomes, patients
from app.db.outcomes import AnswerRow, ClosedRow
from app.domain.civil import local_day
from app.domain.errors import ContentRefused, Fault, NotFound
from app.domain.outcomes import SEVERE_GRADE, Happening, Known, Window, WindowState, windows
from app.domain.people import Caller
from app.services.vault import Safe


class OutcomeAnswer(Struct, frozen=True, forbid_unknown_fields=True):
    """What happened in a fortnight. Null: not known. A yes needs its day."""

    first_on: date
    visit: bool | None
    severe: bool | None
    visit_on: date | None = None
    severe_on: date | None = None


class OutcomeQuestion(Struct, frozen=True):
    """The fortnight that is asked about."""

    first_on: date
    last_on: date


class OutcomeWindow(Struct, frozen=True):
    """One fortnight as the clinic sees it."""

    first_on: date
    last_on: date
    state: WindowState
    visit: bool | None
    visit_on: date | None
    severe: bool | None
    severe_on: date | None
    answered_by: str | None


class Unanswered(Struct, frozen=True):
    """A patient whose fortnight nobody has answered for yet."""

    patient_id: UUID
    name: str
    first_on: date
    last_on: date


async def own_question(con: asyncpg.Connection, caller: Caller, now: datetime) -> OutcomeQuestion | None:
    """What the calling patient is asked now; None when nothing is due."""
    for window in await fortnights(con, caller.establishment_id, caller.person_id, now):
        if window.state is WindowState.DUE:
            return OutcomeQuestion(window.first_on, window.last_on)
    return None


async def of_patient(con: asyncpg.Connection, caller: Caller, patient_id: UUID, now: datetime) -> list[OutcomeWindow]:
    """Every fortnight of a patient, newest first. Raises NotFound for who is not the caller's to see."""
    if not await patients.may_see(con, caller, patient_id):
        raise NotFound
    return (await fortnights(con, caller.establishment_id, patient_id, now))[::-1]


async def unanswered(con: asyncpg.Connection, safe: Safe, caller: Caller, now: datetime) -> list[Unanswered]:
    """Whose question is still open, by name: for whoever phones."""
    answered = {(a.patient_id, a.first_on) for a in await outcomes.answers(con, caller.establishment_id)}
    found = []
    for id_, identity, zone, days in await outcomes.all_report_days(
        con, caller.establishment_id, caller.person_id, caller.role
    ):
        today = local_day(now, zone)
        due = [w for w in windows(days, today) if w.state(today, (id_, w.first_on) in answered) is WindowState.DUE]
        if due:
            found.append(Unanswered(id_, safe.identity(id_, identity).name, due[0].first_on, due[0].last_on))
    return sorted(found, key=lambda one: one.name.casefold())


async def answer_own(con: asyncpg.Connection, caller: Caller, told: OutcomeAnswer, now: datetime) -> None:
    """The calling patient says what happened. Raises ContentRefused for a fortnight that is not asked about now."""
    await _answer(con, caller, caller.person_id, told, now)


async def answer_for(
    con: asyncpg.Connection, caller: Caller, patient_id: UUID, told: OutcomeAnswer, now: datetime
) -> list[OutcomeWindow]:
    """A professional fills it in. Raises NotFound, ContentRefused."""
    if not await patients.may_see(con, caller, patient_id):
        raise NotFound
    await _answer(con, caller, patient_id, told, now)
    return (await fortnights(con, caller.establishment_id, patient_id, now))[::-1]


async def known_of_all(con: asyncpg.Connection, establishment_id: UUID) -> dict[UUID, Known]:
    """All that is known of what became of each patient: the ground that labels are read from."""
    gathered: dict[UUID, list[Happening]] = defaultdict(list)
    answered: dict[UUID, list[Window]] = defaultdict(list)
    for alert in await outcomes.closed_alerts(con, establishment_id):
        gathered[alert.patient_id] += _of_alert(alert)
    for answer in await outcomes.answers(con, establishment_id):
        gathered[answer.patient_id] += _of_answer(answer)
        if answer.visit is not None and answer.severe is not None:
            answered[answer.patient_id].append(Window(answer.first_on, answer.last_on))
    left = await outcomes.left(con, establishment_id)
    return {
        id_: Known(tuple(gathered[id_]), tuple(sorted(answered[id_])), left.get(id_))
        for id_ in {*gathered, *answered, *left}
    }


def question_key(patient_id: UUID, first_on: date) -> str:
    """What makes a question one, so that nobody is pushed twice for it."""
    return f"outcome:{patient_id}:{first_on}"


def _of_alert(alert: ClosedRow) -> list[Happening]:
    """A severe effect was there when the patient told of it, and until the closing none is new; a visit came by the closing.

    So a visit on the very day of the report is not counted as foretold by it.
    """
    found = []
    if (alert.toxicity_grade or 0) >= SEVERE_GRADE:
        found.append(Happening("toxicity", alert.opened_on, alert.closed_on))
    if alert.hospitalised or alert.outcome == "emergency_visit":
        found.append(Happening("visit", alert.closed_on))
    return found


def _of_answer(answer: AnswerRow) -> list[Happening]:
    found = []
    if answer.severe and answer.severe_on:
        found.append(Happening("toxicity", answer.severe_on))
    if answer.visit and answer.visit_on:
        found.append(Happening("visit", answer.visit_on))
    return found


async def fortnights(
    con: asyncpg.Connection, establishment_id: UUID, patient_id: UUID, now: datetime
) -> list[OutcomeWindow]:
    """Every fortnight of a patient up to now, oldest first."""
    zone, days = await outcomes.report_days(con, establishment_id, patient_id)
    today = local_day(now, zone)
    kept = {a.first_on: a for a in await outcomes.answers(con, establishment_id, patient_id)}
    return [_line(window, today, kept.get(window.first_on)) for window in windows(days, today)]


def _line(window: Window, today: date, kept: AnswerRow | None) -> OutcomeWindow:
    return OutcomeWindow(
        first_on=window.first_on,
        last_on=window.last_on,
        state=window.state(today, kept is not None),
        visit=kept.visit if kept else None,
        visit_on=kept.visit_on if kept else None,
        severe=kept.severe if kept else None,
        severe_on=kept.severe_on if kept else None,
        answered_by=kept.author_kind if kept else None,
    )


async def _answer(
    con: asyncpg.Connection, caller: Caller, patient_id: UUID, told: OutcomeAnswer, now: datetime
) -> None:
    here = caller.establishment_id
    asked = {w.first_on: w for w in await fortnights(con, here, patient_id, now)}
    window = asked.get(told.first_on)
    if window is None or window.state not in (WindowState.DUE, WindowState.ANSWERED):
        raise ContentRefused(
            faults=(Fault("first_on", "This fortnight is not asked about now. Read the question again."),)
        )
    faults = _faults(told, window)
    if faults:
        raise ContentRefused(faults=faults)
    row = AnswerRow(
        patient_id,
        window.first_on,
        window.last_on,
        told.visit,
        told.visit_on,
        told.severe,
        told.severe_on,
        caller.kind,
    )
    answer_id = uuid4()
    await outcomes.add(con, here, answer_id, row, caller.person_id)
    await notices.cancel(con, here, question_key(patient_id, window.first_on))
    await events.add(con, caller, "outcome_answered", patient_id=patient_id, subject_id=answer_id)


def _faults(told: OutcomeAnswer, window: OutcomeWindow) -> tuple[Fault, ...]:
    faults = []
    for name, happened, on in (("visit", told.visit, told.visit_on), ("severe", told.severe, told.severe_on)):
        if happened and on is None:
            faults.append(Fault(f"{name}_on", "A yes needs its day; the nearest you remember is enough."))
        elif on is not None and not happened:
            faults.append(Fault(f"{name}_on", "A day goes with a yes only."))
        elif on is not None and not window.first_on <= on <= window.last_on:
            faults.append(Fault(f"{name}_on", f"Not between {window.first_on} and {window.last_on}."))
    return tuple(faults)
