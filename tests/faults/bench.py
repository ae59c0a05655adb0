"""Where the state machine works: a database, workers in this process that can be frozen and killed, and devices (N21)."""

from __future__ import annotations

import asyncio
from collections import Counter
from collections.abc import Awaitable, Callable, Coroutine
from contextlib import AsyncExitStack
from datetime import datetime
from functools import partial
from typing import Any, TypeVar
from uuid import UUID

import asyncpg

from app.db import outbox
from app.db.cluster import Cluster
from app.db.hints import Hints
from app.db.outbox import Notification
from app.delivery.ways import Ways
from app.domain import escalation as plans
from app.domain.messages import Message
from app.domain.notifications import Outcome, OutcomeKind
from app.domain.reach import Channel, Contact, Device
from app.domain.triage import Recipient, TriageLevel
from app.jobs.delivery import Sender
from app.services import escalation, timers
from app.services.calendars import opening_hours
from tests.cast import Cast, people
from tests.faults.model import Hours
from tests.rules.book import rulebook
from tests.world import Seed

T = TypeVar("T")
WORKERS = 3
# Nobody's minute is ever full: no call waits for the next one.
FORGETFUL = """
create function forget() returns trigger language plpgsql as $$ begin new.window_at := null; return new; end $$;
create trigger forget before update on call_pace for each row execute function forget()
"""


class Outside:
    """The world outside: what devices have shown, and how often each message was pushed. One for all workers."""

    def __init__(self) -> None:
        self.shown: list[str] = []  # tokens of what a device has shown and not yet receipted
        self.pushed: Counter[str] = Counter()  # by token


class Network(Ways):
    """One worker's way there: each device answers, is silent or is gone, as its label says; a receipt comes at once or never."""

    def __init__(self, outside: Outside) -> None:
        self.configured = frozenset({Channel.WEB_PUSH})
        self.outside, self.waiting = outside, 0
        self.frozen = asyncio.Event()
        self.goes_on = asyncio.Event()
        self.goes_on.set()

    async def send(self, message: Message, target: Device | Contact, now: datetime) -> Outcome:
        """What becomes of one push. A worker that is frozen hears of it only when it thaws."""
        assert isinstance(target, Device)
        if now >= message.expires_at:
            return Outcome(kind=OutcomeKind.GIVE_UP, because="expired", attempted=False)
        token = message.receipt.partition(".")[2]
        if target.auth != "gone":
            self.outside.pushed[token] += 1
        if target.auth == "answers":
            self.outside.shown.append(token)
        self.waiting += 1
        await self.goes_on.wait()
        self.waiting -= 1
        if target.auth == "gone":
            return Outcome(kind=OutcomeKind.GONE, because="http_410", status=410)
        return Outcome(kind=OutcomeKind.ACCEPTED, because="accepted", status=201)


class Worker:
    """A sender, and the sweeps beside it, as one `vigie work` runs them."""

    def __init__(self, cast: Cast, outside: Outside) -> None:
        self.pool, self.network = cast.worker, Network(outside)
        self.sender = Sender(self.pool, self.network, Hints(cast.where, "vigie_worker"), "https://vigie.example.org")
        self.held: list[Notification] = []

    async def work(self) -> bool:
        """Each sweep once, and all that is due sent; whether there was anything."""
        sweeps = (partial(timers.pass_time, rulebook=rulebook()), escalation.climb)
        news = [await self._sweep(sweep) for sweep in sweeps]
        news.append(bool(await self.sender.send_due()))
        while self.sender._sending:
            await asyncio.wait(set(self.sender._sending))
        return any(news)

    async def give_up(self) -> bool:
        """The sweep that gives up on silent devices."""
        return await self._sweep(escalation.give_up_on_silent)

    async def freeze(self, pushing: bool) -> None:
        """Take all that is due and stand still: before anything is pushed, or while it is."""
        if not pushing:
            async with self.pool.acquire() as con:
                self.held = await outbox.lease(con, 256)
            return
        self.network.goes_on.clear()
        await self.sender.send_due()
        while (busy := set(self.sender._sending)) and len(busy) > self.network.waiting:
            await asyncio.wait(busy, timeout=0.002)  # who has nowhere to push to is done soon, the others wait there

    async def thaw(self) -> None:
        """Go on where it stood."""
        for call in self.held:
            self.sender._begin(call.establishment_id, self.sender._send_call(call))
        self.held = []
        self.network.goes_on.set()
        while self.sender._sending:
            await asyncio.wait(set(self.sender._sending))

    async def kill(self) -> None:
        """Never go on."""
        sending, self.held = set(self.sender._sending), []
        for task in sending:
            task.cancel()
        await asyncio.gather(*sending, return_exceptions=True)
        self.network.waiting = 0
        self.network.goes_on.set()

    async def _sweep(self, sweep: Callable[[asyncpg.Connection], Awaitable[set[UUID]]]) -> bool:
        async with self.pool.acquire() as con, con.transaction():
            return bool(await sweep(con))


class Bench:
    """The database, and a loop of its own: Hypothesis does not wait for anything."""

    def __init__(self, cluster: Cluster, seeded: Seed) -> None:
        self.loop = asyncio.new_event_loop()
        self._stack = AsyncExitStack()
        self.cast = self.run(self._stack.enter_async_context(people(cluster, seeded)))
        self.run(self.cast.superuser.execute(FORGETFUL))
        self.outside = Outside()
        self.workers = [Worker(self.cast, self.outside) for _ in range(WORKERS)]

    def run(self, waiting: Coroutine[Any, Any, T]) -> T:
        """Wait for it."""
        return self.loop.run_until_complete(waiting)

    def close(self) -> None:
        """Drop the database."""
        self.run(self._stack.aclose())
        self.loop.close()


def orange(at: datetime) -> Hours:
    """The hours of an orange that begins at `at`, as the rulebook has them."""
    book = rulebook().on(at.date())
    hours = opening_hours(book, "Europe/Paris")
    due = plans.due(book.outcome(TriageLevel.ORANGE, False), at, hours)
    policy = book.policies.of_alert("standard.2026-01-01")
    rungs = plans.plan(Recipient.LEVEL2, TriageLevel.ORANGE, False, policy, book, at, hours)
    return Hours([rung.due_at for rung in rungs], due.acknowledge_at, due.contact_at)
