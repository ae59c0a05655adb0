"""The patience that every channel has: how long a message may take, and how many one host may have in flight."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from msgspec import Struct

from app.domain.notifications import Outcome, OutcomeKind


class Limits(Struct, frozen=True):
    """Seconds, and how many requests one host may have in flight. Turn plus total must stay below the lease of 20 s."""

    connect: float = 3.0
    total: float = 10.0
    turn: float = 2.0
    per_host: int = 16


LIMITS = Limits()

HOST_BUSY = Outcome(kind=OutcomeKind.RETRY, because="host_busy", retry_after=1.0, attempted=False)
"""What a message that got no turn is told."""


class Turns:
    """The turns of one host."""

    def __init__(self, limits: Limits) -> None:
        self._free, self._patience = asyncio.Semaphore(limits.per_host), limits.turn

    @asynccontextmanager
    async def one(self) -> AsyncIterator[bool]:
        """Whether a turn came in time; it is given back at the end.

        Without one the host is slow with those before us, and the worker is wanted for other hosts.
        """
        try:
            async with asyncio.timeout(self._patience):
                await self._free.acquire()
        except TimeoutError:
            yield False
            return
        try:
            yield True
        finally:
            self._free.release()
