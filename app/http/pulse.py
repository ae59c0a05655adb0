"""Tells open worklists that they have changed: hints for speed, a poll each second for truth."""

from __future__ import annotations

import asyncio
import logging
from collections import defaultdict
from collections.abc import AsyncIterator
from contextlib import suppress
from datetime import UTC, datetime
from uuid import UUID

import asyncpg

from app.db import alerts, sessions
from app.db.door import TROUBLE, establishment_tx
from app.db.hints import Hints
from app.domain.errors import Unavailable

log = logging.getLogger("vigie.pulse")
HEARTBEAT = 15.0  # seconds
POLL = 1.0
PRESENCE = 60.0  # an open page says that its person is there; well inside the two minutes that routing looks back


class Pulse:
    """One per process. Cost grows with establishments that have an open page here, not with pages."""

    def __init__(self, pool: asyncpg.Pool, hints: Hints) -> None:
        self._pool = pool
        self._waiting: dict[UUID, set[asyncio.Event]] = defaultdict(set)
        self._known: dict[UUID, tuple[object, ...]] = {}
        self._closing = asyncio.Event()
        hints.listen(self._news)

    def close(self) -> None:
        """Say goodbye to every stream: one that stays open would hold up the shutdown for ever."""
        self._closing.set()
        self._news(None)

    async def of(self, establishment_id: UUID, session_id: UUID) -> AsyncIterator[tuple[str, str]]:
        """Events for one page: its name and the time it was sent."""
        news = asyncio.Event()
        self._waiting[establishment_id].add(news)
        ticks = 0
        try:
            yield "heartbeat", _now()
            while not self._closing.is_set():
                with suppress(TimeoutError):
                    await asyncio.wait_for(news.wait(), HEARTBEAT)
                if self._closing.is_set():
                    break
                if news.is_set():
                    news.clear()
                    yield "changed", _now()
                    continue
                ticks += 1
                if ticks % int(PRESENCE / HEARTBEAT) == 0 and not await self._still_there(session_id):
                    break
                yield "heartbeat", _now()
            yield "bye", _now()
        finally:
            self._waiting[establishment_id].discard(news)
            if not self._waiting[establishment_id]:
                del self._waiting[establishment_id]
                self._known.pop(establishment_id, None)

    async def run(self) -> None:
        """Until cancelled: look once a second at every establishment that has a page open here."""
        while True:
            for establishment_id in list(self._waiting):
                try:
                    async with establishment_tx(self._pool, establishment_id) as con:
                        now = await alerts.pulse(con, establishment_id)
                except (Unavailable, *TROUBLE):
                    continue
                if self._known.setdefault(establishment_id, now) != now:
                    self._known[establishment_id] = now
                    self._news(establishment_id)
            await asyncio.sleep(POLL)

    async def _still_there(self, session_id: UUID) -> bool:
        """An open page keeps its session alive for routing, not for ever: ended and absolute expiry still hold."""
        try:
            async with self._pool.acquire(timeout=2) as con:
                return await sessions.still_live(con, session_id)
        except TROUBLE:
            return True

    def _news(self, establishment_id: UUID | None) -> None:
        chosen = [establishment_id] if establishment_id is not None else list(self._waiting)
        for each in chosen:
            for page in self._waiting.get(each, ()):
                page.set()


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="milliseconds")
