"""Who watches the watchers: the weekly test, the canary, the metrics, the heartbeat outside, and what a manager may count."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

import pytest_asyncio
from aiohttp import web

from app.db.cluster import Cluster
from app.domain import canary
from tests.push_service import Arrival, Step
from tests.stories.cast import BAD_DIARRHOEA, BAD_NAUSEA, hear, team
from tests.world import Phone, Seed, World, assert_quiet, until


async def next_test(phone: Phone) -> Arrival:
    """The next test on this phone: a week without reports brings alerts too."""
    while True:
        message = await phone.next(100)
        if message.json["notification"]["title"] == "Vigie : touchez pour confirmer":
            return message


async def test_each_device_is_tested_once_a_week_and_only_a_tap_counts(fresh: World) -> None:
    nurse, manager = await fresh.sign_in("level2"), await fresh.sign_in("manager")
    phone = await nurse.add_phone()

    async def of_nurse() -> tuple[str, str]:
        people = (await (await fresh.sign_in("manager")).get("/api/reachability")).ok(200)["staff"]
        one = next(p for p in people if p["name"] == "level2 A")
        return one["reachable"], one["targets"][0]["test"]

    assert await of_nurse() == ("unproven", "untested")
    assert manager.me
    await fresh.clock.advance(days=7, hours=1)
    test = await next_test(phone)
    assert "/clinic/#/reachable/" in test.json["notification"]["navigate"]
    await phone.receipt(test)
    assert await of_nurse() == ("unproven", "waiting"), "shown is not tapped"
    await phone.receipt(test, "opened")
    assert await of_nurse() == ("yes", "passed")
    await fresh.clock.advance(days=7, hours=1)
    again = await next_test(phone)
    await phone.receipt(again)
    await fresh.clock.advance(hours=26)

    async def failed() -> bool:
        return await of_nurse() == ("no", "failed")

    await until(failed, 30, "a test that nobody tapped passed")


async def test_a_manager_counts_times_load_and_shares_and_sees_no_patient(fresh: World) -> None:
    phones = await team(fresh)
    nurse, patient = await fresh.sign_in("level2"), await fresh.new_patient()
    (await patient.report(BAD_NAUSEA)).ok(201)
    await hear(phones.level2)
    await fresh.clock.advance(minutes=20)
    row = await nurse.row_of(patient)
    taken = (await nurse.acknowledge(row)).ok(200)["alert"]
    await fresh.clock.advance(minutes=10)
    (await nurse.close_alert(taken)).ok(200)
    slow = await fresh.new_patient(by=await fresh.sign_in("level2.second"))
    (await slow.report(BAD_DIARRHOEA)).ok(201)
    await hear(phones.oncologist)
    await fresh.clock.advance(minutes=31)
    await hear(phones.second)
    manager = await fresh.sign_in("manager")
    page = (await manager.get("/api/indicators")).ok(200)
    levels = {one["key"]: one for one in page["by_level"]}
    orange, red = levels["orange"], levels["red"]
    assert (orange["rounds"], orange["acknowledged"], orange["acknowledged_in_time"], orange["escalated"]) == (
        1,
        1,
        1,
        0,
    )
    assert 20 <= orange["median_minutes_to_acknowledge"] < 22
    assert (red["rounds"], red["acknowledged"], red["escalated"]) == (1, 0, 1)
    assert (red["acknowledged_in_time"], red["acknowledge_judged"]) == (0, 1), "nobody has it, and its delay is over"
    assert [(one["key"], one["rounds"]) for one in page["by_role"]] == [("level2", 1)]
    assert sum(one["rounds"] for one in page["by_hour"]) == 2
    (share,) = page["activity"]
    assert (share["here"], share["kind"], share["acknowledged"], share["closed"]) == (True, "public", 1, 1)
    assert page["totals"]["alerts"] == 2
    assert page["share_judged_useful"] == 1.0
    assert 10 <= page["totals"]["handling_minutes"] < 12
    assert page["totals"]["patient_weeks"] < page["least_patient_weeks"] == 1.0
    rates = page["alerts_per_100_patient_weeks"], page["minutes_per_patient_week"]
    assert rates == (None, None), "an hour of follow-up says nothing about a week"
    assert "stopwatch" in page["workload_assumption"]["en"]
    assert patient.me["id"] not in str(page)
    sheet = await manager.get("/api/indicators.csv")
    assert sheet.headers["Content-Type"].startswith("text/csv")
    lines = sheet.text.split("\r\n")
    assert "level,orange,acknowledged,1" in lines
    period = f"{page['since']}/{page['until']}"
    assert f"total,{period},alerts_per_100_patient_weeks," in lines, "an empty cell, and the limit beside it"
    assert f"total,{period},least_patient_weeks,1.00" in lines
    await fresh.rows("update patient set created_at = app_now() - interval '20 days'")
    page = (await manager.get("/api/indicators")).ok(200)
    assert page["totals"]["patient_weeks"] > 2
    assert 100 * 2 / page["totals"]["patient_weeks"] == page["alerts_per_100_patient_weeks"]
    new = await fresh.new_patient(by=await fresh.sign_in("level2.second"))
    (await new.report(BAD_NAUSEA)).ok(201)
    page = (await manager.get("/api/indicators")).ok(200)
    (orange,) = [one for one in page["by_level"] if one["key"] == "orange"]
    assert (orange["rounds"], orange["acknowledge_judged"], orange["contact_judged"]) == (2, 1, 0), (
        "the rest is not due yet"
    )
    assert (await manager.get("/api/indicators?since=2026-11-24&until=2026-11-01")).status == 422


async def test_metrics_name_nobody_and_count_over_all_processes(fresh: World) -> None:
    phones = await team(fresh)
    patient = await fresh.new_patient()
    fresh.push.script(phones.level2.id, Step(status=429, headers={"Retry-After": "3"}))
    (await patient.report(BAD_NAUSEA)).ok(201)
    await hear(phones.level2)

    async def counted() -> bool:
        async with fresh.http.get(fresh.internal + "/metrics") as answer:
            assert answer.status == 200
            text = await answer.text()
        assert patient.me["id"] not in text
        assert "vigie_up 1.0" in text
        assert 'vigie_alerts{level="orange",state="open"} 1.0' in text
        return all(
            line in text
            for line in (
                'vigie_delivery_attempts_total{because="accepted",channel="web_push",outcome="accepted"}',
                'vigie_delivery_attempts_total{because="http_429",channel="web_push",outcome="retry"}',
                'vigie_sweep_age_seconds{sweep="invariants"}',
            )
        )

    await until(counted, 30, "attempts are not counted")
    assert (await fresh.ask("GET", "/metrics")).status == 404, "never on the public listener"


@pytest_asyncio.fixture
async def watched(cluster: Cluster, seeded: Seed) -> AsyncIterator[tuple[World, list[str]]]:
    """A world with a watcher outside and a canary inside; what the watcher has heard."""
    beats: list[str] = []

    async def beat(request: web.Request) -> web.Response:
        beats.append(request.path)
        return web.Response()

    app = web.Application()
    app.router.add_post("/ping/vigie", beat)
    runner = web.AppRunner(app)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    port = runner.addresses[0][1]
    more = {"VIGIE_CANARY": "1", "VIGIE_HEARTBEAT_URL": f"http://127.0.0.1:{port}/ping/vigie"}
    try:
        async with World.of(cluster, seeded, **more) as world:
            yield world, beats
            world.foreseen |= {"the canary did not get through", "canary not sent"}
            await world.stop()
            assert_quiet(world)
    finally:
        await runner.cleanup()


async def test_the_canary_flies_unseen_and_when_it_falls_everybody_is_told(watched: tuple[World, list[str]]) -> None:
    world, beats = watched
    landed = "select count(*) from alert where establishment_id = $1 and state = 'closed'"

    async def flew(times: int) -> bool:
        return bool(await world.value(landed, canary.HERE) >= times)

    # The world's clock was set back after the canary was hatched: only from now on may its nurse see its patient.
    await world.clock.advance(hours=1)
    await world.rows("update lease set until_at = until_at - interval '6 minutes' where name = 'canary_turn'")
    await until(lambda: flew(1), 100, "the canary never landed")
    nurse = await world.sign_in("level2")
    assert (await nurse.worklist())["alerts"] == []
    ready = await world.ask("GET", "/health/ready")
    assert (ready.status, ready.json["status"]) == (200, "ready")
    async with world.http.get(world.internal + "/metrics") as answer:
        assert "vigie_alerts{" not in await answer.text(), "its alerts are not counted"
    await until(lambda: beats, 60, "the watcher outside hears nothing")

    # Its nurse is off duty: the report goes in, and nobody is called.
    await world.rows("delete from duty where establishment_id = $1", canary.HERE)
    await world.rows("update lease set until_at = until_at - interval '6 minutes' where name = 'canary_turn'")
    manager = await world.sign_in("manager")

    async def told() -> bool:
        page = (await manager.get("/api/technical")).ok(200)
        return "canary_failed" in [alert["kind"] for alert in page["alerts"] if alert["ended_at"] is None]

    await until(told, 100, "nobody is told that the canary fell")
    await world.rows("update lease set until_at = until_at - interval '12 minutes' where name = 'canary'")

    async def silent() -> bool:
        ready = await world.ask("GET", "/health/ready")
        return (ready.status, ready.json["status"]) == (503, "the canary is silent")

    await until(silent, 150, "the house calls itself ready")


async def test_the_watcher_outside_hears_nothing_when_the_sweeps_stop(watched: tuple[World, list[str]]) -> None:
    world, beats = watched
    await until(lambda: beats, 60, "the watcher outside hears nothing")
    await world.work.kill()
    count = len(beats)
    await asyncio.sleep(18)  # longer than the pause between two beats
    assert len(beats) == count
