"""The roster while an alert climbs: a holiday weekend, and a swap of duty in the middle of an escalation."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from tests.stories.cast import BAD_DIARRHOEA, BAD_NAUSEA, alert_of, hear, nothing_more, off_duty, team
from tests.stories.test_partner_cover import person_id
from tests.world import World, until


async def test_on_a_holiday_weekend_an_orange_is_called_on_the_first_morning(fresh: World):
    """Ascension Day: nothing is open before Friday. An orange does not wait for it."""
    await fresh.clock.set(
        datetime(2027, 5, 5, 19, 0, tzinfo=UTC)
    )  # Wednesday evening; Thursday 6 May 2027 is Ascension Day
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    (await patient.report(BAD_NAUSEA)).ok(201)
    await nothing_more(phones)
    assert phones.pushes() == (0, 0, 0, 0)
    await fresh.clock.set(datetime(2027, 5, 6, 6, 0, 1, tzinfo=UTC))
    await hear(phones.level2)
    assert (await alert_of(fresh, patient))["acknowledge_due_at"] == datetime(2027, 5, 6, 8, 0, tzinfo=UTC)


async def test_a_swap_of_duty_in_the_middle_of_an_escalation_calls_who_is_there_now(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    (await patient.report(BAD_NAUSEA)).ok(201)
    await hear(phones.level2)
    manager = await fresh.sign_in("manager")
    now = await fresh.now()
    body = {
        "away": person_id(fresh, "oncologist", "A"),
        "instead": person_id(fresh, "oncologist.second", "A"),
        "from_at": now.isoformat(),
        "to_at": (now + timedelta(hours=8)).isoformat(),
    }
    (await manager.post("/api/roster/swaps", body)).ok(201)
    await fresh.clock.set((await alert_of(fresh, patient))["acknowledge_due_at"] + timedelta(seconds=1))
    await hear(phones.second)
    await nothing_more(phones)
    assert phones.pushes() == (0, 1, 0, 1)
    manager = await fresh.sign_in("manager")
    shifts = (await manager.get("/api/roster?days=1")).ok(200)["shifts"]
    assert person_id(fresh, "oncologist.second", "A") in {shift["staff_id"] for shift in shifts}


async def test_f12_a_hole_in_the_roster_is_known_before_it_comes(fresh: World):
    manager = await fresh.sign_in("manager")
    async with off_duty(fresh, "oncologist"):
        holes = (await manager.get("/api/roster/coverage")).ok(200)["holes"]
    assert {hole["recipient"] for hole in holes} == {"oncologist"}
    assert (await manager.get("/api/roster/coverage")).ok(200)["holes"] == []


async def test_f11_of_two_who_acknowledge_at_once_one_has_it(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    await hear(phones.level2, phones.oncologist)
    one, other = await fresh.sign_in("level2"), await fresh.sign_in("oncologist")
    row = await one.row_of(patient)
    assert sorted([(await one.acknowledge(row)).status, (await other.acknowledge(row)).status]) == [200, 409]
    assert (await one.row_of(patient))["owner"]["name"] == "level2 A"


async def test_f13_acknowledged_and_then_forgotten_is_called_again_after_four_hours(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    await hear(phones.level2, phones.oncologist)
    nurse = await fresh.sign_in("level2")
    (await nurse.acknowledge(await nurse.row_of(patient))).ok(200)
    await fresh.leave_screens()
    await fresh.clock.advance(hours=4)

    async def open_again() -> bool:
        return (await alert_of(fresh, patient))["round"] == 2

    await until(open_again, 10, "nobody is called again")
    await hear(phones.oncologist)
    again = await fresh.sign_in("level2")
    page = (await again.get(f"/api/alerts/{(await alert_of(fresh, patient))['id']}")).ok(200)
    assert page["alert"]["owner"]["name"] == "level2 A"
    last = page["notifications"][-1]["called_because"]
    assert (last["cause"], last["kind"]) == ("forgotten", "forgotten")
    assert last["rules"] == [reason["id"] for reason in page["alert"]["reasons"]]
