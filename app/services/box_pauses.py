"""When a smart box is not in use: told by the team or by the patient, ended or withdrawn. Its silence means nothing then."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID

import asyncpg
from msgspec import Meta, Struct

from app.db import boxes, events
from app.domain.boxes import NotUsed
from app.domain.courses import day_of
from app.domain.errors import ContentRefused, Fault, NotFound
from app.domain.people import Caller
from app.domain.rulebook import Rulebook
from app.services import courses
from app.services.boxes import count_again
from app.services.courses import Loaded, begins_at

PAST_DAYS = 14  # what a patient may still say of the past: as far back as the phone shows what was told
AHEAD_DAYS = 366


class NewPause(Struct, frozen=True, forbid_unknown_fields=True):
    """A time in which the box was not in use; without an end: from then on, until it is in use again."""

    reason: NotUsed
    from_at: Annotated[datetime, Meta(tz=True)]
    until_at: Annotated[datetime, Meta(tz=True)] | None = None


class OwnPause(Struct, frozen=True, forbid_unknown_fields=True):
    """Days on which the patient does not use the box, the last one included; without it: until they use it again."""

    first: date
    last: date | None = None


async def pause(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, box_id: UUID, new: NewPause
) -> None:
    """Not in use. Raises NotFound, NoCourse, ContentRefused."""
    known = await courses.of_patient(con, rulebook, caller, patient_id, hold=True)
    await _pause(con, rulebook, caller, known, box_id, new)


async def resume(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, box_id: UUID) -> None:
    """In use again; what was announced is withdrawn. Raises NotFound, NoCourse."""
    known = await courses.of_patient(con, rulebook, caller, patient_id, hold=True)
    await _resume(con, caller, known, box_id)


async def pause_own(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, box_id: UUID, own: OwnPause) -> Loaded:
    """The patient says so, by days where they are. Raises NotFound, NoCourse, ContentRefused."""
    known = await courses.current(con, rulebook, caller.establishment_id, caller.person_id)
    today, zone = day_of(known.course.zones, known.row.now), known.row.timezone
    if not today - timedelta(days=PAST_DAYS) <= own.first <= today + timedelta(days=AHEAD_DAYS):
        raise ContentRefused(faults=(Fault("first", f"At most {PAST_DAYS} days ago, at most a year from now."),))
    if own.last is not None and not own.first <= own.last <= own.first + timedelta(days=AHEAD_DAYS):
        raise ContentRefused(faults=(Fault("last", "On or after the first day, at most a year later."),))
    until = begins_at(own.last + timedelta(days=1), zone) if own.last else None
    new = NewPause("other", begins_at(own.first, zone), until)
    await _pause(con, rulebook, caller, known, box_id, new)
    return known


async def resume_own(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, box_id: UUID) -> Loaded:
    """The patient uses it again. Raises NotFound, NoCourse."""
    known = await courses.current(con, rulebook, caller.establishment_id, caller.person_id)
    await _resume(con, caller, known, box_id)
    return known


async def _pause(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, known: Loaded, box_id: UUID, new: NewPause
) -> None:
    here, patient_id = caller.establishment_id, known.row.patient_id
    if new.until_at is not None and new.until_at <= new.from_at:
        raise ContentRefused(faults=(Fault("until_at", "After `from_at`."),))
    if all(b.id != box_id or b.revoked_at for b in await boxes.of_patient(con, here, patient_id)):
        raise NotFound
    args = new.from_at, new.until_at, new.reason, caller.kind, caller.person_id
    await boxes.pause(con, here, patient_id, box_id, *args)
    await events.add(con, caller, "box_paused", patient_id=patient_id, subject_id=box_id)
    await count_again(con, rulebook, here, known, new.from_at)


async def _resume(con: asyncpg.Connection, caller: Caller, known: Loaded, box_id: UUID) -> None:
    here, patient_id = caller.establishment_id, known.row.patient_id
    if all(b.id != box_id for b in await boxes.of_patient(con, here, patient_id)):
        raise NotFound
    if not await boxes.end_pauses(con, here, box_id, known.row.now, caller.kind, caller.person_id):
        raise NotFound
    await events.add(con, caller, "box_resumed", patient_id=patient_id, subject_id=box_id)
