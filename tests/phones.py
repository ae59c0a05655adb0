"""What stays open at somebody's: a phone that gets pushes, a worklist that hears of events."""

from __future__ import annotations

import asyncio
import contextlib
import time
from typing import TYPE_CHECKING

import aiohttp
import asyncpg

from tests.processes import until
from tests.push_service import Arrival
from tests.push_service import Phone as Subscription

if TYPE_CHECKING:
    from tests.persons import Person


class Phone:
    """A push subscription that a person has registered, seen from the browser's side."""

    def __init__(self, owner: Person, device_id: str, subscription: Subscription) -> None:
        self.owner, self.device_id, self.subscription = owner, device_id, subscription
        self._push = owner.world.push
        self._seen = 0

    @property
    def id(self) -> str:
        """By which to script the push service: `world.push.script(phone.id, Step(status=410))`."""
        return self.subscription.id

    @property
    def messages(self) -> list[Arrival]:
        """What was decrypted and accepted for this phone, oldest first."""
        return [m for m in self._push.messages if m.subscription == self.id]

    @property
    def requests(self) -> list[Arrival]:
        """Every attempt to push to this phone, whatever came of it."""
        return [r for r in self._push.requests if r.subscription == self.id]

    async def next(self, seconds: float = 10.0) -> Arrival:
        """The next message that this phone has not given out yet; fails the test when none comes.

        A push arrives before its sender has written that down: a clock moved in between would have it accepted later than it was. So
        this waits for the record, though not for ever: the sender may be one that the test has killed.
        """
        await until(lambda: len(self.messages) > self._seen, seconds, "no push has arrived")
        self._seen += 1
        message = self.messages[self._seen - 1]
        with contextlib.suppress(AssertionError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await until(lambda: self._recorded(message), 3, "not recorded")
        return message

    async def _recorded(self, message: Arrival) -> bool:
        token = message.json["receipt"]["token"].partition(".")[2]
        pending = (
            "select exists (select from notification where token = $1 and state = 'pending')"
            " or exists (select from notice where token = $1 and state = 'pending')"
        )
        return not await self.owner.world.value(pending, token)

    async def receipt(self, message: Arrival, state: str = "received") -> None:
        """What the service worker posts: no cookie, the token that came inside the push."""
        receipt = message.json["receipt"]
        body = {"token": receipt["token"], "state": state}
        answer = await self.owner.world.ask("POST", receipt["url"], body)
        answer.ok(204)


class Stream:
    """An open worklist: the events that came, with the time (monotonic) at which each came."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.events: list[tuple[str, float]] = []
        self._reader = asyncio.create_task(self._read(response))

    async def _read(self, response: aiohttp.ClientResponse) -> None:
        with contextlib.suppress(aiohttp.ClientError):
            async for line in response.content:
                if line.startswith(b"event: "):
                    self.events.append((line[7:].strip().decode(), time.monotonic()))

    def count(self, name: str) -> int:
        """How many events of this name have come."""
        return sum(event == name for event, _ in self.events)

    async def next(self, name: str, after: int, seconds: float = 10.0) -> float:
        """Wait until more than `after` events of this name have come; when (monotonic) the first of them did."""
        await until(lambda: self.count(name) > after, seconds, f"no event {name!r} has come")
        return [at for event, at in self.events if event == name][after]

    async def close(self) -> None:
        """Stop listening."""
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
