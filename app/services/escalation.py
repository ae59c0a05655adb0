"""Climbing the ladder: whose time has come is called, and when nobody is left the alert says so."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from app.db import escalations, outbox
from app.db.outbox import Notification
from app.domain.escalation import waits_for_nobody
from app.domain.triage import TriageLevel

BATCH = 500  # alerts in one statement: their locks, for which an acknowledgement may have to wait, last some tens of milliseconds


async def climb(con: asyncpg.Connection, batch: int = BATCH) -> set[UUID]:
    """Take rungs that are due, red first, one of each alert; which establishments have news. Safe to run twice, or in two workers.

    To be called in transactions of their own until there is no news: where a clock has jumped over several rungs, each call takes one.
    """
    return await escalations.climb(con, batch)


async def give_up(con: asyncpg.Connection, call: Notification, because: str) -> None:
    """This call has reached nobody, and no retry is left; an urgent alert goes on once every call of its rung has failed.

    In a transaction of its own.
    """
    await escalations.hold(con, call.establishment_id, call.alert_id)
    lost = await outbox.failed(con, call, because)
    if lost and waits_for_nobody(TriageLevel(lost.level)):
        await escalations.next_step_now(con, call.establishment_id, call.alert_id, call.round, call.step)


async def give_up_on_silent(con: asyncpg.Connection) -> set[UUID]:
    """Calls that no phone has receipted in time have failed; an urgent alert goes on to its next rung at once."""
    news = set()
    for lost in await outbox.unreceipted(con):
        if waits_for_nobody(TriageLevel(lost.level)):
            await escalations.next_step_now(con, lost.establishment_id, lost.alert_id, lost.round, lost.step)
        news.add(lost.establishment_id)
    return news
