"""The fortnight's question comes to the phone: one neutral notice for each question, at an hour that suits, and never in bad moments.

Nobody is pushed who wants no reminders, who is no longer followed, about whom an alert waits for somebody or is not a day old, or while
a call of the house still waits to leave: the question can wait, and it is shown anyway when Vigie is opened.
"""

from __future__ import annotations

from datetime import UTC, date, datetime, time, timedelta
from uuid import UUID
from zoneinfo import ZoneInfo

import asyncpg

from app.db import notices, outcome_timers
from app.domain.civil import local_day
from app.domain.courses import DAY_BEGINS, hours_on, schedule_of
from app.domain.errors import NoCourse
from app.domain.notices import NewNotice, NoticeKind, PersonKind
from app.domain.outcomes import GRACE_DAYS, WindowState
from app.domain.rulebook import Rulebook
from app.services import courses, outcomes
from app.services.outcomes import question_key

ASKED_AT = time(
    11
)  # an operational choice: after the morning's intake and the hour at which a missed report is asked for
LATEST = time(18)  # who begins the day later than this is asked then all the same
UNTIL = time(20)  # and nobody after that: a question is no reason to disturb an evening
WHILE_ILL = timedelta(hours=1)
WHILE_BUSY = timedelta(minutes=5)  # calls leave within seconds
DAY = timedelta(days=1)


async def look(con: asyncpg.Connection, rulebook: Rulebook, here: UUID, patient_id: UUID) -> None:
    """See to one patient whose time has come, and say when to look again. In a transaction that holds the patient's lock."""
    stands = await outcome_timers.take(con, here, patient_id)
    if stands is None:
        return
    now, zone = stands.now, ZoneInfo(stands.timezone)
    today = local_day(now, stands.timezone)
    fortnights = [] if stands.left else await outcomes.fortnights(con, here, patient_id, now)
    due = next((w for w in fortnights if w.state is WindowState.DUE), None)
    ends = [w.last_on for w in fortnights if w.state is WindowState.RUNNING]
    clock = await _hour(con, rulebook, here, patient_id, today)

    def at(day: date, hour: time) -> datetime:
        return datetime.combine(day, hour, zone).astimezone(UTC)

    after = at(min(ends) + DAY, clock) if ends else None
    if due is not None and not await notices.spent(con, here, question_key(patient_id, due.first_on)):
        opens, closes = at(today, clock), at(today, UNTIL)
        again: datetime | None = opens if now < opens else at(today + DAY, clock)
        if stands.wanted and opens <= now < closes:
            if not stands.ill and not stands.busy:
                await _ask(con, here, patient_id, due.first_on, closes)
                again = None
            else:
                again = now + (WHILE_ILL if stands.ill else WHILE_BUSY)
        if again is not None and local_day(again, stands.timezone) <= due.last_on + timedelta(days=GRACE_DAYS):
            after = again
    await outcome_timers.look_again(con, here, patient_id, after)


async def _ask(con: asyncpg.Connection, here: UUID, patient_id: UUID, first_on: date, until: datetime) -> None:
    await notices.put(
        con,
        NewNotice(
            establishment_id=here,
            person_kind=PersonKind.PATIENT,
            person_id=patient_id,
            kind=NoticeKind.OUTCOME_QUESTION,
            dedupe_key=question_key(patient_id, first_on),
            expires_at=until,
        ),
    )


async def _hour(con: asyncpg.Connection, rulebook: Rulebook, here: UUID, patient_id: UUID, today: date) -> time:
    """Eleven o'clock, or when the patient's own day begins if that is later: who sleeps until noon is not woken for a question."""
    try:
        known = await courses.current(con, rulebook, here, patient_id)
    except NoCourse:
        return ASKED_AT
    first = [
        min(day)
        for drug in known.course.regimen.drugs
        if (line := schedule_of(known.course, drug))
        and (day := [clock for clock in hours_on(known.course, drug, line, today) if clock >= DAY_BEGINS])
    ]
    return max(ASKED_AT, min(min(first, default=ASKED_AT), LATEST))
