"""The clock of a running house, which a test moves."""

from __future__ import annotations

import time
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any

from tests.seeds import START

if TYPE_CHECKING:
    from tests.world import World


class Clock:
    """The house's clock, through the internal listener: every timer, session and deadline follows it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known, self._read_at, self._stands = START, time.monotonic(), False

    async def read(self) -> datetime:
        """What time it is in there."""
        await self._call("GET", "/clock")
        return self._known

    def guess(self) -> datetime:
        """The same without asking: counted on from the last answer. For when server or database may be away."""
        return self._known if self._stands else self._known + timedelta(seconds=time.monotonic() - self._read_at)

    async def set(self, at: datetime) -> None:
        """Go there and run on."""
        await self._call("PUT", "/clock", {"at": at.isoformat(), "frozen": False})

    async def freeze(self, at: datetime) -> None:
        """Go there and stand still."""
        await self._call("PUT", "/clock", {"at": at.isoformat(), "frozen": True})

    async def advance(self, **how_far: float) -> None:
        """Go on by `seconds=`, `minutes=`, `hours=` or `days=`; a frozen clock stays frozen."""
        await self._call("POST", "/clock/advance", {"seconds": timedelta(**how_far).total_seconds()})

    async def reset(self) -> None:
        """Back to the time of the database server."""
        await self._call("POST", "/clock/reset")

    async def _call(self, method: str, path: str, body: Any = None) -> None:
        async with self._world.http.request(method, self._world.internal + path, json=body) as response:
            assert response.status == 200, await response.text()
            told = await response.json()
        self._known, self._stands = datetime.fromisoformat(told["at"]), told["frozen"]
        self._read_at = time.monotonic()
