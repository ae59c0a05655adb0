"""Nobody acknowledges: who is called next, when, and that each is called once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.stories.cast import (
    BAD_DIARRHOEA,
    BAD_NAUSEA,
    FATIGUE,
    alert_of,
    calls,
    hear,
    nothing_more,
    team,
)
from tests.world import Person, World, until

SECOND = timedelta(seconds=1)


async def turns_undeliverable(world: World, patient: Person) -> None:
    """Wait for the end of the ladder."""

    async def reached() -> bool:
        return (await alert_of(world, patient))["state"] == "undeliverable"

    await until(reached, 10, "the alert is not undeliverable")


async def test_yellow_of_an_administrative_regimen_goes_to_administrative_coordination_first(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("letrozole")
    assert (await patient.report(FATIGUE)).ok(201)["level"] == "yellow"
    (message,) = await hear(phones.level1)
    assert message.headers["urgency"] == "normal"
    assert message.json["notification"]["require_interaction"] is False
    due = (await alert_of(fresh, patient))["acknowledge_due_at"]
    assert due == datetime(2026, 11, 25, 17, 0, tzinfo=UTC)  # the end of the next working day, 18:00 in Paris
    await fresh.clock.set(due - 30 * SECOND)
    await nothing_more(phones)
    assert phones.pushes() == (1, 0, 0, 0)

    await fresh.clock.set(due + SECOND)
    await hear(phones.level2)
    assert (await alert_of(fresh, patient))["escalated_to"] == "level2"
    end = datetime(
        2026, 11, 27, 17, 0, tzinfo=UTC
    )  # whoever is called at closing time has the working day after the next
    await fresh.clock.set(end - 30 * SECOND)
    await nothing_more(phones)
    await fresh.clock.set(end + SECOND)
    await hear(phones.level1, phones.level2)  # the last resort: all coordinators
    assert (await alert_of(fresh, patient))["escalated_to"] == "any_coordinator"
    await fresh.clock.set(datetime(2026, 12, 1, 17, 0, 1, tzinfo=UTC))
    await turns_undeliverable(fresh, patient)
    await nothing_more(phones)
    assert phones.pushes() == (2, 2, 0, 0)


async def test_yellow_of_a_nursing_regimen_goes_to_nursing_coordination(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("palbociclib")
    assert (await patient.report(FATIGUE)).ok(201)["level"] == "yellow"
    await hear(phones.level2)
    await nothing_more(phones)
    assert phones.pushes() == (0, 1, 0, 0)


async def test_unacknowledged_orange_reaches_the_oncologist_on_call_after_two_open_hours(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    assert (await patient.report(BAD_NAUSEA)).ok(201)["level"] == "orange"
    await hear(phones.level2)
    due = (await alert_of(fresh, patient))["acknowledge_due_at"]
    await fresh.clock.set(due - 30 * SECOND)
    await nothing_more(phones)
    await fresh.clock.set(due + SECOND)
    await hear(phones.oncologist)
    assert (await alert_of(fresh, patient))["escalated_to"] == "oncologist"
    await fresh.clock.set(due + timedelta(minutes=60) + SECOND)
    await hear(phones.oncologist, phones.second)
    await fresh.clock.set(due + timedelta(minutes=120) + SECOND)
    await turns_undeliverable(fresh, patient)
    await nothing_more(phones)
    assert phones.pushes() == (0, 1, 2, 1)
    assert [call[:3] for call in await calls(fresh, patient)] == [
        (1, 0, "level2"),
        (1, 1, "oncologist"),
        (1, 2, "any_oncologist"),
        (1, 2, "any_oncologist"),
    ]


async def test_orange_in_the_night_wakes_nobody_and_calls_at_eight(fresh: World):
    await fresh.clock.set(datetime(2026, 11, 24, 21, 0, tzinfo=UTC))
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    assert (await patient.report(BAD_NAUSEA)).ok(201)["level"] == "orange"
    await fresh.clock.set(datetime(2026, 11, 25, 6, 59, 30, tzinfo=UTC))
    await nothing_more(phones)
    assert phones.pushes() == (0, 0, 0, 0)
    await fresh.clock.set(datetime(2026, 11, 25, 7, 0, 1, tzinfo=UTC))
    await hear(phones.level2)


async def test_unacknowledged_red_reaches_every_oncologist_after_thirty_minutes(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    opened = await fresh.now()
    assert (await patient.report(BAD_DIARRHOEA)).ok(201)["level"] == "red"
    await hear(phones.level2, phones.oncologist)
    await fresh.clock.set(opened + timedelta(minutes=29, seconds=30))
    await nothing_more(phones)
    await fresh.clock.set(opened + timedelta(minutes=30, seconds=5))
    await hear(phones.oncologist, phones.second)
    await nothing_more(phones)
    assert phones.pushes() == (0, 1, 2, 1)


async def test_a_red_that_nobody_takes_is_visibly_undeliverable(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    await hear(phones.level2, phones.oncologist)
    await fresh.clock.advance(minutes=31)
    await hear(phones.oncologist, phones.second)
    await fresh.clock.advance(minutes=30)
    nurse = await fresh.sign_in("level2")
    await turns_undeliverable(fresh, patient)
    seen = await nurse.worklist()
    assert seen["undeliverable"] == 1
    row = await nurse.row_of(patient)
    assert (row["state"], row["escalated_to"]) == ("undeliverable", "any_oncologist")
    manager = await fresh.sign_in("manager")
    overview = (await manager.get("/api/overview")).ok(200)
    assert (overview["undeliverable"], overview["open"]["red"]) == (1, 1)
    page = (await nurse.get(f"/api/alerts/{row['id']}")).ok(200)
    assert [e["verb"] for e in page["events"]] == ["alert_opened", "alert_escalated", "alert_undeliverable"]
    assert (await nurse.acknowledge(row)).ok(200)["alert"]["state"] == "acknowledged"
    assert (await nurse.worklist())["undeliverable"] == 0


async def test_an_unacknowledged_red_reaches_a_second_nurse_then_every_oncologist_and_then_stands_undeliverable(
    fresh: World,
):
    """Two nurses are on duty: the second is not kept waiting for the first, who does not answer."""
    phones = await team(fresh)
    colleague = await fresh.sign_in("level2.second")
    second = await colleague.add_phone()
    await fresh.leave_screens()
    manager, now = await fresh.sign_in("manager"), await fresh.now()
    also = {
        "kind": "extra",
        "staff": colleague.me["id"],
        "from_at": (now - timedelta(hours=1)).isoformat(),
        "to_at": (now + timedelta(hours=8)).isoformat(),
    }
    (await manager.post("/api/roster/changes", also)).ok(201)
    patient = await fresh.new_patient("capecitabine_mono")
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    await hear(phones.level2, second, phones.oncologist)
    await fresh.clock.advance(minutes=31)
    await hear(phones.oncologist, phones.second)
    await fresh.clock.advance(minutes=31)
    await turns_undeliverable(fresh, patient)
    await nothing_more(phones)
    assert (*phones.pushes(), len(second.requests)) == (0, 1, 2, 1, 1)
    assert (await (await fresh.sign_in("level2")).worklist())["undeliverable"] == 1


async def test_each_rung_is_climbed_once_although_the_clock_jumps_over_all_of_them(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    await hear(phones.level2, phones.oncologist)
    await fresh.clock.advance(hours=30)
    await hear(phones.oncologist, phones.second)
    await turns_undeliverable(fresh, patient)
    await nothing_more(phones)
    assert [call[:3] for call in await calls(fresh, patient)] == [
        (1, 0, "level2"),
        (1, 0, "oncologist"),
        (1, 1, "any_oncologist"),
        (1, 1, "any_oncologist"),
    ]
    assert phones.pushes() == (0, 1, 2, 1)
