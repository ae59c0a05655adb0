"""What a signature does: an order, the start, another treatment; and a patient who leaves. Everything that hangs on the plan follows."""

from __future__ import annotations

from datetime import date, timedelta
from typing import Literal
from uuid import UUID

import asyncpg
from msgspec import Struct, json

from app.db import courses as course_rows
from app.db import events, notices, patients
from app.db.door import hold_person
from app.domain.courses import day_of
from app.domain.errors import NotFound, OrderRefused
from app.domain.notices import NewNotice, NoticeKind, PersonKind
from app.domain.people import Caller
from app.domain.reports import Baseline
from app.domain.rulebook import Rulebook
from app.services import adherence, caregivers, courses, reminders, supplies
from app.services.course_pages import CoursePage, page_of
from app.services.course_previews import NewCourse
from app.services.courses import NewOrder, Prescription
from app.services.vault import Safe


class Signature(Struct, frozen=True, forbid_unknown_fields=True):
    """An oncologist's signature under the start that was copied, with the prescription corrected where it must be."""

    prescription: Prescription | None = None


class Leaving(Struct, frozen=True, forbid_unknown_fields=True):
    """Why a patient is no longer followed here."""

    reason: Literal["died", "moved", "ended_follow_up"]


async def order(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, new: NewOrder
) -> CoursePage:
    """Sign an order: the plan, the reminders and the counts follow in the same transaction, the phone at its next sync.

    Raises NotFound, NoCourse, CourseChanged, OrderRefused, ContentRefused.
    """
    known = await courses.of_patient(con, rulebook, caller, patient_id, hold=True)
    signed, _ = await courses.sign_order(con, caller, known, new, known.row.now)
    return await _follow(con, rulebook, caller, patient_id, day_of(known.course.zones, signed.at))


async def sign(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, signature: Signature
) -> CoursePage:
    """Sign the start that was copied. Raises NotFound, NoCourse, CourseChanged, OrderRefused, ContentRefused."""
    known = await courses.of_patient(con, rulebook, caller, patient_id, hold=True)
    if known.ended:
        raise OrderRefused(
            "This treatment has ended: there is nothing left to sign. The next one is signed as it begins."
        )
    await courses.countersign(con, rulebook, caller, known, signature.prescription)
    return await _follow(con, rulebook, caller, patient_id, known.row.started_on)


async def begin(
    con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, caller: Caller, patient_id: UUID, new: NewCourse
) -> CoursePage:
    """Another course, signed as it begins. Raises NotFound, OrderRefused, ContentRefused."""
    if not await patients.may_see(con, caller, patient_id):
        raise NotFound
    await hold_person(con, patient_id)
    last = await course_rows.current(con, caller.establishment_id, patient_id)
    if last is not None and not courses.loaded(last, rulebook).ended:
        raise OrderRefused("A treatment is running. Stop or complete it first.")
    zone = last.timezone if last else safe.establishment.timezone
    how = new.prescription or Prescription()
    baseline = json.decode(last.baseline, type=Baseline) if last else Baseline()
    await courses.begin(con, rulebook, caller, patient_id, new.regimen, new.started_on, baseline, how, zone)
    return await _follow(con, rulebook, caller, patient_id, new.started_on)


async def _follow(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, since: date
) -> CoursePage:
    """Everything that hangs on the plan follows it."""
    here = caller.establishment_id
    known = await courses.current(con, rulebook, here, patient_id)
    now = known.row.now
    await reminders.call_back(con, here, known.row.id)
    await reminders.rewrite(con, here, known, now)
    await adherence.recount(con, here, known, since, day_of(known.course.zones, now), now)
    await adherence.look_again(con, rulebook, here, known, now)
    if known.ended or known.row.state == "on_hold":
        await supplies.settle(con, here, known, caller.person_id)
    else:
        await supplies.check(con, here, known, now)
    await notices.put(
        con,
        NewNotice(
            establishment_id=here,
            person_kind=PersonKind.PATIENT,
            person_id=patient_id,
            kind=NoticeKind.PLAN_CHANGED,
            dedupe_key=f"plan:{known.row.id}:{known.row.last}",
            expires_at=now + timedelta(days=2),
            subject_id=known.row.id,
        ),
    )
    return await page_of(con, rulebook, caller, known)


async def leave(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, leaving: Leaving
) -> None:
    """The patient has died, moved or is no longer followed: nothing reminds, asks or watches any more. Raises NotFound."""
    if not await patients.may_see(con, caller, patient_id):
        raise NotFound
    here = caller.establishment_id
    await hold_person(con, patient_id)
    if not await course_rows.leave(con, here, patient_id):
        raise NotFound
    row = await course_rows.current(con, here, patient_id)
    if row is not None:
        known = courses.loaded(row, rulebook)
        await reminders.call_back(con, here, row.id)
        await reminders.rewrite(con, here, known, row.now)
        await adherence.watch(con, here, known, row.now)
        await supplies.settle(con, here, known, caller.person_id)
    await caregivers.end_all(con, caller, patient_id)
    detail = json.encode({"reason": leaving.reason}).decode()
    await events.add(con, caller, "patient_left", patient_id=patient_id, detail=detail)
