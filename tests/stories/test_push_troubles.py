"""The push service says no, says later, or says nothing: what becomes of each call."""

from __future__ import annotations

import time

from tests.push_service import Step
from tests.stories.cast import BAD_DIARRHOEA, BAD_NAUSEA, calls, hear, nothing_more, team
from tests.world import World, until


async def test_f07_a_device_that_is_gone_is_dropped_and_the_next_person_called_at_once(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient()
    phones.level2.subscription.removed = True  # 410 from now on
    (await patient.report(BAD_NAUSEA)).ok(201)
    await hear(phones.oncologist)
    assert await calls(fresh, patient) == [
        (1, 0, "level2", "failed", "http_410"),
        (1, 1, "oncologist", "received", None),
    ]
    nurse = await fresh.sign_in("level2")
    assert (await nurse.get("/api/devices")).ok(200)["devices"] == []


async def test_a_gone_device_beside_a_living_one_loses_nothing(fresh: World):
    phones = await team(fresh)
    nurse = await fresh.sign_in("level2")
    second = await nurse.add_phone("tablette")
    await fresh.leave_screens()
    phones.level2.subscription.removed = True
    patient = await fresh.new_patient()
    (await patient.report(BAD_NAUSEA)).ok(201)
    await hear(second)
    await nothing_more(phones)
    assert (await calls(fresh, patient)) == [(1, 0, "level2", "received", None)]
    kept = (await nurse.get("/api/devices")).ok(200)["devices"]
    assert [device["id"] for device in kept] == [second.device_id]


async def test_f08_too_many_requests_is_tried_again_when_the_service_says_so(fresh: World):
    phones = await team(fresh)
    fresh.push.script(phones.level2.id, Step(status=429, headers={"Retry-After": "3"}))
    patient = await fresh.new_patient()
    (await patient.report(BAD_NAUSEA)).ok(201)
    await hear(phones.level2)
    first, second = phones.level2.requests
    assert second.at - first.at >= 2.9
    assert phones.pushes() == (0, 2, 0, 0)
    assert (await calls(fresh, patient)) == [(1, 0, "level2", "received", None)]


async def test_a_wait_longer_than_the_ladder_allows_is_not_waited_for(fresh: World):
    phones = await team(fresh)
    fresh.push.script(phones.level2.id, Step(status=429, headers={"Retry-After": "36000"}))
    patient = await fresh.new_patient()
    (await patient.report(BAD_NAUSEA)).ok(201)
    await hear(phones.oncologist)
    assert (await calls(fresh, patient))[0][3:] == ("failed", "http_429")


async def test_retries_end_where_the_next_rung_begins(fresh: World):
    phones = await team(fresh)
    fresh.push.script(
        phones.level2.id, Step(status=503, headers={"Retry-After": "10000"})
    )  # two hours is the next rung
    patient = await fresh.new_patient()
    (await patient.report(BAD_NAUSEA)).ok(201)
    await hear(phones.oncologist)
    await nothing_more(phones)
    assert phones.pushes() == (0, 1, 1, 0)


async def test_a_broken_service_is_tried_four_times_with_growing_pauses(fresh: World):
    phones = await team(fresh)
    fresh.push.script(phones.level2.id, Step(status=500), for_ever=True)
    patient = await fresh.new_patient()
    (await patient.report(BAD_NAUSEA)).ok(201)
    for tries, pause in enumerate((2, 5, 15), 1):
        await until(lambda tries=tries: len(phones.level2.requests) == tries, 5, f"no attempt number {tries}")
        waits = "select extract(epoch from run_after - app_now())::float8 from notification"

        async def recorded(pause: int = pause, waits: str = waits) -> bool:
            return pause - 1.5 < await fresh.value(waits) <= pause

        await until(recorded, 3, f"no pause of {pause} s")
        await fresh.clock.advance(seconds=pause)
    await hear(phones.oncologist)
    assert phones.pushes() == (0, 4, 1, 0)
    assert (await calls(fresh, patient))[0][3:] == ("failed", "http_500")
    assert len((await (await fresh.sign_in("level2")).get("/api/devices")).ok(200)["devices"]) == 1


async def test_forbidden_is_our_fault_so_the_device_is_kept_and_the_next_person_called(fresh: World):
    fresh.foreseen.add("push refused")
    phones = await team(fresh)
    fresh.push.script(phones.level2.id, Step(status=403))
    patient = await fresh.new_patient()
    (await patient.report(BAD_NAUSEA)).ok(201)
    await hear(phones.oncologist)
    assert (await calls(fresh, patient))[0][3:] == ("failed", "http_403")
    assert len((await (await fresh.sign_in("level2")).get("/api/devices")).ok(200)["devices"]) == 1
    alarm = [line for line in fresh.work.lines() if line["message"] == "push refused"]
    assert (alarm[-1]["level"], alarm[-1]["status"]) == ("error", 403)


async def test_a_redirect_is_refused_and_never_followed(fresh: World):
    fresh.foreseen.add("push refused")
    phones = await team(fresh)
    fresh.push.script(phones.level2.id, Step(status=307))
    patient = await fresh.new_patient()
    (await patient.report(BAD_NAUSEA)).ok(201)
    await hear(phones.oncologist)
    assert fresh.push.other_paths == []
    assert (await calls(fresh, patient))[0][3:] == ("failed", "http_307")


async def test_one_person_out_of_reach_does_not_hide_that_the_other_was_reached(fresh: World):
    phones = await team(fresh)
    phones.oncologist.subscription.removed = True
    patient = await fresh.new_patient()
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    await hear(phones.level2)
    await nothing_more(phones)
    nurse = await fresh.sign_in("level2")
    page = (await nurse.get(f"/api/alerts/{(await nurse.row_of(patient))['id']}")).ok(200)
    told = {n["to"]: (n["state"], n["failed_because"]) for n in page["notifications"]}
    assert told == {"level2 A": ("opened", None), "oncologist A": ("failed", "http_410")}  # she reads the alert itself
    assert all(n["why"]["fr"] for n in page["notifications"])


async def test_f08_a_stalled_service_is_left_after_ten_seconds_and_stops_no_other_alert(fresh: World):
    phones = await team(fresh)
    fresh.push.script(phones.level2.id, Step(do="stall"))
    first, second = await fresh.new_patient(), await fresh.new_patient()
    (await first.report(BAD_NAUSEA)).ok(201)
    await until(lambda: phones.level2.requests, 5, "no attempt")
    began = time.monotonic()
    (await second.report(BAD_DIARRHOEA)).ok(201)
    answered = time.time()
    message = await phones.oncologist.next(2.0 + 1.0)  # N4, with a second for a loaded machine
    assert message.at - answered < 2

    async def left() -> bool:
        return await fresh.value(
            "select run_after < app_now() + interval '5 seconds' from notification order by created_at limit 1"
        )

    await until(left, 15, "the stalled attempt has no end")
    assert time.monotonic() - began < 13
    await phones.level2.next(8)
