"""The way out: lease what is due, send it, record what came of it. No network inside a transaction."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from datetime import timedelta

import asyncpg
from msgspec import json

from app.db import devices, outbox
from app.db.devices import Device
from app.db.door import STALE
from app.db.hints import Hints
from app.db.outbox import Notification
from app.delivery.web_push import WebPush
from app.domain.endpoints import Subscription
from app.domain.escalation import waits_for_nobody
from app.domain.notifications import Outcome, OutcomeKind, PushMessage, next_attempt_at, topic_of, urgency_of
from app.domain.triage import TriageLevel
from app.services import escalation

log = logging.getLogger("vigie.delivery")
MOST = 256  # calls on their way at once; the cap per push service is the channel's
POLL = 1.0  # seconds; hints make it faster
WANTED_FOR = timedelta(hours=4)  # a push that could not be shown by then is superseded by the escalation

# Neutral on purpose: a locked screen is read by anybody.
TITLE = {"fr": "Vigie : une alerte vous attend", "en": "Vigie: an alert is waiting for you"}
BODY = {"fr": "Ouvrez Vigie pour la prendre en charge.", "en": "Open Vigie to take it."}


class Sender:
    """Empties the outbox. As many as wanted may run over one database."""

    def __init__(self, pool: asyncpg.Pool, push: WebPush, hints: Hints, origin: str) -> None:
        self._pool, self._push, self._hints, self._origin = pool, push, hints, origin
        self._wake = asyncio.Event()
        self._sending: set[asyncio.Task[None]] = set()
        hints.listen(lambda _: self._wake.set())

    async def run(self) -> None:
        """Until cancelled: begin to send what is due, then wait for a hint or the next poll."""
        try:
            while True:
                self._wake.clear()
                try:
                    while await self.send_due():
                        pass
                except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as why:
                    log.warning("outbox unreachable", extra={"error": type(why).__name__})
                    await asyncio.sleep(POLL)
                with suppress(TimeoutError):
                    await asyncio.wait_for(self._wake.wait(), POLL)
        finally:
            for task in self._sending:
                task.cancel()  # the leases lapse, another sender takes over

    async def send_due(self) -> int:
        """Begin to send what is due, as far as there is room; how many. A slow push service holds up its own calls only."""
        room = MOST - len(self._sending)
        if room <= 0:
            return 0
        async with self._pool.acquire() as con:
            leased = await outbox.lease(con, room)
        for n in leased:
            task = asyncio.create_task(self._send(n))
            self._sending.add(task)
            task.add_done_callback(self._sent)
        return len(leased)

    def _sent(self, task: asyncio.Task[None]) -> None:
        if len(self._sending) == MOST:
            self._wake.set()
        self._sending.discard(task)

    async def _send(self, n: Notification) -> None:
        try:
            async with self._pool.acquire() as con:
                to = await devices.of_person(con, n.home_establishment_id, n.staff_id)
            outcomes = await asyncio.gather(*(self._push_to(n, device) for device in to))
            async with self._pool.acquire() as con:
                await self._record(con, n, to, list(outcomes))
        except (*STALE, asyncpg.PostgresError, OSError, TimeoutError) as why:
            log.warning("not recorded, the lease will lapse", extra={"error": type(why).__name__})
        except Exception:  # one call that we cannot handle must not end the sending of all others
            log.exception("not sent, the lease will lapse")
        else:
            self._hints.say(n.establishment_id)

    async def _push_to(self, n: Notification, device: Device) -> Outcome:
        message = PushMessage(
            payload=self._payload(n),
            urgency=urgency_of(TriageLevel(n.level)),
            topic=topic_of(n.alert_id),
            expires_at=n.created_at + WANTED_FOR,
            attempt=n.attempts,
        )
        return await self._push.send(
            message, Subscription(device.endpoint, device.p256dh, device.auth, device.server_key), n.at
        )

    def _payload(self, n: Notification) -> bytes:
        """Declarative web push; the service worker reads the same document."""
        return json.encode(
            {
                "web_push": 8030,
                "notification": {
                    "title": TITLE[n.locale],
                    "body": BODY[n.locale],
                    "lang": n.locale,
                    "navigate": f"{self._origin}/clinic/#/alerts/{n.alert_id}",
                    "tag": topic_of(n.alert_id),
                    "require_interaction": waits_for_nobody(TriageLevel(n.level)),
                },
                "receipt": {"url": "/api/receipts", "token": f"{n.establishment_id.hex}.{n.token}"},
            }
        )

    async def _record(
        self, con: asyncpg.Connection, n: Notification, to: list[Device], outcomes: list[Outcome]
    ) -> None:
        for device, outcome in zip(to, outcomes, strict=True):
            if outcome.kind is OutcomeKind.GONE:
                await devices.drop(con, n.home_establishment_id, n.staff_id, device.id)
            elif outcome.kind in (OutcomeKind.OUR_FAULT, OutcomeKind.REFUSED):
                log.error("push refused", extra={"because": outcome.because, "status": outcome.status})
        if any(o.kind is OutcomeKind.ACCEPTED for o in outcomes):
            return await outbox.accepted(con, n)
        again = [o for o in outcomes if o.kind is OutcomeKind.RETRY]
        wanted = n.created_at + WANTED_FOR
        if again and (when := next_attempt_at(again[0], n.at, min(wanted, n.next_rung_at or wanted))):
            return await outbox.retry(con, n, (when - n.at).total_seconds(), counts=again[0].attempted)
        if await outbox.at_a_screen(con, n):
            return await outbox.shown_on_screen(con, n)
        async with con.transaction():
            await escalation.give_up(con, n, outcomes[0].because if outcomes else "no_device")
        return None
