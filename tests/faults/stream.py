"""Phones that send one report after the other while something dies, and remember what was acknowledged."""

from __future__ import annotations

import asyncio
from typing import Any
from uuid import UUID

import aiohttp
from msgspec import Struct, field
from uuid_utils.compat import uuid7

from tests.world import Answer, Person, World, until

ANSWERS: tuple[dict[str, dict[str, int]], ...] = ({}, {"nausea": {"F": 2, "S": 2}}, {"nausea": {"F": 4, "S": 4}})


class Sent(Struct):
    """One report as its phone keeps it until the server has it."""

    patient: Person
    id: UUID
    answers: dict[str, dict[str, int]]
    answered_at: Any
    acknowledged: bool = False

    async def send(self) -> Answer | None:
        """Send it (again), the same bytes each time; None when no answer came."""
        try:
            answer = await self.patient.report(self.answers, report_id=self.id, answered_at=self.answered_at)
        except (aiohttp.ClientError, OSError, TimeoutError):
            return None
        if answer.status in (200, 201):
            self.acknowledged = True
        return answer


class Phones(Struct):
    """All of them, and all that they ever sent or were answered."""

    patients: list[Person]
    sent: list[Sent] = field(default_factory=list)
    answers: list[Answer] = field(default_factory=list)

    async def stream(self, stop: asyncio.Event) -> None:
        """Everybody sends until told to stop."""
        await asyncio.gather(*(self._one(patient, stop) for patient in self.patients))

    async def send_the_rest(self) -> None:
        """What was not acknowledged is sent again until it is, as phones do; fails the test when one is refused."""
        for each in self.sent:
            if not each.acknowledged:
                answer = await each.send()
                assert answer is not None
                assert answer.status in (200, 201), answer.text

    async def _one(self, patient: Person, stop: asyncio.Event) -> None:
        while not stop.is_set():
            each = Sent(patient, uuid7(), ANSWERS[len(self.sent) % len(ANSWERS)], patient.world.clock.guess())
            self.sent.append(each)
            answer = await each.send()
            if answer is None:
                await asyncio.sleep(0.02)
            else:
                self.answers.append(answer)
                if answer.status == 503:
                    await asyncio.sleep(0.1)  # phones wait longer; not at all would only measure the refusals

    async def assert_kept_once(self, world: World) -> None:
        """Every acknowledged report is there, nothing is there twice, each patient has one alert, no transaction hangs."""
        kept = [row["id"] for row in await world.rows("select id from report")]
        assert len(kept) == len(set(kept))
        acknowledged = {each.id for each in self.sent if each.acknowledged}
        assert acknowledged - set(kept) == set()
        assert set(kept) <= {each.id for each in self.sent}
        assert await world.value("select count(*) from verdict") == len(kept)
        assert await world.value("select count(*) from event where verb = 'report_received'") == len(kept)
        assert await world.value("select count(*) from alert") == len(self.patients)
        assert await world.value("select sum(reports) from alert") <= len(kept)
        await until(lambda: nothing_open(world), 5, "a transaction was left open")


async def nothing_open(world: World) -> bool:
    """Whether no client is in the middle of a transaction right now."""
    idle = (
        "select count(*) from pg_stat_activity where datname = current_database() and state like 'idle in transaction%'"
    )
    return await world.value(idle) == 0
