"""Workers that die, freeze or are several: each call goes out, and is seen once (N9, N10, F05, F14)."""

from __future__ import annotations

import asyncio
import signal
import time
from collections import Counter
from collections.abc import AsyncIterator

import pytest_asyncio

from app.db.cluster import Cluster
from tests.faults.sizes import SIZES, measured
from tests.push_service import Step
from tests.world import Person, Phone, Process, Seed, World, assert_quiet, until

ORANGE = {"nausea": {"F": 4, "S": 4}}
RED = {"diarrhoea": {"F": 4}}


@pytest_asyncio.fixture
async def two(cluster: Cluster, seeded: Seed) -> AsyncIterator[World]:
    """A world with two workers."""
    async with World.of(cluster, seeded, workers=2) as world:
        yield world
        await world.stop()
        assert_quiet(world)


def said(worker: Process, words: str) -> int:
    """How often a worker has logged these words."""
    return sum(line["message"] == words for line in worker.lines())


async def leader(world: World) -> tuple[Process, Process]:
    """Who leads the sweeps, and who does not."""
    first, second = world.workers
    await until(
        lambda: said(first, "leads the sweeps") + said(second, "leads the sweeps") == 1, 10, "not exactly one leads"
    )
    return (first, second) if said(first, "leads the sweeps") else (second, first)


async def test_f05_n10_a_worker_killed_between_push_and_record_shows_one_notification(
    cluster: Cluster, seeded: Seed
) -> None:
    async with World.of(cluster, seeded) as world:
        nurse = await world.sign_in("level2")
        phone = await nurse.add_phone()
        patient = await world.new_patient()
        world.push.script(phone.id, Step(delay=1.0))  # the push service has it, its answer is on the way
        (await patient.report(ORANGE)).ok(201)
        await until(lambda: phone.requests, 5, "no push")
        killed = time.monotonic()
        await world.work.kill()
        world.work.start()
        await until(lambda: len(phone.requests) == 2, 30, "the call was forgotten")  # N10
        resumed = time.monotonic() - killed
        measured("N10", "30 s", f"{resumed:.1f} s", well=resumed <= 30)
        assert resumed <= 30
        await asyncio.sleep(3)
        assert len(phone.requests) == 2
        assert len({message.headers["topic"] for message in phone.requests}) == 1
        assert len({message.json["notification"]["tag"] for message in phone.requests}) == 1
        assert await world.value("select count(*) from notification") == 1
        await phone.receipt(phone.requests[0])
        assert await world.value("select state from notification") == "received"


async def test_f14_n9_two_workers_tell_each_person_once_of_each_alert(two: World) -> None:
    """A storm besides: what does not go out alone goes out in a bundle, and nothing goes out twice."""
    count = SIZES.alerts
    phone = await (await two.sign_in("level2")).add_phone()
    oncologist = await (await two.sign_in("oncologist")).add_phone()
    enrolling = await two.sign_in("level2.second")
    patients = [await two.new_patient(by=enrolling) for _ in range(count)]
    turns = asyncio.Semaphore(16)

    async def report(patient: Person) -> None:
        async with turns:
            (await patient.report(ORANGE)).ok(201)

    await asyncio.gather(*(report(patient) for patient in patients))

    async def settled() -> bool:
        waits = "select count(*) from notification where state = 'pending' and (run_after <= app_now() or attempts > 0)"
        return await two.value(waits) == 0

    async def everybody_told(step: int) -> None:
        for _ in range(3):
            await until(settled, 30, "calls are left")
            await two.rows(
                "update notification set state = 'received', received_at = app_now() where state = 'accepted'"
            )
            await two.clock.advance(seconds=61)  # what a storm held back may leave now
            await asyncio.sleep(1.5)  # a sender looks once a second
        told = "select count(*) from notification where step = $1 and state = 'received'"
        assert await two.value(told, step) == count

    def told(device: Phone) -> int:
        """Of how many alerts this phone was told, each push counted."""
        titles = [message.json["notification"]["title"].split() for message in device.requests]
        return sum(int(title[2]) if title[2].isdigit() else 1 for title in titles)

    await everybody_told(0)
    assert told(phone) == count
    assert oncologist.requests == []
    await two.clock.advance(minutes=121)
    await until(lambda: oncologist.requests, 30, "nobody climbed")
    await everybody_told(1)
    assert (told(phone), told(oncologist)) == (count, count)
    assert await two.value("select count(*) from escalation where step = 1 and outcome = 'notified'") == count
    topics = Counter(message.headers["topic"] for device in (phone, oncologist) for message in device.requests)
    measured("N9", "<= 1", f"1 ({2 * count} calls, {sum(topics.values())} pushes)", well=True)


async def test_f14_another_worker_leads_within_ten_seconds_when_the_leader_is_killed(two: World) -> None:
    phone = await (await two.sign_in("oncologist.second")).add_phone()
    patient = await two.new_patient()
    (await patient.report(RED)).ok(201)
    leads, waits = await leader(two)
    token = await two.value("select token from lease")
    await leads.kill()
    killed = time.monotonic()
    await two.clock.advance(minutes=31)  # the next rung is due while nobody leads
    await until(lambda: said(waits, "leads the sweeps") == 1, 10, "nobody leads")
    assert await two.value("select token from lease") == token + 1
    await phone.next()
    assert time.monotonic() - killed <= 15


async def test_f14_f17_a_frozen_leader_is_replaced_and_stops_when_it_thaws(two: World) -> None:
    two.foreseen |= {"sweep failed", "database unreachable"}  # whatever it was doing has timed out when it thaws
    phone = await (await two.sign_in("oncologist.second")).add_phone()
    patient = await two.new_patient()
    (await patient.report(RED)).ok(201)
    leads, waits = await leader(two)
    leads.signal(signal.SIGSTOP)
    try:
        await two.clock.advance(minutes=31)
        await until(lambda: said(waits, "leads the sweeps") == 1, 10, "nobody leads")
        await phone.next()
        token = await two.value("select token from lease")
    finally:
        leads.signal(signal.SIGCONT)
    await until(lambda: said(leads, "no longer leads the sweeps") == 1, 10, "two of them lead")
    await asyncio.sleep(3)
    assert await two.value("select token from lease") == token
    assert said(leads, "leads the sweeps") == 1
    assert len(phone.requests) == 1


async def test_a_leader_that_stops_hands_over_at_once(two: World) -> None:
    leads, waits = await leader(two)
    await leads.stop()
    await until(lambda: said(waits, "leads the sweeps") == 1, 5, "the lease was kept")


async def test_f14_without_any_worker_the_house_says_so_and_nothing_is_forgotten(
    cluster: Cluster, seeded: Seed
) -> None:
    async with World.of(cluster, seeded, workers=0) as world:
        nurse = await world.sign_in("level2")
        phone = await nurse.add_phone()
        patient = await world.new_patient()
        (await patient.report(RED)).ok(201)
        ready = await world.ask("GET", "/health/ready")
        assert (ready.status, ready.json["status"]) == (503, "no worker leads the sweeps")
        assert phone.requests == []
        world.add_worker()
        await phone.next(20)
        await world.led()


async def test_an_escalation_that_fell_due_while_all_were_down_happens_once_after_the_start(fresh: World) -> None:
    phone = await (await fresh.sign_in("oncologist.second")).add_phone()
    patient = await fresh.new_patient()
    (await patient.report(RED)).ok(201)
    await fresh.work.kill()
    await fresh.serve.kill()
    fresh.serve.start()
    await fresh.live()
    await fresh.clock.advance(hours=3)
    fresh.work.start()
    await phone.next(20)
    await asyncio.sleep(3)
    assert len(phone.requests) == 1
