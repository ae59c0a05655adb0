"""Smart boxes: issued, heard, paused, and set beside the diary. An opening is a presumption; no source is believed alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated, Literal
from uuid import UUID, uuid4

import asyncpg
from msgspec import Meta, Struct

from app.db import boxes, events
from app.db.boxes import BoxRow
from app.domain.boxes import NotMonitored, box_days, differences
from app.domain.courses import day_of
from app.domain.errors import ContentRefused, Fault, NoCourse, NotFound
from app.domain.intakes import Intake
from app.domain.people import Caller
from app.domain.receipts import told_at
from app.domain.rulebook import Rulebook
from app.domain.schedules import schedule
from app.services import adherence, courses
from app.services.box_tokens import new_box_token
from app.services.courses import DrugId, Loaded, begins_at
from app.services.sign_in import token_hash
from app.services.timeline import window


class NewBox(Struct, frozen=True, forbid_unknown_fields=True):
    """A box for one drug."""

    drug: DrugId
    label: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"\S")]


class IssuedBox(Struct, frozen=True):
    """The box's token: shown once, to be put into the device."""

    id: UUID
    token: str


class BoxEvent(Struct, frozen=True, forbid_unknown_fields=True):
    """One opening; `id` is the device's own, the same for the same opening."""

    id: Annotated[str, Meta(min_length=1, max_length=100, pattern=r"^[\x21-\x7e]+$")]
    opened_at: Annotated[datetime, Meta(tz=True)]


class BoxEvents(Struct, frozen=True, forbid_unknown_fields=True):
    """What a box has noticed."""

    events: Annotated[list[BoxEvent], Meta(min_length=1, max_length=500)]


class BoxHeard(Struct, frozen=True):
    """How many were received, and how many of them were new."""

    received: int
    new: int


class NewPause(Struct, frozen=True, forbid_unknown_fields=True):
    """A time in which the box was not in use; without an end: from now on, until it is in use again."""

    reason: Literal["hospital", "battery", "pocket_doses", "refill", "other"]
    from_at: Annotated[datetime, Meta(tz=True)]
    until_at: Annotated[datetime, Meta(tz=True)] | None = None


class BoxPauseLine(Struct, frozen=True):
    """A time in which a box was not in use."""

    id: UUID
    from_at: datetime
    until_at: datetime | None
    reason: str


class SmartBoxLine(Struct, frozen=True):
    """A box, when it was last heard, and when it was not in use."""

    id: UUID
    drug: str
    label: str
    issued_at: datetime
    last_heard_at: datetime | None
    revoked_at: datetime | None
    pauses: list[BoxPauseLine]


class BoxDayLine(Struct, frozen=True):
    """Openings of a day beside the number planned."""

    box_id: UUID
    day: date
    openings: int
    planned: int
    value: str
    monitored: bool


class DifferenceLine(Struct, frozen=True):
    """One dose of which box and diary say different things; `used` is what the rate takes."""

    drug: str
    day: date
    number: int
    told: dict[str, str]
    used: str


class BoxPage(Struct, frozen=True):
    """The patient's boxes beside the diary."""

    boxes: list[SmartBoxLine]
    days: list[BoxDayLine]
    differences: list[DifferenceLine]


async def issue(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, new: NewBox
) -> IssuedBox:
    """A box and its token. Raises NotFound, NoCourse, ContentRefused."""
    known = await courses.of_patient(con, rulebook, caller, patient_id)
    if new.drug not in {d.inn for d in known.course.regimen.drugs}:
        raise ContentRefused(faults=(Fault("drug", "Not a drug of this treatment."),))
    here, box_id = caller.establishment_id, uuid4()
    token = new_box_token(here)
    hashed = token_hash(token)
    await boxes.add(con, here, box_id, patient_id, known.row.id, new.drug, new.label, hashed, caller.person_id)
    await events.add(con, caller, "box_issued", patient_id=patient_id, subject_id=box_id)
    return IssuedBox(box_id, token)


async def revoke(con: asyncpg.Connection, caller: Caller, rulebook: Rulebook, patient_id: UUID, box_id: UUID) -> None:
    """The box's token is worth nothing any more. Raises NotFound."""
    await courses.of_patient(con, rulebook, caller, patient_id)
    if not await boxes.revoke(con, caller.establishment_id, patient_id, box_id, caller.person_id):
        raise NotFound
    await events.add(con, caller, "box_revoked", patient_id=patient_id, subject_id=box_id)


async def pause(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, box_id: UUID, new: NewPause
) -> None:
    """Not in use. Raises NotFound, NoCourse, ContentRefused."""
    known = await courses.of_patient(con, rulebook, caller, patient_id, hold=True)
    if new.until_at is not None and new.until_at <= new.from_at:
        raise ContentRefused(faults=(Fault("until_at", "After `from_at`."),))
    args = new.from_at, new.until_at, new.reason, "staff", caller.person_id
    if await boxes.pause(con, caller.establishment_id, patient_id, box_id, *args) is None:
        raise NotFound
    await events.add(con, caller, "box_paused", patient_id=patient_id, subject_id=box_id)
    await _count_again(con, rulebook, caller.establishment_id, known, new.from_at)


async def resume(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, box_id: UUID) -> None:
    """In use again. Raises NotFound, NoCourse."""
    known = await courses.of_patient(con, rulebook, caller, patient_id, hold=True)
    if not any(b.id == box_id for b in await boxes.of_patient(con, caller.establishment_id, patient_id)):
        raise NotFound
    if not await boxes.end_pauses(con, caller.establishment_id, box_id, known.row.now):
        raise NotFound
    await events.add(con, caller, "box_resumed", patient_id=patient_id, subject_id=box_id)


async def hear(
    con: asyncpg.Connection, rulebook: Rulebook, establishment_id: UUID, box: BoxRow, told: BoxEvents, now: datetime
) -> tuple[BoxHeard, bool]:
    """Keep what a box tells, once, and judge the course by it: any source that suggests a dose too many is enough.

    Also whether a worklist has changed.
    """
    times = [told_at(event.opened_at, now) for event in told.events]
    new = await boxes.keep_events(con, establishment_id, box, [event.id for event in told.events], times)
    heard = BoxHeard(len(told.events), new)
    if not new:
        return heard, False
    try:
        known = await courses.current(con, rulebook, establishment_id, box.patient_id)
    except NoCourse:
        return heard, False
    if known.row.id != box.course_id:
        return heard, False
    return heard, await _count_again(con, rulebook, establishment_id, known, min(times))


async def _count_again(
    con: asyncpg.Connection, rulebook: Rulebook, establishment_id: UUID, known: Loaded, since: datetime
) -> bool:
    zones, now = known.course.zones, known.row.now
    first = day_of(zones, since) - timedelta(days=1)
    await adherence.recount(con, establishment_id, known, first, day_of(zones, now), now)
    return (await adherence.look_again(con, rulebook, establishment_id, known, now)).alert_id is not None


async def page(
    con: asyncpg.Connection,
    rulebook: Rulebook,
    caller: Caller,
    patient_id: UUID,
    since: date | None,
    until: date | None,
) -> BoxPage:
    """Boxes, their days, and where they and the diary disagree. Raises NotFound, NoCourse, ContentRefused."""
    here = caller.establishment_id
    known = await courses.of_patient(con, rulebook, caller, patient_id)
    first, last = window(known, since, until)
    await events.add(con, caller, "boxes_read", patient_id=patient_id)
    rows, paused = await boxes.of_patient(con, here, patient_id), await boxes.pauses(con, here, patient_id)
    lines = [
        SmartBoxLine(
            b.id,
            b.drug,
            b.label,
            b.issued_at,
            b.last_heard_at,
            b.revoked_at,
            [BoxPauseLine(p.id, p.from_at, p.until_at, p.reason) for p in paused if p.box_id == b.id],
        )
        for b in rows
    ]
    zone = known.row.timezone
    begin, end = begins_at(first, zone), begins_at(last + timedelta(days=1), zone)
    opened = await boxes.openings(con, here, patient_id, known.row.id, begin, end)
    spans = {b.id: [adherence.unmonitored(p) for p in paused if p.box_id == b.id] for b in rows}
    shown = []
    for box in rows:
        drug = next((d for d in known.course.regimen.drugs if d.inn == box.drug), None)
        begin_on = max(first, day_of(known.course.zones, box.issued_at), known.row.started_on)
        if drug is not None and box.course_id == known.row.id and begin_on <= last:
            times = [o.opened_at for o in opened if o.box_id == box.id]
            shown += [
                BoxDayLine(box.id, day.day, day.openings, day.planned, day.value, day.monitored)
                for day in box_days(known.course, drug, times, begin_on, last, spans[box.id])
            ]
    return BoxPage(lines, shown, await _differences(con, here, known, rows, spans, first, last))


async def _differences(
    con: asyncpg.Connection,
    here: UUID,
    known: Loaded,
    rows: list[BoxRow],
    spans: dict[UUID, list[NotMonitored]],
    first: date,
    last: date,
) -> list[DifferenceLine]:
    in_use = [b for b in rows if b.course_id == known.row.id and b.revoked_at is None]
    if not in_use:
        return []
    since = max(first, min(day_of(known.course.zones, b.issued_at) for b in in_use))
    entries: list[Intake] = await adherence.told(con, here, known, since, last)
    slots = schedule(known.course, since, last)
    blind = [span for b in in_use for span in spans[b.id]]
    found = differences(entries, slots, blind, {b.drug for b in in_use}, known.row.now)
    return [DifferenceLine(d.key[0], d.key[1], d.key[2], dict(d.told), d.used) for d in found]
