"""Nobody on duty, no device, no receipt: an urgent alert goes on at once, a yellow one waits."""

from __future__ import annotations

from datetime import timedelta

from tests.stories.cast import (
    BAD_DIARRHOEA,
    BAD_NAUSEA,
    FATIGUE,
    alert_of,
    calls,
    hear,
    nothing_more,
    off_duty,
    team,
)
from tests.world import World, until


async def test_f12_orange_goes_to_the_oncologist_at_once_when_no_nurse_is_on_duty(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    async with off_duty(fresh, "level2"):
        (await patient.report(BAD_NAUSEA)).ok(201)
        await hear(phones.oncologist)
    assert phones.pushes() == (0, 0, 1, 0)


async def test_yellow_waits_for_its_delay_when_nobody_is_on_duty(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("letrozole")
    async with off_duty(fresh, "level1"):
        (await patient.report(FATIGUE)).ok(201)
        await nothing_more(phones)
        assert phones.pushes() == (0, 0, 0, 0)
        await fresh.clock.set((await alert_of(fresh, patient))["acknowledge_due_at"] + timedelta(seconds=1))
        await hear(phones.level2)


async def test_f12_red_calls_every_oncologist_at_once_when_nobody_at_all_is_on_duty(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    async with off_duty(fresh, "level1", "level2", "oncologist"):
        (await patient.report(BAD_DIARRHOEA)).ok(201)
        await hear(phones.oncologist, phones.second)
    assert phones.pushes() == (0, 0, 1, 1)


async def test_f12_a_disabled_account_is_never_called(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    await fresh.rows("update staff set disabled_at = app_now() where name = 'level2 A'")
    try:
        (await patient.report(BAD_NAUSEA)).ok(201)
        await hear(phones.oncologist)
    finally:
        await fresh.rows("update staff set disabled_at = null")
    assert phones.pushes() == (0, 0, 1, 0)


async def test_orange_goes_on_at_once_when_the_nurse_has_no_device(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    (await phones.level2.owner.delete(f"/api/devices/{phones.level2.device_id}")).ok(204)
    await fresh.leave_screens()
    (await patient.report(BAD_NAUSEA)).ok(201)
    await hear(phones.oncologist)
    assert await calls(fresh, patient) == [
        (1, 0, "level2", "failed", "no_device"),
        (1, 1, "oncologist", "received", None),
    ]
    assert (await alert_of(fresh, patient))["escalated_to"] == "oncologist"


async def test_red_that_reaches_no_device_is_undeliverable_within_thirty_seconds(fresh: World):
    patient = await fresh.new_patient("capecitabine_mono")
    await fresh.leave_screens()
    (await patient.report(BAD_DIARRHOEA)).ok(201)

    async def undeliverable() -> bool:
        return (await alert_of(fresh, patient))["state"] == "undeliverable"

    await until(undeliverable, 30, "nobody is told that nobody was reached")  # N5
    assert {call[3:] for call in await calls(fresh, patient)} == {("failed", "no_device")}


async def test_one_of_two_reached_is_enough_to_wait_for_the_acknowledgement(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    (await phones.level2.owner.delete(f"/api/devices/{phones.level2.device_id}")).ok(204)
    await fresh.leave_screens()
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    await hear(phones.oncologist)
    await nothing_more(phones)
    assert phones.pushes() == (0, 0, 1, 0)
    assert (await alert_of(fresh, patient))["state"] == "open"


async def test_f10_orange_without_a_receipt_goes_on_after_sixty_seconds(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    (await patient.report(BAD_NAUSEA)).ok(201)
    shown_late = await phones.level2.next()
    await fresh.clock.advance(seconds=55)
    await nothing_more(phones)
    await fresh.clock.advance(seconds=8)
    await hear(phones.oncologist)  # N6
    assert (await calls(fresh, patient))[0][3:] == ("failed", "no_receipt")
    await phones.level2.receipt(shown_late)
    assert (await calls(fresh, patient))[0][3:] == ("received", None)
    await nothing_more(phones)


async def test_yellow_without_a_receipt_waits_for_its_delay(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("letrozole")
    (await patient.report(FATIGUE)).ok(201)
    await phones.level1.next()
    await fresh.clock.advance(seconds=70)
    await nothing_more(phones)
    assert phones.pushes() == (1, 0, 0, 0)
    assert await calls(fresh, patient) == [(1, 0, "level1", "failed", "no_receipt")]
    await fresh.clock.set((await alert_of(fresh, patient))["acknowledge_due_at"] + timedelta(seconds=1))
    await hear(phones.level2)


async def test_a_nurse_without_a_device_but_with_her_worklist_open_counts_as_told(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    (await phones.level2.owner.delete(f"/api/devices/{phones.level2.device_id}")).ok(204)
    await fresh.leave_screens()
    nurse = await fresh.sign_in("level2")
    async with nurse.stream() as live:
        (await patient.report(BAD_NAUSEA)).ok(201)
        await live.next("changed", 0)
        row = await nurse.row_of(patient)

        async def told() -> bool:
            return (await calls(fresh, patient))[0][3] == "received"

        await until(told, 5, "the open page does not count")
    page = (await nurse.get(f"/api/alerts/{row['id']}")).ok(200)
    assert [(n["to"], n["channel"], n["state"]) for n in page["notifications"]] == [("level2 A", "screen", "opened")]
    await nothing_more(phones)
    assert phones.pushes() == (0, 0, 0, 0)


async def test_who_has_signed_out_does_not_count_as_told(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    (await phones.level2.owner.delete(f"/api/devices/{phones.level2.device_id}")).ok(204)
    await fresh.leave_screens()
    nurse = await fresh.sign_in("level2")
    await nurse.worklist()
    (await nurse.post("/api/sign-out")).ok(204)
    (await patient.report(BAD_NAUSEA)).ok(201)
    await hear(phones.oncologist)
