"""The way out: lease what is due, send it, record what came of it. No network inside a transaction."""

from __future__ import annotations

import asyncio
import logging
from collections import Counter
from collections.abc import Coroutine
from contextlib import suppress
from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.db import attempts, devices, notices, outbox, reach
from app.db.attempts import Attempt
from app.db.door import TROUBLE
from app.db.hints import Hints
from app.db.notices import DueNotice
from app.db.outbox import Notification
from app.delivery.ways import Ways
from app.domain import messages
from app.domain.messages import WANTED_FOR, Message
from app.domain.notices import PATIENCE, NoticeKind, PersonKind
from app.domain.notifications import Outcome, OutcomeKind, next_attempt_at
from app.domain.reach import Channel, Contact, Device, Reach, next_channel
from app.domain.verdicts import TriageLevel
from app.services import escalation, technical

log = logging.getLogger("vigie.delivery")
MOST = 256  # messages on their way at once; the cap per push service is the channel's
POLL = 1.0  # seconds; hints make it faster
FLUSH = 5.0  # seconds between two additions to what monitoring counts


class Tried(Struct, frozen=True):
    """One attempt and what came of it."""

    channel: Channel
    target: Device | Contact
    outcome: Outcome


class Sender:
    """Empties the outboxes. As many as wanted may run over one database."""

    def __init__(self, pool: asyncpg.Pool, ways: Ways, hints: Hints, origin: str) -> None:
        self._pool, self._ways, self._hints, self._origin = pool, ways, hints, origin
        self._wake = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        self._counted: Counter[tuple[str, str, str]] = Counter()
        hints.listen(lambda _: self._wake.set())

    async def run(self) -> None:
        """Until cancelled: begin to send what is due, then wait for a hint or the next poll."""
        flushing = asyncio.create_task(self._flush_often())
        try:
            while True:
                self._wake.clear()
                try:
                    while await self.send_due():
                        pass
                except TROUBLE as why:
                    log.warning("outbox unreachable", extra={"error": type(why).__name__})
                    await asyncio.sleep(POLL)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), POLL)
        finally:
            flushing.cancel()
            for task in self._sending:
                task.cancel()  # the leases lapse, another sender takes over

    async def send_due(self) -> int:
        """Begin to send what is due, as far as there is room; how many. A slow push service holds up its own messages only."""
        room = MOST - len(self._sending)
        if room <= 0:
            return 0
        async with self._pool.acquire() as con:
            calls = await outbox.lease(con, room)
            due = await notices.lease(con, room - len(calls)) if room > len(calls) else []
        for call in calls:
            self._begin(call.establishment_id, self._send_call(call))
        for notice in due:
            self._begin(notice.establishment_id, self._send_notice(notice))
        return len(calls) + len(due)

    def _begin(self, establishment_id: UUID, sending: Coroutine[Any, Any, None]) -> None:
        task = asyncio.create_task(self._safely(establishment_id, sending))
        self._sending.add(task)
        task.add_done_callback(self._sent)

    def _sent(self, task: asyncio.Task[None]) -> None:
        if len(self._sending) >= MOST:
            self._wake.set()
        self._sending.discard(task)

    async def _safely(self, establishment_id: UUID, sending: Coroutine[Any, Any, None]) -> None:
        try:
            await sending
        except TROUBLE as why:
            log.warning("not recorded, the lease will lapse", extra={"error": type(why).__name__})
        except Exception:  # one message that we cannot handle must not end the sending of all others
            log.exception("not sent, the lease will lapse")
        else:
            self._hints.say(establishment_id)

    # -- calls

    async def _send_call(self, n: Notification) -> None:
        async with self._pool.acquire() as con:
            who = await reach.of_staff(con, n.home_establishment_id, n.staff_id)
            channel = next_channel(who, self._ways.configured, n.tried)
            if channel not in (None, Channel.WEB_PUSH) and await outbox.already_told(con, n, str(channel)):
                return await outbox.next_way(con, n, str(channel))
            wanted = await outbox.still_wanted(con, n)
        if not wanted:
            return None
        message = messages.call(
            establishment_id=n.establishment_id,
            message_id=n.bundle_id or n.id,
            alert_id=n.alert_id,
            staff_id=n.staff_id,
            token=n.token,
            level=TriageLevel(n.level),
            locale=n.locale,
            count=wanted if n.bundle_id else 1,
            created_at=n.wanted_at,
            attempt=n.attempts,
            origin=self._origin,
        )
        tried = await self._try(message, who, channel, n.at) if channel else []
        async with self._pool.acquire() as con, con.transaction():
            await self._keep(con, n.establishment_id, "call", n.bundle_id or n.id, tried)
            await self._forget_gone(con, n.home_establishment_id, n.staff_id, tried)
            await self._settle_call(con, n, who, channel, [each.outcome for each in tried])
            await self._complain(con, n.establishment_id, tried)
        return None

    async def _settle_call(
        self, con: asyncpg.Connection, n: Notification, who: Reach, channel: Channel | None, outcomes: list[Outcome]
    ) -> None:
        if channel and any(o.kind is OutcomeKind.ACCEPTED for o in outcomes):
            return await escalation.handed_over(con, n, channel)
        again = [o for o in outcomes if o.kind is OutcomeKind.RETRY]
        wanted = n.wanted_at + WANTED_FOR
        if again and (when := next_attempt_at(again[0], n.at, min(wanted, n.next_rung_at or wanted))):
            return await outbox.retry(con, n, (when - n.at).total_seconds(), counts=again[0].attempted)
        behind = [*n.tried, *([channel] if channel else ())]
        if channel and next_channel(who, self._ways.configured, behind):
            return await outbox.next_way(con, n, channel)
        if await outbox.at_a_screen(con, n.home_establishment_id, n.staff_id):
            await attempts.add(con, [_on_screen(n.establishment_id, "call", n.bundle_id or n.id)])
            return await outbox.shown_on_screen(con, n)
        return await escalation.give_up(con, n, outcomes[0].because if outcomes else "no_device")

    # -- notices

    async def _send_notice(self, n: DueNotice) -> None:
        async with self._pool.acquire() as con:
            if not n.there:
                return await notices.failed(con, n, "person_left")
            who = await self._reach_of(con, n)
        channel = next_channel(who, self._ways.configured, n.tried)
        message = messages.notice(
            establishment_id=n.establishment_id,
            message_id=n.id,
            person_kind=PersonKind(n.person_kind),
            kind=NoticeKind(n.kind),
            subject_id=n.subject_id,
            token=n.token,
            locale=n.locale,
            code=n.code,
            expires_at=n.expires_at,
            attempt=n.attempts,
            origin=self._origin,
        )
        tried = await self._try(message, who, channel, n.at) if channel else []
        async with self._pool.acquire() as con, con.transaction():
            await self._keep(con, n.establishment_id, "notice", n.id, tried)
            await self._forget_gone(con, n.establishment_id, n.person_id, tried)
            await self._settle_notice(con, n, who, channel, [each.outcome for each in tried])
            await self._complain(con, n.establishment_id, tried)
        return None

    async def _reach_of(self, con: asyncpg.Connection, n: DueNotice) -> Reach:
        if n.person_kind == PersonKind.PATIENT:
            return await reach.of_patient(con, n.establishment_id, n.person_id)
        if n.target_id is not None:
            return await reach.by_one(con, n.establishment_id, n.person_id, n.target_id)
        return await reach.of_staff(con, n.establishment_id, n.person_id)

    async def _settle_notice(
        self, con: asyncpg.Connection, n: DueNotice, who: Reach, channel: Channel | None, outcomes: list[Outcome]
    ) -> None:
        if channel and any(o.kind is OutcomeKind.ACCEPTED for o in outcomes):
            return await notices.accepted(con, n, channel, PATIENCE.total_seconds())
        again = [o for o in outcomes if o.kind is OutcomeKind.RETRY]
        if again and (when := next_attempt_at(again[0], n.at, n.expires_at)):
            return await notices.retry(con, n, (when - n.at).total_seconds(), counts=again[0].attempted)
        if channel and next_channel(who, self._ways.configured, [*n.tried, channel]):
            return await notices.next_way(con, n, channel)
        if n.target_id is None and await outbox.at_a_screen(con, n.establishment_id, n.person_id):
            await attempts.add(con, [_on_screen(n.establishment_id, "notice", n.id)])
            return await notices.shown_on_screen(con, n)
        if any(o.kind is OutcomeKind.GIVE_UP for o in outcomes) and n.at + PATIENCE < n.expires_at:
            return await notices.start_over(con, n, PATIENCE.total_seconds())  # an outage passes, and it can wait
        return await notices.failed(con, n, outcomes[0].because if outcomes else "no_device")

    # -- both

    async def _try(self, message: Message, who: Reach, channel: Channel, at: datetime) -> list[Tried]:
        """Every device or contact of one channel at once: one that is slow or gone holds up no other."""
        targets: tuple[Device | Contact, ...] = who.targets(channel)
        outcomes = await asyncio.gather(*(self._ways.send(message, target, at) for target in targets))
        return [Tried(channel, target, outcome) for target, outcome in zip(targets, outcomes, strict=True)]

    async def _keep(self, con: asyncpg.Connection, here: UUID, kind: str, message_id: UUID, tried: list[Tried]) -> None:
        """Write down what was tried."""
        await attempts.add(
            con,
            [
                Attempt(
                    here, kind, message_id, t.channel, t.target.id, t.outcome.kind, t.outcome.because, t.outcome.status
                )
                for t in tried
            ],
        )
        for each in tried:
            self._counted[each.channel, each.outcome.kind, each.outcome.because] += 1

    async def _forget_gone(self, con: asyncpg.Connection, home: UUID, person_id: UUID, tried: list[Tried]) -> None:
        """A subscription that is gone never comes back. In one order, so that two senders never wait for each other in a ring."""
        gone = {t.target.id for t in tried if t.outcome.kind is OutcomeKind.GONE and t.channel is Channel.WEB_PUSH}
        for device_id in sorted(gone):
            await devices.drop(con, home, person_id, device_id)

    async def _complain(self, con: asyncpg.Connection, here: UUID, tried: list[Tried]) -> None:
        """Say what is our own fault. Last in its transaction: everybody locks alerts before technical alerts, and so nobody in a ring."""
        for each in tried:
            o = each.outcome
            if o.kind in (OutcomeKind.OUR_FAULT, OutcomeKind.REFUSED):
                log.error("push refused", extra={"because": o.because, "status": o.status})
                await technical.tell(con, here, technical.sending_trouble(each.channel, o.kind), {"because": o.because})

    async def _flush_often(self) -> None:
        while True:
            await asyncio.sleep(FLUSH)
            counted, self._counted = self._counted, Counter()
            if not counted:
                continue
            try:
                async with self._pool.acquire() as con:
                    await attempts.count(con, counted)
            except TROUBLE:
                self._counted += counted


def _on_screen(establishment_id: UUID, kind: str, message_id: UUID) -> Attempt:
    """Nothing was sent: a page of this person's is open and shows it."""
    return Attempt(establishment_id, kind, message_id, Channel.SCREEN, None, OutcomeKind.ACCEPTED, "page_open", None)
