"""Who is called in these stories, with a phone each, and what patients say in them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

from msgspec import Struct

from tests.push_service import Arrival
from tests.world import Person, Phone, World

CHEST_PAIN = {"chest_pain": {"S": 4}}  # on a fluoropyrimidine: red, emergency
BAD_DIARRHOEA = {"diarrhoea": {"F": 4}}  # red: the oncologist on call and nursing coordination
BAD_NAUSEA = {"nausea": {"F": 4, "S": 4}}  # orange: nursing coordination
NAUSEA = {"nausea": {"F": 2, "S": 2}}  # yellow
BAD_FATIGUE = {"fatigue": {"S": 3, "I": 3}}  # orange, for another reason
FATIGUE = {"fatigue": {"S": 2, "I": 2}}  # yellow: the level of the regimen
NOTHING: dict[str, dict[str, int]] = {}  # green

A_WHILE = 2.6  # seconds: every sweep and the sender's poll tick at least twice


class Team(Struct):
    """Everybody whom an alert of establishment A may call; the first three are on duty day and night."""

    level1: Phone
    level2: Phone
    oncologist: Phone
    second: Phone  # an oncologist who is not on duty

    def all(self) -> tuple[Phone, ...]:
        """Every phone."""
        return self.level1, self.level2, self.oncologist, self.second

    def pushes(self) -> tuple[int, ...]:
        """How many pushes were tried on each phone, in the order of the fields."""
        return tuple(len(phone.requests) for phone in self.all())


async def team(world: World) -> Team:
    """All of them with a phone that works, and nobody at a screen."""
    names = ("level1", "level2", "oncologist", "oncologist.second")
    phones = [await (await world.sign_in(name)).add_phone() for name in names]
    await world.leave_screens()
    return Team(*phones)


async def hear(*phones: Phone) -> list[Arrival]:
    """The next push on each of these phones, shown and receipted."""
    heard = [await phone.next() for phone in phones]
    for phone, message in zip(phones, heard, strict=True):
        await phone.receipt(message)
    return heard


async def nothing_more(of: Team) -> None:
    """No phone is tried again, although every timer has had the time to look twice."""
    before = of.pushes()
    await asyncio.sleep(A_WHILE)
    assert of.pushes() == before


async def calls(world: World, patient: Person) -> list[tuple[int, int, str, str, str | None]]:
    """Round, step, recipient, state and failure of each call about this patient, in the order of the ladder."""
    rows = await world.rows(
        "select n.round, n.step, n.recipient, n.state, n.failed_because from notification n"
        " join alert a on (a.establishment_id, a.id) = (n.establishment_id, n.alert_id)"
        " where a.patient_id = $1 order by n.round, n.step, n.recipient, n.staff_id",
        patient.me["id"],
    )
    return [tuple(row) for row in rows]


async def alert_of(world: World, patient: Person) -> dict[str, Any]:
    """The patient's alert as the database has it: looking so keeps nobody's page open."""
    rows = await world.rows("select * from alert where patient_id = $1 and state <> 'closed'", patient.me["id"])
    assert len(rows) == 1
    return dict(rows[0])


@asynccontextmanager
async def off_duty(world: World, *who: str) -> AsyncIterator[None]:
    """Take these professionals of establishment A off the roster while the block lasts."""
    names = [f"{name} A" for name in who]
    mine = "from duty d using staff s where (s.establishment_id, s.id) = (d.establishment_id, d.staff_id) and s.name = any($1)"
    kept = await world.rows(f"delete {mine} returning d.*", names)
    try:
        yield
    finally:
        for row in kept:
            await world.rows("insert into duty values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)", *row)
