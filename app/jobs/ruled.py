"""The sweeps of cases and rosters that ask the rulebook: how long a case may rest, who has to be on duty."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from uuid import UUID

import asyncpg

from app.db import sessions
from app.db.hints import Hints
from app.domain.rulebook import Rulebook
from app.services import rosters, timers


class RuledSweeps:
    """Ticked by the leader, as the worker; two of them at once do no harm."""

    def __init__(self, pool: asyncpg.Pool, rulebook: Rulebook, hints: Hints) -> None:
        self._pool, self._rulebook, self._hints = pool, rulebook, hints

    def ticks(self) -> list[tuple[Callable[[], Awaitable[None]], int]]:
        """Each sweep with its seconds between two ticks."""
        return [(self.remind, 1), (self.look_ahead, 600)]

    async def remind(self) -> None:
        """Cases that somebody has and time has brought back: all of them."""
        news: set[UUID] | None = None
        while news is None or news:
            async with self._pool.acquire() as con, con.transaction():
                news = await timers.pass_time(con, self._rulebook)
            self._tell(news)

    async def look_ahead(self) -> None:
        """Where nobody will be on duty in the next fourteen days."""
        async with self._pool.acquire() as con, con.transaction():
            now = await sessions.database_time(con)
            self._tell(await rosters.look_ahead(con, self._rulebook.on(now.date()), now))

    def _tell(self, news: set[UUID]) -> None:
        for establishment_id in news:
            self._hints.say(establishment_id)
