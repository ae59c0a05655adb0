"""What leaves Vigie with a clinician: one patient's days as CSV, and one page for the visit as PDF. Each export is written down."""

from __future__ import annotations

import asyncio
import csv
from collections.abc import Iterable
from datetime import date, datetime
from io import StringIO
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from app.db import events, patients
from app.domain.people import Caller
from app.domain.rulebook import Rulebook
from app.services import adherence, courses, supplies, timeline
from app.services.sheet_words import sheet_of
from app.services.vault import Safe
from app.services.visit_sheet import draw

HEAD = (
    *("day", "drug", "cycle", "day_of_cycle", "planned", "held", "expected", "taken", "partial", "on_time", "missed"),
    *("vomited", "unreported", "extra", "rest_day", "during_hold", "mg_planned", "mg_prescribed", "mg_taken"),
)
INTAKE_HEAD = ("day", "drug", "number", "state", "reason", "mg", "taken_at", "recorded_at", "source", "by")
_FORMULA = ("=", "+", "-", "@", "\t", "\r")


def quoted(value: object) -> str:
    """A cell that no spreadsheet takes for a formula: what begins like one gets an apostrophe in front."""
    text = "" if value is None else str(value)
    return f"'{text}" if text.startswith(_FORMULA) else text


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> str:
    """CSV after RFC 4180, with the mark by which spreadsheets know UTF-8."""
    out = StringIO()
    writer = csv.writer(out, lineterminator="\r\n")
    writer.writerow([quoted(cell) for cell in head])
    writer.writerows([quoted(cell) for cell in row] for row in rows)
    return "\ufeff" + out.getvalue()


async def days_csv(
    con: asyncpg.Connection,
    rulebook: Rulebook,
    caller: Caller,
    patient_id: UUID,
    first: date | None,
    last: date | None,
) -> str:
    """One row for each drug and day. Raises NotFound, NoCourse, ContentRefused."""
    known = await courses.of_patient(con, rulebook, caller, patient_id)
    line = await timeline.draw(con, rulebook, caller.establishment_id, known, *timeline.window(known, first, last))
    await events.add(con, caller, "patient_exported", patient_id=patient_id, detail='{"what": "days"}')
    rows = [
        [lane.drug if name == "drug" else getattr(day, name) for name in HEAD]
        for lane in line.drugs
        for day in lane.days
    ]
    return table(HEAD, rows)


async def intakes_csv(
    con: asyncpg.Connection,
    rulebook: Rulebook,
    caller: Caller,
    patient_id: UUID,
    first: date | None,
    last: date | None,
) -> str:
    """One row for each entry that counts, from people and boxes. Raises NotFound, NoCourse, ContentRefused."""
    known = await courses.of_patient(con, rulebook, caller, patient_id)
    since, until = timeline.window(known, first, last)
    entries = await adherence.told(con, caller.establishment_id, known, since, until)
    await events.add(con, caller, "patient_exported", patient_id=patient_id, detail='{"what": "intakes"}')
    zone = ZoneInfo(known.row.timezone)
    rows = [
        (
            e.day,
            e.drug,
            e.number,
            e.kind,
            e.reason,
            e.mg,
            e.taken_at and _local(e.taken_at, zone),
            _local(e.recorded_at, zone),
            e.source,
            e.author_kind,
        )
        for e in sorted(entries, key=lambda e: (e.day, e.drug, e.recorded_at))
    ]
    return table(INTAKE_HEAD, rows)


def _local(at: datetime, zone: ZoneInfo) -> str:
    return at.astimezone(zone).isoformat(timespec="minutes")


async def visit_pdf(
    con: asyncpg.Connection,
    safe: Safe,
    rulebook: Rulebook,
    caller: Caller,
    patient_id: UUID,
    first: date | None,
    last: date | None,
    locale: str,
) -> bytes:
    """One page for the visit. Raises NotFound, NoCourse, ContentRefused."""
    here = caller.establishment_id
    known = await courses.of_patient(con, rulebook, caller, patient_id, hold=False)
    line = await timeline.draw(con, rulebook, here, known, *timeline.window(known, first, last))
    stock = await supplies.supplies(con, here, known, known.row.now)
    row = await patients.one(con, caller, patient_id)
    assert row is not None  # noqa: S101 - seen by of_patient
    await events.add(con, caller, "patient_exported", patient_id=patient_id, detail='{"what": "visit_page"}')
    sheet = sheet_of(known, line, stock, safe.identity(row.id, row.identity), safe.establishment, locale)
    return await asyncio.to_thread(draw, sheet)
