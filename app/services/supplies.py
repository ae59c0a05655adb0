"""Boxes at home: what was handed over, what is left, and a refill that the administrative coordination sees to before a gap.

A refill is work that stays on a list until new boxes are recorded, with a neutral notice each morning until then. It is not an alert:
an alert would join whatever episode is open, vanish among clinical reasons, and teach the risk model that a pharmacy visit is a toxicity.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from typing import Annotated, Literal
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg
from msgspec import Meta, Struct

from app.db import events, notices, stock
from app.db.stock import DispensingRow
from app.domain.courses import day_of
from app.domain.errors import ContentRefused, Fault, NotFound
from app.domain.notices import NewNotice, NoticeKind, PersonKind
from app.domain.people import Author, Caller
from app.domain.rulebook import Rulebook
from app.domain.stock import Dispensed, Stock
from app.domain.stock import stock as stock_of
from app.domain.texts import Text
from app.services import adherence, courses
from app.services.courses import DrugId, Loaded
from app.services.vault import Safe

TOLD_AT = time(8, 30)  # an operational choice: when the day's work begins; nobody is woken for a pharmacy


class NewSupply(Struct, frozen=True, forbid_unknown_fields=True):
    """Units of one strength that came (`dispensed`) or went back (`returned`)."""

    drug: DrugId
    strength_mg: Annotated[float, Meta(gt=0, le=5000)]
    units: Annotated[int, Meta(ge=1, le=10_000)]
    kind: Literal["dispensed", "returned"] = "dispensed"
    on: date | None = None


class SupplyLine(Struct, frozen=True):
    """One hand-over; `by`: patient, caregiver or staff."""

    id: UUID
    drug: str
    strength_mg: float
    units: int
    kind: str
    on: date
    by: str


class UnitsLeft(Struct, frozen=True):
    """Units of a strength that are left."""

    count: int
    strength_mg: float
    written: str


class StockLine(Struct, frozen=True):
    """What is left of a drug. `gap_on`: the first day on which a planned dose cannot be made."""

    drug: str
    title: Text
    left: list[UnitsLeft]
    days_left: int | None
    gap_on: date | None
    remind_on: date | None


class Supplies(Struct, frozen=True):
    """Boxes at home, and how they came."""

    stock: list[StockLine]
    hand_overs: list[SupplyLine]


class RefillLine(Struct, frozen=True):
    """A patient who needs new boxes."""

    patient_id: UUID
    name: str
    regimen: Text
    empty_on: date
    opened_at: datetime


async def record(
    con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID, box_id: UUID, given: NewSupply
) -> Supplies:
    """A professional tells of boxes that were handed over or came back. Raises NotFound, NoCourse, ContentRefused."""
    here = caller.establishment_id
    known = await courses.of_patient(con, rulebook, caller, patient_id)
    await keep(con, here, known, box_id, given, caller.author)
    return await supplies(con, here, known, known.row.now)


async def keep(
    con: asyncpg.Connection, here: UUID, known: Loaded, box_id: UUID, given: NewSupply, author: Author
) -> None:
    """Keep a hand-over once; new boxes settle an open refill. Raises ContentRefused."""
    drug = next((d for d in known.course.regimen.drugs if d.inn == given.drug), None)
    if drug is None or (drug.strengths_mg and given.strength_mg not in drug.strengths_mg):
        raise ContentRefused(faults=(Fault("strength_mg", "Not a drug and strength of this treatment."),))
    now, patient_id = known.row.now, known.row.patient_id
    today = day_of(known.course.zones, now)
    on = given.on or today
    if not known.row.started_on - timedelta(days=90) <= on <= today:
        raise ContentRefused(faults=(Fault("on", "Not in the future, nor long before the treatment."),))
    row = DispensingRow(box_id, given.drug, given.strength_mg, given.kind, given.units, on, author.kind, author.id, now)
    if not await stock.add(con, here, patient_id, known.row.id, row):
        return
    detail = '{"kind": "' + given.kind + '"}'
    await events.add_as(con, here, author, "boxes_recorded", patient_id, box_id, detail)
    if given.kind == "dispensed":
        await settle(con, here, known, author.id if author.kind == "staff" else None)
    await check(con, here, known, now)


async def own(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller) -> Supplies:
    """The calling patient's boxes. Raises NoCourse."""
    known = await courses.current(con, rulebook, caller.establishment_id, caller.patient_id)
    return await supplies(con, caller.establishment_id, known, known.row.now)


async def supplies(con: asyncpg.Connection, here: UUID, known: Loaded, now: datetime) -> Supplies:
    """What is at home."""
    rows = await stock.of_course(con, here, known.row.id)
    lines = [
        StockLine(
            inn,
            title,
            [UnitsLeft(u.count, u.strength_mg, u.written) for u in left.left],
            left.days_left,
            left.gap_on,
            left.remind_on,
        )
        for inn, title, left in await _stocks(con, here, known, rows, now)
    ]
    told = [SupplyLine(r.id, r.drug, r.strength_mg, r.units, r.kind, r.dispensed_on, r.author_kind) for r in rows]
    return Supplies(lines, told)


async def _stocks(
    con: asyncpg.Connection, here: UUID, known: Loaded, rows: list[DispensingRow], now: datetime
) -> list[tuple[str, Text, Stock]]:
    if not rows:
        return []
    first = min(r.dispensed_on for r in rows)
    entries = await adherence.told(con, here, known, first, day_of(known.course.zones, now) + timedelta(days=1))
    got = [
        Dispensed(
            drug=r.drug,
            on=r.dispensed_on,
            strength_mg=r.strength_mg,
            units=r.units if r.kind == "dispensed" else -r.units,
        )
        for r in rows
    ]
    return [
        (drug.inn, drug.title, left)
        for drug in known.course.regimen.drugs
        if (left := stock_of(known.course, drug, got, entries, now))
    ]


async def check(con: asyncpg.Connection, here: UUID, known: Loaded, now: datetime) -> bool:
    """Open a refill when the boxes will not last, and tell the administrative coordination each day until it is settled.

    A course on hold needs nothing now; one that has ended never again.
    """
    if known.ended or known.row.state not in ("planned", "active"):
        return False
    rows = await stock.of_course(con, here, known.row.id)
    today = day_of(known.course.zones, now)
    gaps = [
        left.gap_on
        for _, _, left in await _stocks(con, here, known, rows, now)
        if left.gap_on is not None and left.remind_on is not None and left.remind_on <= today
    ]
    return await wanted(con, here, known, min(gaps), now) if gaps else False


async def wanted(con: asyncpg.Connection, here: UUID, known: Loaded, empty_on: date, now: datetime) -> bool:
    """New boxes are wanted by this day: on the list, and each of the administrative coordination hears of it once a day."""
    opened = await stock.open_refill(con, here, known.row.id, empty_on, known.row.patient_id)
    today = day_of(known.course.zones, now)
    morning = datetime.combine(today, TOLD_AT, ZoneInfo(known.row.timezone)).astimezone(UTC)
    for person in await stock.administrative_staff(con, here):
        await notices.put(
            con,
            NewNotice(
                establishment_id=here,
                person_kind=PersonKind.STAFF,
                person_id=person,
                kind=NoticeKind.TASK,
                dedupe_key=f"refill:{known.row.id}:{today}:{person}",
                run_after=max(morning, now),
                expires_at=max(morning, now) + timedelta(hours=12),
                subject_id=known.row.id,
            ),
        )
    return opened


async def settle(con: asyncpg.Connection, here: UUID, known: Loaded, by: UUID | None) -> bool:
    """Nothing is wanted any more: new boxes are there, or the treatment has ended."""
    await notices.cancel_about(con, here, NoticeKind.TASK, known.row.id)
    return await stock.settle_refill(con, here, known.row.id, by)


async def dismiss(con: asyncpg.Connection, rulebook: Rulebook, caller: Caller, patient_id: UUID) -> None:
    """The coordination has seen to it otherwise. Raises NotFound, NoCourse."""
    known = await courses.of_patient(con, rulebook, caller, patient_id)
    if not await settle(con, caller.establishment_id, known, caller.person_id):
        raise NotFound
    await events.add(con, caller, "refill_settled", patient_id=patient_id, subject_id=known.row.id)


async def refills(con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, caller: Caller) -> list[RefillLine]:
    """Who needs new boxes, most pressing first."""
    rows = await stock.refills(con, caller.establishment_id, caller.person_id, caller.role)
    await events.add(con, caller, "refills_listed")
    return [
        RefillLine(
            r.patient_id,
            safe.identity(r.patient_id, r.identity).name,
            rulebook.regimen(r.regimen).title,
            r.empty_on,
            r.opened_at,
        )
        for r in rows
    ]
