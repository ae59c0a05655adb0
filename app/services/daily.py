"""What is done for a course each day, and whenever a look is due: count, judge, see to boxes, and ask for a report that did not come."""

from __future__ import annotations

from datetime import UTC, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from app.db import adherence as states
from app.db import courses as course_rows
from app.db import notices
from app.domain.civil import local_day
from app.domain.notices import NewNotice, NoticeKind, PersonKind
from app.domain.rulebook import Rulebook
from app.services import adherence, courses, reminders, supplies
from app.services.adherence import Look
from app.services.courses import Loaded

ASKED_AT = time(10)  # an operational choice: in the morning, after the first intake's own reminder
ASKED_FOR = timedelta(hours=12)


async def look(con: asyncpg.Connection, rulebook: Rulebook, establishment_id: UUID, course_id: UUID) -> Look | None:
    """Look at a course whose time has come; None when another worker is at it. In a transaction that holds the patient's lock."""
    state = await states.take(con, establishment_id, course_id)
    row = await course_rows.one(con, establishment_id, course_id) if state else None
    if state is None or row is None:
        return None
    known = courses.loaded(row, rulebook.on(row.now.date()))
    found = await adherence.daily_look(con, rulebook, establishment_id, known, state, row.now)
    await supplies.check(con, establishment_id, known, row.now)
    if found.facts.reports_missed_consecutive > 0 and not known.ended:
        await _ask_for_report(con, establishment_id, known, row.now)
    return found


async def extend(con: asyncpg.Connection, rulebook: Rulebook, establishment_id: UUID, course_id: UUID) -> bool:
    """Write down the next reminders of a course whose time has come; False when another worker is at it."""
    row = await course_rows.one(con, establishment_id, course_id)
    if row is None:
        return False
    return await reminders.extend(con, establishment_id, courses.loaded(row, rulebook.on(row.now.date())), row.now)


async def _ask_for_report(con: asyncpg.Connection, establishment_id: UUID, known: Loaded, now: datetime) -> None:
    """The automatic message for a missed report (triage.md section 9): once for each day on which one is missing."""
    today, zone = local_day(now, known.row.timezone), ZoneInfo(known.row.timezone)
    at = max(datetime.combine(today, ASKED_AT, zone).astimezone(UTC), now)
    await notices.put(
        con,
        NewNotice(
            establishment_id=establishment_id,
            person_kind=PersonKind.PATIENT,
            person_id=known.row.patient_id,
            kind=NoticeKind.REPORT_REMINDER,
            dedupe_key=f"report:{known.row.id}:{today}",
            run_after=at,
            expires_at=at + ASKED_FOR,
            subject_id=known.row.id,
        ),
    )
