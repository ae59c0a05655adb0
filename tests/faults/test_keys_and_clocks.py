"""The VAPID key is changed, or the server's clock is wrong: nobody is lost, and somebody is told (F09)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio

from app.config import new_keys
from app.db.cluster import Cluster
from app.delivery.vapid import public_key
from tests.push_service import Step
from tests.stories.cast import BAD_NAUSEA, calls
from tests.world import Seed, World, assert_quiet, until, vigie


@pytest_asyncio.fixture
async def rotated(cluster: Cluster, seeded: Seed) -> AsyncIterator[World]:
    """A world whose keys may be changed: each test restarts it."""
    async with World.of(cluster, seeded) as world:
        yield world
        world.foreseen.add("push refused")
        await world.stop()
        assert_quiet(world)


async def restart(world: World, **env: str) -> None:
    """Both processes again, with other settings."""
    for process in (world.serve, world.work):
        await process.stop()
        process.env.update(env)
        process.start()
    await world.live()
    await world.led()


async def checked(world: World) -> str:
    """What `vigie check` prints for this world."""
    return (await asyncio.to_thread(vigie, "check", env=world.work.env)).stdout


async def test_f09_a_new_vapid_key_reaches_old_devices_by_the_old_key_until_they_subscribe_again(
    rotated: World,
) -> None:
    world = rotated
    nurse = await world.sign_in("level2")
    old = await nurse.add_phone()
    await world.leave_screens()
    before, after = world.env["VIGIE_VAPID_PRIVATE_KEY"], new_keys()["VIGIE_VAPID_PRIVATE_KEY"]
    await restart(world, VIGIE_VAPID_PRIVATE_KEY=after, VIGIE_VAPID_OLD_KEYS=before)
    (await (await world.new_patient()).report(BAD_NAUSEA)).ok(201)
    await old.receipt(await old.next())

    nurse = await world.sign_in("level2")
    assert (await nurse.get("/api/push-key")).ok(200)["key"] == public_key(after), "pages compare and subscribe again"
    new = await nurse.add_phone()
    await world.leave_screens()
    patient = await world.new_patient()
    (await patient.report(BAD_NAUSEA)).ok(201)
    await new.receipt(await new.next())

    told = await checked(world)
    assert "Note: 1 device still uses the earlier VAPID key" in told, "who has not opened Vigie since is no fault"
    assert "the oldest since 2026-11-24, 0 not heard of" in told
    assert "when its owner opens Vigie" in told

    await restart(world, VIGIE_VAPID_OLD_KEYS="")
    told = await checked(world)
    assert "- 1 device still uses the earlier VAPID key" in told
    assert "cannot be reached; put its private key into VIGIE_VAPID_OLD_KEYS" in told
    asked = len(old.requests)
    third = await world.new_patient()
    (await third.report(BAD_NAUSEA)).ok(201)
    await new.receipt(await new.next())
    assert len(old.requests) == asked, "without its key an old device is not even tried"
    devices = "select count(*) from push_device where dropped_at is null"
    assert await world.value(devices) == 2, "and it is kept: the old key may come back"
    assert (await calls(world, third))[0][3] == "received"

    await world.rows("update push_device set dropped_at = app_now() where server_key = $1", public_key(before))
    assert "earlier VAPID key" not in await checked(world)
    world.work.env["VIGIE_VAPID_OLD_KEYS"] = before
    assert "any more: it may be dropped from VIGIE_VAPID_OLD_KEYS" in await checked(world)


async def test_f09_a_wrong_clock_is_our_fault_and_drops_no_device(rotated: World) -> None:
    """A push service answers 403 to a token from another day: a mass deletion would leave the hospital without phones."""
    world = rotated
    nurse, oncologist = await world.sign_in("level2"), await world.sign_in("oncologist")
    phones = [await nurse.add_phone(), await oncologist.add_phone()]
    await world.leave_screens()
    for phone in phones:
        world.push.script(phone.id, Step(status=403), for_ever=True)
    (await (await world.new_patient()).report(BAD_NAUSEA)).ok(201)

    async def undeliverable() -> bool:
        return await world.value("select count(*) from alert where state = 'undeliverable'") == 1

    await until(undeliverable, 30, "nobody is told")
    assert await world.value("select count(*) from push_device where dropped_at is null") == 2
    kinds = [row[0] for row in await world.rows("select distinct kind from technical_alert where ended_at is null")]
    assert "push_refused" in kinds
    for phone in phones:
        world.push.script(phone.id)
    (await (await world.new_patient()).report(BAD_NAUSEA)).ok(201)
    await phones[0].receipt(await phones[0].next())
