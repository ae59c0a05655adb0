"""Smart boxes: issued, heard, paused, and set beside the diary. An opening is a presumption; no source is believed alone."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from typing import Annotated
from uuid import UUID, uuid4

import asyncpg
from msgspec import Meta, Struct

from app.db import boxes, events
from app.db.boxes import BoxRow, PauseRow
from app.domain.boxes import NotMonitored, box_counts, box_days, differences
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

_EVER = timedelta(days=4000)


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


class BoxPauseLine(Struct, frozen=True):
    """A time in which a box was not in use; `noted_by`: patient or staff."""

    id: UUID
    from_at: datetime
    until_at: datetime | None
    reason: str
    noted_by: str


class BoxAlone(Struct, frozen=True):
    """What the box alone would count over the window; what was due while it was not in use is left out."""

    box_id: UUID
    expected: int
    taken: int
    extra: int


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
    alone: list[BoxAlone]
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
    return heard, await count_again(con, rulebook, establishment_id, known, min(times))


async def count_again(
    con: asyncpg.Connection, rulebook: Rulebook, establishment_id: UUID, known: Loaded, since: datetime
) -> bool:
    """Days since an instant are counted and judged anew; whether a worklist has changed."""
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
            [BoxPauseLine(p.id, p.from_at, p.until_at, p.reason, p.noted_by) for p in paused if p.box_id == b.id],
        )
        for b in rows
    ]
    zone = known.row.timezone
    begin, end = begins_at(first, zone), begins_at(last + timedelta(days=1), zone)
    opened = await boxes.openings(con, here, patient_id, known.row.id, begin, end)
    spans = {b.id: _unused(known, b, [p for p in paused if p.box_id == b.id]) for b in rows}
    shown, alone = [], []
    for box in rows:
        drug = next((d for d in known.course.regimen.drugs if d.inn == box.drug), None)
        begin_on = max(first, day_of(known.course.zones, box.issued_at), known.row.started_on)
        if drug is not None and box.course_id == known.row.id and begin_on <= last:
            times = [o.opened_at for o in opened if o.box_id == box.id]
            shown += [
                BoxDayLine(box.id, day.day, day.openings, day.planned, day.value, day.monitored)
                for day in box_days(known.course, drug, times, begin_on, last, spans[box.id])
            ]
            c = box_counts(known.course, drug, times, begin_on, last, known.row.now, spans[box.id])
            alone.append(BoxAlone(box.id, c.expected, c.taken, c.total_extra))
    return BoxPage(lines, shown, alone, await _differences(con, here, known, rows, spans, first, last))


def _unused(known: Loaded, box: BoxRow, pauses: list[PauseRow]) -> list[NotMonitored]:
    """Its pauses, and whatever was before the first whole day or is after the last one: half a day of a box says nothing."""
    zone = known.row.timezone
    first = day_of(known.course.zones, box.issued_at) + timedelta(days=1)
    spans = [NotMonitored(since=box.issued_at - _EVER, until=begins_at(first, zone))]
    if box.revoked_at is not None:
        spans.append(NotMonitored(since=begins_at(day_of(known.course.zones, box.revoked_at), zone)))
    return [*spans, *(adherence.unmonitored(p) for p in pauses)]


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
