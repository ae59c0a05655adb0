"""Periodic work, ticked by APScheduler on the one process that holds the lease. A tick only looks for rows that are due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import UTC
from uuid import UUID, uuid4

import asyncpg
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from app.db import agreements, cleaning, events, leases, notices
from app.db.door import TROUBLE
from app.db.hints import Hints
from app.delivery.heartbeat import Heartbeat
from app.services import escalation, reaching, technical

log = logging.getLogger("vigie.sweeps")
LEASE = "sweeps"
WATCH = "invariants"
Tick = tuple[Callable[[], Awaitable[None]], int]  # what to do, and seconds between two of them
RENEW = 2.0  # seconds; the lease lasts six


class Sweeps:
    """Stands for leader; ticks the sweeps while it leads: those here, which need no rulebook, and `more`."""

    def __init__(
        self,
        pool: asyncpg.Pool,
        hints: Hints,
        heartbeat: Heartbeat | None = None,
        more: Sequence[Tick] = (),
    ) -> None:
        self._pool, self._hints, self._heartbeat, self._me = pool, hints, heartbeat, uuid4()
        # misfire_grace_time: the default of 1 s drops ticks silently when the loop is busy (stack.md, section 5)
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 30}
        )
        self._seen: frozenset[tuple[UUID, str]] = frozenset()
        self._watched = False  # since the last beat
        for tick, seconds in (
            (self.climb, 1),
            (self.silent, 1),
            (self.carry, 1),
            (self.seal, 5),
            (self.watch, 10),
            (self.beat, 15),
            (self.test_reach, 60),
            (self.clean, 600),
            *more,
        ):
            self._scheduler.add_job(self._safely(tick), "interval", seconds=seconds, id=tick.__name__)

    async def run(self) -> None:
        """Until cancelled: take or renew the lease, and tick only while it is ours."""
        self._scheduler.start(paused=True)
        leading = False
        try:
            while True:
                won = await self._take()
                if won is not leading:
                    (self._scheduler.resume if won else self._scheduler.pause)()
                    log.info("leads the sweeps" if won else "no longer leads the sweeps")
                    leading = won
                await asyncio.sleep(RENEW)
        finally:
            self._scheduler.shutdown(wait=False)
            async with asyncio.timeout(2), self._pool.acquire() as con:
                await leases.give_up(con, LEASE, self._me)

    async def climb(self) -> None:
        """Escalation steps that are due: all of them, however many a storm or a night without a worker has left.

        A database that is too slow for as many at once as usual is asked for fewer: nothing would move any more otherwise.
        """
        news, batch = None, escalation.BATCH
        while news is None or news:
            try:
                async with self._pool.acquire() as con, con.transaction():
                    news = await escalation.climb(con, batch)
            except TimeoutError:
                if batch == 1:
                    raise
                batch = max(batch // 8, 1)
                log.warning("climbs in smaller steps", extra={"count": batch})
            else:
                self._tell(news)

    async def silent(self) -> None:
        """Pushes that nobody has receipted."""
        async with self._pool.acquire() as con, con.transaction():
            self._tell(await escalation.give_up_on_silent(con))
        async with self._pool.acquire() as con, con.transaction():
            await notices.give_up_on_silent(con)

    async def carry(self) -> None:
        """Signatures from one establishment to the other."""
        async with self._pool.acquire() as con, con.transaction():
            self._tell(await agreements.carry(con))

    async def seal(self) -> None:
        """Audit rows into their chain."""
        async with self._pool.acquire() as con, con.transaction():
            await events.seal(con)

    async def watch(self) -> None:
        """What must never be. That this very look was taken is written down: its own silence is an alarm (`/health/ready`)."""
        async with self._pool.acquire() as con:
            async with con.transaction():
                self._seen = await technical.watch(con, self._seen)
            await leases.take(con, WATCH, self._me)
        self._watched = True

    async def beat(self) -> None:
        """Tell the watcher outside that what must never be was looked for since the last beat."""
        if self._heartbeat is not None and self._watched:
            self._watched = not await self._heartbeat.beat()

    async def test_reach(self) -> None:
        """The weekly test of each device and contact."""
        async with self._pool.acquire() as con, con.transaction():
            await reaching.put_tests(con, 200)

    async def clean(self) -> None:
        """Rows that are of no use any more."""
        async with self._pool.acquire() as con:
            await cleaning.remove_dead(con)

    async def _take(self) -> bool:
        try:
            async with self._pool.acquire(timeout=2) as con:
                return await leases.take(con, LEASE, self._me) is not None
        except TROUBLE as why:
            log.warning("database unreachable", extra={"error": type(why).__name__})
            return False

    def _tell(self, news: set[UUID]) -> None:
        for establishment_id in news:
            self._hints.say(establishment_id)

    @staticmethod
    def _safely(tick: Callable[[], Awaitable[None]]) -> Callable[[], Awaitable[None]]:
        """A tick that fails is logged and tried again at the next one."""

        async def ticked() -> None:
            try:
                await tick()
            except asyncio.CancelledError:
                return  # the scheduler shuts down; it would log this as an error
            except TROUBLE as why:
                log.error("sweep failed", extra={"what": tick.__name__, "error": type(why).__name__})

        return ticked
