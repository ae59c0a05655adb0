"""Doses in a world of real processes: too much is told within seconds, what ran out goes one way and side effects another."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from uuid_utils.compat import uuid7

from tests.stories.cast import hear, team
from tests.world import Answer, Person, World, until

# Of a course that began fifty days before 24 November 2026: the 25th is C3D10, the 30th a rest day.
MORNING = datetime(2026, 11, 25, 7, 5, tzinfo=UTC)
REST_DAY = datetime(2026, 11, 30, 8, 0, tzinfo=UTC)


async def capecitabine(world: World) -> Person:
    """A patient on capecitabine, on the morning of C3D10, whose phone has a plan."""
    patient = await world.new_patient("capecitabine_mono")
    await world.clock.set(MORNING)
    return await again(world, patient)


async def again(world: World, patient: Person) -> Person:
    """The same patient on a new phone: a session does not last for days."""
    return await world.activate(patient.name, await world.new_code(patient.me["id"]))


async def tell(patient: Person, kind: str = "taken", *, intake_id: Any = None, **more: Any) -> Answer:
    """An intake, now."""
    now = await patient.world.now()
    draft = {"drug": "capecitabine", "kind": kind, "at": now.isoformat(), **more}
    return await patient.put(f"/api/intakes/{intake_id or uuid7()}", draft)


async def alert_rows(world: World, patient: Person) -> list[dict[str, Any]]:
    rows = await world.rows("select * from alert where patient_id = $1 and state <> 'closed'", patient.me["id"])
    return [dict(row) for row in rows]


async def test_two_doses_on_a_rest_day_of_capecitabine_call_the_oncologist_within_seconds(fresh: World) -> None:
    phones = await team(fresh)
    patient = await capecitabine(fresh)
    await fresh.clock.set(REST_DAY)
    patient = await again(fresh, patient)
    await fresh.leave_screens()
    first = (await tell(patient)).ok(201)
    assert (first["extra"], first["level"]) == ("rest_day", "orange")
    assert "appelez l'équipe" in first["now"]["fr"]
    await hear(phones.level2)
    second = (await tell(patient)).ok(201)
    assert (second["level"], second["headline"] is not None) == ("red", True)
    await hear(phones.level2, phones.oncologist)
    nurse = await fresh.sign_in("level2")
    row = await nurse.row_of(patient)
    page = (await nurse.get(f"/api/alerts/{row['id']}")).ok(200)
    assert [reason["id"] for reason in page["alert"]["reasons"]] == ["over_adherence"]


@pytest.mark.parametrize(("reason", "recipient"), [("ran_out", "level1"), ("side_effect", "level2")])
async def test_what_ran_out_goes_to_the_administration_and_side_effects_to_the_nurses(
    fresh: World, reason: str, recipient: str
) -> None:
    phones = await team(fresh)
    patient = await capecitabine(fresh)
    for _ in range(3):
        (await tell(patient)).ok(201)
        await fresh.clock.advance(hours=12)
        patient = await again(fresh, patient)
    await fresh.leave_screens()
    told = (await tell(patient, "missed", reason=reason)).ok(201)
    assert told["level"] == "yellow"
    assert told["now"] is not None, "what to do now, by the regimen's own rule"
    (alert,) = await alert_rows(fresh, patient)
    assert (alert["recipient"], alert["level"]) == (recipient, "yellow")
    assert phones is not None
    refills = (await (await fresh.sign_in("level1")).get("/api/refills")).ok(200)["refills"]
    assert [line["patient_id"] for line in refills] == ([patient.me["id"]] if reason == "ran_out" else [])


async def test_a_hold_reaches_the_phone_stops_its_reminders_and_the_clinic_sees_that_it_was_read(fresh: World) -> None:
    patient = await capecitabine(fresh)
    phone = await patient.add_phone()
    await fresh.clock.set(datetime(2026, 11, 25, 19, 1, tzinfo=UTC))
    patient = await again(fresh, patient)
    reminder = await phone.next(30)  # of the evening; that of the morning came before there was a phone
    assert "capécitabine" not in reminder.text.casefold()
    before = await reminded(fresh, patient)
    oncologist = await fresh.sign_in("oncologist")
    course = (await oncologist.get(f"/api/patients/{patient.me['id']}/course")).ok(200)
    assert (course["version"], course["may"]["order"], course["state"]) == (1, True, "active")
    order = {"after": 1, "kind": "hold", "reason": "diarrhée de grade 2", "rule": 1}
    seen = (await oncologist.post(f"/api/patients/{patient.me['id']}/orders/preview", {"order": order})).ok(200)
    assert seen["intakes"] < len(seen["slots"])
    (await oncologist.post(f"/api/patients/{patient.me['id']}/orders", order)).ok(201)
    stale = await oncologist.post(f"/api/patients/{patient.me['id']}/orders", order)
    assert (stale.status, stale.code) == (409, "course_changed")
    await phone.next(30)  # something new
    plan = (await patient.get("/api/plan")).ok(200)
    assert (plan["version"], plan["state"]) == (2, "on_hold")
    assert all(slot["held"] for slot in plan["slots"] if slot["due_at"] > "2026-11-26" and slot["day"] < "2026-11-29")
    read = {"course_id": plan["course_id"], "version": 2}
    (await patient.post("/api/plan/read", read)).ok(204)
    course = (await oncologist.get(f"/api/patients/{patient.me['id']}/course")).ok(200)
    assert (course["read_version"], course["orders"][1]["read_at"] is not None) == (2, True)
    await fresh.clock.set(datetime(2026, 11, 26, 7, 30, tzinfo=UTC))
    await until(lambda: settled(fresh), 30, "reminders that are due were not looked at")
    assert await reminded(fresh, patient) == before


async def reminded(world: World, patient: Person) -> int:
    """How many reminders were made of this patient's intakes."""
    count = "select count(*) from notice where kind = 'intake_reminder' and person_id = $1"
    return int(await world.value(count, patient.me["id"]))


async def settled(world: World) -> bool:
    """Nothing that is due waits to be sent."""
    return bool(await world.value("select count(*) = 0 from reminder where state = 'waiting' and due_at <= app_now()"))


async def test_an_intake_told_by_mistake_is_undone_and_later_corrected(fresh: World) -> None:
    patient = await capecitabine(fresh)
    mistake = uuid7()
    (await tell(patient, intake_id=mistake)).ok(201)
    (await patient.post(f"/api/intakes/{mistake}/undo")).ok(204)
    plan = (await patient.get("/api/plan")).ok(200)
    assert plan["intakes"] == []
    second = uuid7()
    (await tell(patient, intake_id=second)).ok(201)
    await fresh.clock.advance(minutes=11)
    late = await patient.post(f"/api/intakes/{second}/undo")
    assert (late.status, late.code) == (409, "intake_too_old")
    slot = {"day": "2026-11-25", "number": 0}
    (await tell(patient, "missed", slot=slot, reason="forgot", replaces=str(second))).ok(201)
    plan = (await patient.get("/api/plan")).ok(200)
    assert [intake["state"] for intake in plan["intakes"]] == ["missed"]


async def test_a_queue_that_is_sent_again_counts_once_and_what_cannot_be_kept_holds_up_nothing(fresh: World) -> None:
    patient = await capecitabine(fresh)
    await fresh.clock.advance(days=2)
    patient = await again(fresh, patient)
    queue = [
        {
            "id": str(uuid7()),
            "intake": {"drug": drug, "kind": "taken", "at": (MORNING + timedelta(hours=12 * n)).isoformat()},
        }
        for n, drug in enumerate(("capecitabine", "unknown_drug", "capecitabine", "capecitabine"))
    ]
    for outcome in ("kept", "duplicate"):
        done = (await patient.post("/api/intakes/batch", {"intakes": queue})).ok(200)["intakes"]
        assert [line["outcome"] for line in done] == [outcome, "refused", outcome, outcome]
        assert done[1]["code"] == "content_refused"
    assert await fresh.value("select count(*) from intake where patient_id = $1", patient.me["id"]) == 3
    assert await fresh.value("select sum(taken) from adherence_day where patient_id = $1", patient.me["id"]) == 3


async def test_after_the_session_has_ended_the_device_still_tells_and_reads_nothing(fresh: World) -> None:
    patient = await capecitabine(fresh)
    await fresh.clock.advance(hours=12)
    (await tell(patient)).ok(201)
    box = {"drug": "capecitabine", "strength_mg": 150, "units": 60}
    hand_over = uuid7()
    for _ in range(2):
        told = (await patient.put(f"/api/boxes-at-home/{hand_over}", box)).ok(200)
        assert told == {"id": str(hand_over)}, "nothing of what is at home is told to who may only write"
    for path in ("/api/plan", "/api/boxes-at-home"):
        assert (await patient.get(path)).status == 401
    wrong = await patient.put(f"/api/boxes-at-home/{uuid7()}", {**box, "strength_mg": 151})
    assert (wrong.status, wrong.code) == (422, "content_refused")
    rows = await fresh.rows("select units, author_kind from dispensing where patient_id = $1", patient.me["id"])
    assert [tuple(row) for row in rows] == [(60, "patient")]
    patient.cookies.clear()
    assert (await patient.put(f"/api/boxes-at-home/{uuid7()}", box)).status == 401


async def test_the_plan_says_since_when_doses_are_asked_for_and_in_what_boxes_the_drug_is_sold(fresh: World) -> None:
    patient = await fresh.new_patient("capecitabine_mono")
    plan = (await patient.get("/api/plan")).ok(200)
    enrolled = await fresh.value("select created_at from course where patient_id = $1", patient.me["id"])
    assert datetime.fromisoformat(plan["asked_from"]) == enrolled
    assert plan["first"] < str(enrolled.date()), "the cycle began before"
    (drug,) = plan["drugs"]
    assert [(one["mg"], one["written"]) for one in drug["strengths"]] == [(500, "500 mg"), (150, "150 mg")]


async def test_a_reminder_is_put_off_long_after_the_session_has_ended(fresh: World) -> None:
    patient = await capecitabine(fresh)
    phone = await patient.add_phone()
    await fresh.clock.set(datetime(2026, 11, 25, 19, 1, tzinfo=UTC))
    await phone.next(30)
    assert (await patient.get("/api/plan")).status == 401
    wish = {"drug": "capecitabine", "day": "2026-11-25", "number": 1, "minutes": 30}
    again = (await patient.post("/api/reminders/snooze", wish)).ok(200)["at"]
    await fresh.clock.set(datetime.fromisoformat(again) + timedelta(seconds=1))
    await phone.next(30)
    too_late = await patient.post("/api/reminders/snooze", {**wish, "minutes": 180})
    assert (too_late.status, too_late.code) == (409, "cannot_snooze")


async def test_a_sweep_that_comes_days_late_finds_everything_and_raises_it_once(fresh: World) -> None:
    phones = await team(fresh)
    patient = await capecitabine(fresh)
    (await tell(patient)).ok(201)
    await fresh.leave_screens()
    await fresh.work.kill()
    await fresh.clock.advance(days=16)
    fresh.work.start()
    await until(lambda: raised(fresh, patient), 60, "nobody was told of the reports that did not come")
    assert phones is not None
    verdicts = await fresh.rows("select reasons from chart_verdict where patient_id = $1", patient.me["id"])
    assert [row["reasons"] for row in verdicts] == [["missed_reports_2"]]


async def raised(world: World, patient: Person) -> bool:
    """Whether the patient has an episode."""
    return bool(await alert_rows(world, patient))
