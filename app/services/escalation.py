"""Climbing the ladder: whose time has come is called, and when nobody is left the alert says so."""

from __future__ import annotations

from uuid import UUID

import asyncpg
from msgspec import json

from app.db import escalations, events, outbox
from app.db.escalations import DueStep
from app.db.outbox import Lost, Notification
from app.domain.alerts import AlertState
from app.domain.civil import minute_of_week
from app.domain.escalation import waits_for_nobody
from app.domain.reach import Channel, holds_the_ladder
from app.domain.triage import TriageLevel


async def climb(con: asyncpg.Connection, batch: int = 200) -> set[UUID]:
    """Take every rung that is due, red first; which establishments have news. Safe to run twice, or in two workers."""
    news = set()
    for step in await escalations.due_steps(con, batch):
        await _take(con, step)
        news.add(step.establishment_id)
    return news


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


async def _take(con: asyncpg.Connection, step: DueStep) -> None:
    if step.round != step.current_round or step.state in (AlertState.ACKNOWLEDGED, AlertState.CLOSED):
        await escalations.done(con, step, "superseded")
        return
    if not step.recipients:
        await escalations.done(con, step, "undeliverable")
        await escalations.undeliverable(con, step)
        await events.add_by_system(con, step.establishment_id, "alert_undeliverable", step.alert_id)
        return
    called = await escalations.call(con, step, minute_of_week(step.at, step.timezone))
    if called:
        await escalations.done(con, step, "notified")
        await escalations.open_file_to(con, step, called)
    else:
        await escalations.done(con, step, "nobody")
        if waits_for_nobody(TriageLevel(step.level)):
            await escalations.next_steps_now(con, [(step.establishment_id, step.alert_id, step.round, step.step)])
    if step.step > 0:
        await escalations.escalated(con, step)
        detail = json.encode({"to": step.recipients[0]}).decode()
        await events.add_by_system(con, step.establishment_id, "alert_escalated", step.alert_id, detail)
