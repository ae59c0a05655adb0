"""What time does to cases that somebody has: forgotten ones are called again, waiting ends, the patient should have been spoken to."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from app.db import covers, timers
from app.db.timers import Overdue
from app.domain import escalation
from app.domain.rulebook import Rulebook
from app.domain.triage import Recipient, TriageLevel
from app.services.calendars import opening_hours

BATCH = 100


async def pass_time(con: asyncpg.Connection, rulebook: Rulebook) -> set[UUID]:
    """All of it, in the caller's transaction; which establishments have news. Safe to run twice, or in two workers."""
    news = (
        await timers.pause_over(con, BATCH) | await timers.contact_overdue(con, BATCH) | await covers.close_ended(con)
    )
    for establishment_id, alert_id in await timers.hold_overdue(con, BATCH):
        if case := await timers.overdue(con, establishment_id, alert_id):
            await _call_again(con, rulebook, case)
            news.add(establishment_id)
    return news


async def _call_again(con: asyncpg.Connection, rulebook: Rulebook, case: Overdue) -> None:
    """By the policy that the alert was born with, from the first rung on."""
    book, level = rulebook.on(case.at.date()), TriageLevel(case.level)
    hours = opening_hours(book, case.timezone, case.hours)
    policy = book.policies.of_alert(case.policy)
    steps = escalation.plan(Recipient(case.recipient), level, case.emergency, policy, book, case.at, hours)
    await timers.again(con, case, escalation.due(book.outcome(level, case.emergency), case.at, hours), steps)
