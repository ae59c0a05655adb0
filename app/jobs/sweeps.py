"""Periodic work, ticked by APScheduler on the one process that holds the lease. A tick only looks for rows that are due."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable
from datetime import UTC
from uuid import UUID, uuid4

import asyncpg
from apscheduler.schedulers.asyncio import AsyncIOScheduler

from app.db import cleaning, escalations, events, leases
from app.db.hints import Hints
from app.services import escalation

log = logging.getLogger("vigie.sweeps")
LEASE = "sweeps"
RENEW = 2.0  # seconds; the lease lasts six


class Sweeps:
    """Stands for leader; ticks the sweeps while it leads."""

    def __init__(self, pool: asyncpg.Pool, hints: Hints, *more: tuple[Callable[[], Awaitable[None]], int]) -> None:
        """`more` are ticks of other modules, each with its seconds."""
        self._pool, self._hints, self._me = pool, hints, uuid4()
        # misfire_grace_time: the default of 1 s drops ticks silently when the loop is busy (stack.md, section 5)
        self._scheduler = AsyncIOScheduler(
            timezone=UTC, job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": 30}
        )
        for tick, seconds in (
            (self.climb, 1),
            (self.silent, 1),
            (self.seal, 5),
            (self.watch, 10),
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
        """Escalation steps that are due: all of them, however many a storm or a night without a worker has left."""
        news: set[UUID] | None = None
        while news is None or news:
            async with self._pool.acquire() as con, con.transaction():
                news = await escalation.climb(con)
            self._tell(news)

    async def silent(self) -> None:
        """Pushes that nobody has receipted."""
        async with self._pool.acquire() as con, con.transaction():
            self._tell(await escalation.give_up_on_silent(con))

    async def seal(self) -> None:
        """Audit rows into their chain."""
        async with self._pool.acquire() as con, con.transaction():
            await events.seal(con)

    async def watch(self) -> None:
        """What must never be."""
        async with self._pool.acquire() as con:
            if stuck := await escalations.stuck(con):
                log.critical("open alerts that no timer watches", extra={"count": stuck})

    async def clean(self) -> None:
        """Rows that are of no use any more."""
        async with self._pool.acquire() as con:
            await cleaning.remove_dead(con)

    async def _take(self) -> bool:
        try:
            async with self._pool.acquire(timeout=2) as con:
                return await leases.take(con, LEASE, self._me) is not None
        except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as why:
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
            except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError) as why:
                log.error("sweep failed", extra={"what": tick.__name__, "error": type(why).__name__})

        return ticked
