"""The worklist: who sees what first, who takes it, and how it ends."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from tests.http.bodies import problem
from tests.world import Answer, Person, World, until

CHEST_PAIN = {"chest_pain": {"S": 3}}  # red, emergency
FAINT_CHEST_PAIN = {"chest_pain": {"S": 1}}  # red
TIRED = {"fatigue": {"S": 3, "I": 2}}  # yellow
LOOSE = {"diarrhoea": {"F": 4}}


async def told(world: World, answers: dict[str, Any], nurse: Person, regimen: str = "letrozole") -> tuple[Person, Any]:
    """A new patient who has said this, and their row on the nurse's worklist."""
    patient = await world.new_patient(regimen)
    (await patient.report(answers)).ok(201)
    return patient, await nurse.row_of(patient)


async def test_the_gravest_comes_first_then_who_waits_longest_and_what_is_taken_last(fresh: World) -> None:
    nurse = await fresh.sign_in("level2")
    names = {}
    for name, answers in (
        ("taken", CHEST_PAIN),
        ("yellow", TIRED),
        ("red", FAINT_CHEST_PAIN),
        ("emergency", CHEST_PAIN),
        ("later emergency", CHEST_PAIN),
        ("by hand", {"unheard_of": {"P": 1}}),
    ):
        patient, row = await told(fresh, answers, nurse)
        names[patient.me["id"]] = name
        if name == "taken":
            (await nurse.acknowledge(row)).ok(200)
        await fresh.clock.advance(seconds=10)
    order = [names[row["patient"]["id"]] for row in (await nurse.worklist())["alerts"]]
    assert order == ["emergency", "later emergency", "red", "by hand", "yellow", "taken"]


async def test_a_row_says_who_why_since_when_and_until_when(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    patient, row = await told(calm, CHEST_PAIN, nurse, "capecitabine_mono")
    assert (row["level"], row["emergency"], row["state"], row["version"], row["reports"]) == ("red", True, "open", 1, 1)
    assert row["patient"] == {"id": patient.me["id"], "name": patient.me["name"], "born_on": row["patient"]["born_on"]}
    assert (row["cycle"], row["day_of_cycle"]) == (3, 9), "50 days after the start, cycles of 21 days"
    assert row["recipient"] == "emergency"
    assert all(reason["title"]["fr"] and reason["title"]["en"] for reason in row["reasons"])
    assert row["opened_at"] < row["acknowledge_due_at"] < row["contact_due_at"]
    worklist = await nurse.worklist()
    assert {(d["role"], d["coordination_level"]) for d in worklist["on_duty"]} >= {
        ("coordinator", 2),
        ("oncologist", None),
    }


async def test_a_nurse_takes_an_alert_calls_and_closes_it(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    patient, row = await told(calm, CHEST_PAIN, nurse)
    page = (await nurse.get(f"/api/alerts/{row['id']}")).ok(200)
    assert (page["may"]["acknowledge"], page["may"]["close"]) == (True, False)
    page = (await nurse.acknowledge(row)).ok(200)
    assert (page["alert"]["state"], page["alert"]["acknowledged_by"], page["alert"]["version"]) == (
        "acknowledged",
        nurse.name,
        2,
    )
    assert (page["may"]["acknowledge"], page["may"]["close"]) == (False, True)
    page = (await nurse.close_alert(page["alert"])).ok(200)
    assert page["alert"]["state"] == "closed"
    assert not any(page["may"].values())
    assert [e["verb"] for e in page["events"]] == ["alert_opened", "alert_acknowledged", "alert_closed"]
    worklist = await nurse.worklist()
    assert row["id"] not in {r["id"] for r in worklist["alerts"]}
    assert worklist["closed_today"] >= 1
    assert (await patient.get("/api/home")).ok(200)["followed"] is None


async def test_of_two_nurses_one_takes_it(calm: World) -> None:
    one, other = await calm.sign_in("level2"), await calm.sign_in("level2.second")
    for _ in range(5):
        _, row = await told(calm, CHEST_PAIN, one)
        answers: list[Answer] = await asyncio.gather(one.acknowledge(row), other.acknowledge(row))
        assert sorted(answer.status for answer in answers) == [200, 409]
        loser = next(answer for answer in answers if answer.status == 409)
        problem(loser, 409, "alert_changed")
        taken = await calm.value(
            "select count(*) from event where subject_id = $1 and verb = 'alert_acknowledged'", UUID(row["id"])
        )
        assert taken == 1


async def test_an_alert_that_has_grown_since_it_was_read_is_not_taken_unseen(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    patient, row = await told(calm, TIRED, nurse)
    (await patient.report(CHEST_PAIN)).ok(201)
    problem(await nurse.acknowledge(row), 409, "alert_changed")
    grown = await nurse.row_of(patient)
    assert (grown["id"], grown["level"], grown["state"]) == (row["id"], "red", "open")
    (await nurse.acknowledge(grown)).ok(200)


async def test_reports_join_the_open_episode(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    patient, row = await told(calm, TIRED, nurse)
    (await patient.report(TIRED)).ok(201)
    (await patient.report({})).ok(201)
    joined = await nurse.row_of(patient)
    assert (joined["id"], joined["reports"], joined["level"]) == (row["id"], 3, "yellow")


async def test_an_acknowledgement_covers_what_was_known_when_it_was_given(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    patient, row = await told(calm, FAINT_CHEST_PAIN, nurse)
    (await nurse.acknowledge(row)).ok(200)
    (await patient.report(FAINT_CHEST_PAIN)).ok(201)
    (await patient.report({})).ok(201)
    same = await nurse.row_of(patient)
    assert (same["state"], same["acknowledged_by"]) == ("acknowledged", nurse.name)
    (await patient.report(CHEST_PAIN)).ok(201)
    worse = await nurse.row_of(patient)
    assert (worse["id"], worse["state"], worse["emergency"], worse["acknowledged_by"]) == (
        row["id"],
        "open",
        True,
        None,
    )
    assert worse["acknowledge_due_at"] > same["acknowledge_due_at"] or worse["emergency"]
    rounds = await calm.rows("select distinct round from escalation where alert_id = $1 order by 1", UUID(row["id"]))
    assert [r["round"] for r in rounds] == [1, 2], "people are called again"


async def test_a_new_orange_reason_reopens(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    patient, row = await told(calm, FAINT_CHEST_PAIN, nurse)
    (await nurse.acknowledge(row)).ok(200)
    (await patient.report({"unheard_of": {"P": 1}})).ok(201)
    again = await nurse.row_of(patient)
    assert (again["state"], again["level"], again["read_by_hand"]) == ("open", "red", True)
    assert "read_by_hand" in {reason["id"] for reason in again["reasons"]}


async def test_closing_needs_somebody_who_has_it(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    _, row = await told(calm, CHEST_PAIN, nurse)
    problem(await nurse.close_alert(row), 409, "alert_not_acknowledged")


async def test_closing_what_has_changed_or_ended_is_refused(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    patient, row = await told(calm, CHEST_PAIN, nurse)
    taken = (await nurse.acknowledge(row)).ok(200)["alert"]
    (await patient.report(CHEST_PAIN)).ok(201)
    problem(await nurse.close_alert(taken), 409, "alert_changed")
    (await nurse.close_alert(await nurse.row_of(patient))).ok(200)
    problem(await nurse.close_alert({**taken, "version": 4}), 409, "alert_changed")
    problem(await nurse.acknowledge({**taken, "version": 4}), 409, "alert_changed")


@pytest.mark.parametrize(
    "wrong",
    [
        {"action": "nothing"},
        {"outcome": "cured"},
        {"verdict": "maybe"},
        {"verdict": None},
        {"hospitalised": "no"},
        {"toxicity": {"symptom": "diarrhoea", "ctcae_grade": 6}},
        {"toxicity": {"symptom": "not_a_symptom", "ctcae_grade": 2}},
        {"note": "x" * 2001},
    ],
)
async def test_closing_needs_a_complete_and_possible_label(calm: World, wrong: dict[str, Any]) -> None:
    nurse = await calm.sign_in("level2.second")
    _, row = await told(calm, CHEST_PAIN, nurse)
    taken = (await nurse.acknowledge(row)).ok(200)["alert"]
    problem(await nurse.close_alert(taken, **wrong), 422, "content_refused")
    assert (await nurse.close_alert(taken)).ok(200)


async def test_what_came_of_it_is_kept_as_a_label(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    _, row = await told(calm, LOOSE, nurse, "capecitabine_mono")
    taken = (await nurse.acknowledge(row)).ok(200)["alert"]
    ending = {
        "action": "asked_oncologist",
        "outcome": "treatment_changed",
        "toxicity": {"symptom": "diarrhoea", "ctcae_grade": 2},
        "hospitalised": False,
        "dose_changed": True,
        "verdict": "not_useful",
        "note": "rappelé à 11 h",
    }
    (await nurse.close_alert(taken, **ending)).ok(200)
    kept = (await calm.rows("select * from alert where id = $1", UUID(row["id"])))[0]
    assert (kept["action"], kept["outcome"], kept["toxicity_symptom"], kept["toxicity_grade"]) == (
        "asked_oncologist",
        "treatment_changed",
        "diarrhoea",
        2,
    )
    assert (kept["hospitalised"], kept["dose_changed"], kept["useful"], kept["note"]) == (
        False,
        True,
        False,
        "rappelé à 11 h",
    )
    assert str(kept["closed_by"]) == nurse.me["id"]


async def test_after_closing_the_next_report_opens_another_episode(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    patient, row = await told(calm, CHEST_PAIN, nurse)
    taken = (await nurse.acknowledge(row)).ok(200)["alert"]
    (await nurse.close_alert(taken)).ok(200)
    (await patient.report(CHEST_PAIN)).ok(201)
    assert (await nurse.row_of(patient))["id"] != row["id"]


async def test_an_alert_that_reached_nobody_says_so_and_can_still_be_taken(fresh: World) -> None:
    nurse = await fresh.sign_in("level2.second")
    patient, row = await told(fresh, CHEST_PAIN, nurse)
    alert = UUID(row["id"])

    async def undeliverable() -> bool:
        return bool(await fresh.value("select state = 'undeliverable' from alert where id = $1", alert))

    await fresh.leave_screens()
    await fresh.clock.advance(hours=2)
    await until(undeliverable, 15, "the alert is not undeliverable")
    worklist = await nurse.worklist() if (await nurse.get("/api/sessions")).status == 200 else None
    nurse = nurse if worklist else await fresh.sign_in("level2.second")
    worklist = await nurse.worklist()
    assert worklist["undeliverable"] == 1
    lost = await nurse.row_of(patient)
    assert lost["state"] == "undeliverable"
    assert (await patient.get("/api/me")).status == 200
    (await nurse.acknowledge(lost)).ok(200)
    assert (await nurse.worklist())["undeliverable"] == 0


async def test_an_alert_that_is_not_there_cannot_be_read_taken_or_closed(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    nothing = {"id": uuid4(), "version": 1}
    problem(await nurse.get(f"/api/alerts/{nothing['id']}"), 404, "not_found")
    problem(await nurse.acknowledge(nothing), 404, "not_found")
    problem(await nurse.close_alert(nothing), 404, "not_found")


async def test_the_page_shows_why_the_alert_is_what_it_is_whatever_came_after(calm: World) -> None:
    nurse = await calm.sign_in("level2")
    patient, row = await told(calm, CHEST_PAIN, nurse)
    (await patient.report({})).ok(201)
    page = (await nurse.get(f"/api/alerts/{row['id']}")).ok(200)
    assert page["alert"]["level"] == "red"
    assert page["verdict"]["level"] == "red", "the report that made the alert red, not the green one after it"
    assert {r["id"] for r in page["verdict"]["reasons"]} == {r["id"] for r in page["alert"]["reasons"]} != set()
    (await patient.report(CHEST_PAIN, answered_at=await calm.now() - timedelta(days=2))).ok(201)
    page = (await nurse.get(f"/api/alerts/{row['id']}")).ok(200)
    assert page["verdict"]["emergency"] is True
