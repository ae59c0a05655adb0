"""Climbing the ladder: whose time has come is called, and when nobody is left the alert says so."""

from __future__ import annotations

from uuid import UUID

import asyncpg

from app.db import escalations, outbox
from app.db.outbox import Lost, Notification
from app.domain.escalation import waits_for_nobody
from app.domain.reach import Channel, holds_the_ladder
from app.domain.triage import TriageLevel

BATCH = 1000  # alerts in one statement: their locks, for which an acknowledgement may have to wait, last some tens of milliseconds


async def climb(con: asyncpg.Connection, batch: int = BATCH) -> set[UUID]:
    """Take rungs that are due, red first, one of each alert; which establishments have news. Safe to run twice, or in two workers.

    To be called in transactions of their own until there is no news: where a clock has jumped over several rungs, each call takes one.
    """
    return await escalations.climb(con, batch)


async def give_up(con: asyncpg.Connection, call: Notification, because: str) -> None:
    """This call has reached nobody, and no retry is left; an urgent alert goes on once every call of its rung has failed.

    In a transaction of its own.
    """
    await _go_on(con, await outbox.failed(con, call, because))


async def handed_over(con: asyncpg.Connection, call: Notification, channel: Channel) -> None:
    """A channel has taken this call. A red does not wait for a channel on which nobody may answer. In a transaction of its own."""
    holds = holds_the_ladder(channel, TriageLevel(call.level))
    if not holds:
        await outbox.hold(con, call)
    await _go_on(con, await outbox.accepted(con, call, channel, holds=holds))


async def give_up_on_silent(con: asyncpg.Connection) -> set[UUID]:
    """Calls that no phone has receipted in time have failed; an urgent alert goes on to its next rung at once."""
    lost = await outbox.unreceipted(con)
    await _go_on(con, lost)
    return {call.establishment_id for call in lost}


async def _go_on(con: asyncpg.Connection, lost: list[Lost]) -> None:
    urgent = [call for call in lost if call.now and waits_for_nobody(TriageLevel(call.level))]
    await escalations.next_steps_now(con, [(c.establishment_id, c.alert_id, c.round, c.step) for c in urgent])
