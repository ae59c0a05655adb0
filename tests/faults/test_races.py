"""A report meets an acknowledgement, a sweep or a closing in the middle: neither undoes the other (F11)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import asyncpg

from tests.push_service import Step
from tests.world import Person, World, until

ORANGE = {"nausea": {"F": 4, "S": 4}}

STUCK = """
select count(*) from alert a where a.state = 'open' and not exists (
    select from escalation e
    where (e.establishment_id, e.alert_id, e.round) = (a.establishment_id, a.id, a.round) and e.done_at is null)
"""


@asynccontextmanager
async def report_halfway(world: World, patient: Person) -> AsyncIterator[asyncio.Task[Any]]:
    """A milder report that has read the patient's chart and cannot write yet; it goes on when the block ends."""
    holder = await asyncpg.connect(**world._look)
    try:
        async with holder.transaction():
            await holder.execute("lock table verdict in share mode")
            sending = asyncio.create_task(patient.report({}))
            waiting = "select count(*) = 1 from pg_stat_activity where wait_event_type = 'Lock' and application_name = 'vigie app'"
            await until(lambda: world.value(waiting), 2, "the report does not wait")
            yield sending
    finally:
        await holder.close()


async def test_a_milder_report_never_undoes_the_acknowledgement_given_meanwhile(fresh: World) -> None:
    nurse = await fresh.sign_in("level2")
    patient = await fresh.new_patient(by=nurse)
    (await patient.report(ORANGE)).ok(201)
    row = await nurse.row_of(patient)
    async with report_halfway(fresh, patient) as sending:
        taking = asyncio.create_task(nurse.acknowledge(row))
        await asyncio.sleep(0.5)
    (await sending).ok(201)
    taken = await taking
    assert taken.status in (200, 409)
    state = await fresh.value("select state from alert")
    assert state == ("acknowledged" if taken.status == 200 else "open")
    assert await fresh.value(STUCK) == 0
    if taken.status == 409:
        (await nurse.acknowledge(await nurse.row_of(patient))).ok(200)


async def test_a_milder_report_never_undoes_that_the_alert_is_undeliverable(fresh: World) -> None:
    patient = await fresh.new_patient()
    await fresh.leave_screens()
    async with report_halfway(fresh, patient) as sending:
        pass
    (await sending).ok(201)
    (await patient.report(ORANGE)).ok(201)
    async with report_halfway(fresh, patient) as sending:
        await asyncio.sleep(2)  # sender and sweeps find nobody to reach meanwhile
    (await sending).ok(201)

    async def undeliverable() -> bool:
        return await fresh.value("select state from alert") == "undeliverable"

    await until(undeliverable, 10, "the alert waits for nobody")
    assert await fresh.value(STUCK) == 0


async def test_a_report_that_meets_the_closing_of_its_alert_is_kept(fresh: World) -> None:
    nurse = await fresh.sign_in("level2")
    patient = await fresh.new_patient(by=nurse)
    (await patient.report(ORANGE)).ok(201)
    (await nurse.acknowledge(await nurse.row_of(patient))).ok(200)
    row = await nurse.row_of(patient)
    async with report_halfway(fresh, patient) as sending:
        closing = asyncio.create_task(nurse.close_alert(row))
        await asyncio.sleep(0.5)
    (await sending).ok(201)
    closed = await closing
    assert closed.status in (200, 409)
    assert await fresh.value("select state from alert") == ("closed" if closed.status == 200 else "acknowledged")
    assert await fresh.value("select count(*) from report") == 2


async def test_an_acknowledgement_that_meets_a_failing_push_is_given(fresh: World) -> None:
    """Both want the same two rows: a deadlock if they took them in another order."""
    phone = await (await fresh.sign_in("level2")).add_phone()
    nurse = await fresh.sign_in("level2.second")
    fresh.push.script(phone.id, Step(status=410, delay=0.8))
    patient = await fresh.new_patient(by=nurse)
    await fresh.leave_screens()  # where the colleague sat: the failed call goes on to the next rung
    (await patient.report(ORANGE)).ok(201)
    await until(lambda: phone.requests, 5, "no push")
    alert = await fresh.value("select id from alert")
    holder = await asyncpg.connect(**fresh._look)
    try:
        async with holder.transaction():
            await holder.execute("select from escalation where alert_id = $1 for update", alert)
            taking = asyncio.create_task(nurse.post(f"/api/alerts/{alert}/acknowledge", {"version": 1}))
            await asyncio.sleep(1.5)  # by now both of them wait
    finally:
        await holder.close()
    assert (await taking).status == 200
    await asyncio.sleep(1.5)  # PostgreSQL looks for deadlocks after a second
    assert await fresh.value("select state from alert") == "acknowledged"
    assert [line for line in fresh.work.lines() if line["level"] != "info"] == []
