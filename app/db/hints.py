"""Hints that something has changed: one collected NOTIFY per 50 ms and process, after commit.

Inside a transaction NOTIFY costs four fifths of the throughput (stack.md, section 3). A hint may be lost at any time; whoever listens
polls as well.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from contextlib import suppress
from typing import Any
from uuid import UUID

import asyncpg

from app.db.door import TROUBLE

CHANNEL = "vigie"
GATHER = 0.05  # seconds
LONGEST = 200  # ids in one payload: PostgreSQL allows 7,999 bytes
BACKOFF = 1.0

SAY = "select pg_notify('vigie', $1)"


class Hints:
    """Says and hears which establishments have news. `hear(None)` after a gap: anything may have changed."""

    def __init__(self, where: dict[str, Any], role: str) -> None:
        self._where, self._role = where, role
        self._dirty: set[UUID] = set()
        self._wake = asyncio.Event()
        self._ears: list[Callable[[UUID | None], None]] = []

    def listen(self, ear: Callable[[UUID | None], None]) -> None:
        """Call `ear` with each establishment that has news."""
        self._ears.append(ear)

    def say(self, establishment_id: UUID) -> None:
        """Call after commit. Ears of this process hear it at once, the other processes within 50 ms."""
        self._dirty.add(establishment_id)
        self._wake.set()
        self._hear(establishment_id)

    async def run(self) -> None:
        """Until cancelled: keep one connection, send what gathers, pass on what is heard."""
        while True:
            con: asyncpg.Connection | None = None
            try:
                con = await asyncpg.connect(
                    **self._where,
                    timeout=3,
                    command_timeout=4,
                    server_settings={"role": self._role, "application_name": "vigie hints"},
                )
                await con.add_listener(CHANNEL, self._received)
                self._hear(None)
                while not con.is_closed():
                    await self._send(con)
            except TROUBLE:
                await asyncio.sleep(BACKOFF)
            finally:
                if con is not None:
                    with suppress(Exception):
                        await con.close(timeout=1)

    async def _send(self, con: asyncpg.Connection) -> None:
        with suppress(TimeoutError):
            await asyncio.wait_for(self._wake.wait(), timeout=5)
        await asyncio.sleep(GATHER)
        self._wake.clear()
        news, self._dirty = list(self._dirty), set()
        for start in range(0, len(news), LONGEST):
            await con.execute(SAY, ",".join(str(e) for e in news[start : start + LONGEST]))
        if not news:
            await con.execute("select 1")  # a dead connection goes silent: ask

    def _received(self, _con: object, _pid: int, _channel: str, payload: object) -> None:
        for part in str(payload).split(","):
            with suppress(ValueError):
                self._hear(UUID(part))

    def _hear(self, establishment_id: UUID | None) -> None:
        for ear in self._ears:
            ear(establishment_id)
