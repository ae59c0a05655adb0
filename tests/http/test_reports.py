"""A report comes in once, whatever the phone, the network and the clock do to it."""

from __future__ import annotations

import asyncio
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest
from uuid_utils.compat import uuid7

from tests.http.bodies import CANARY, problem
from tests.world import Person, World

CHEST_PAIN = {"chest_pain": {"S": 3}}
TIRED = {"fatigue": {"S": 3, "I": 2}}  # grade 2: yellow
LOOSE = {"diarrhoea": {"F": 4}}


async def count(patient: Person, table: str) -> int:
    """How many rows this patient has there."""
    query = f"select count(*) from {table} where patient_id = $1"  # noqa: S608 - a table's name, from this file
    found = await patient.world.value(query, UUID(patient.me["id"]))
    return int(found)


async def alert_of(patient: Person) -> dict[str, Any]:
    """The patient's episode, as the database has it."""
    rows = await patient.world.rows("select * from alert where patient_id = $1", UUID(patient.me["id"]))
    assert len(rows) == 1, rows
    return dict(rows[0])


async def reports_heard(patient: Person) -> list[str]:
    """What reports did to the patient's episode. Its version says less: each rung of a ladder that goes on meanwhile is one more."""
    rows = await patient.world.rows(
        "select verb from event where subject_id = $1 and verb in ('alert_opened', 'alert_joined', 'alert_raised',"
        " 'alert_reopened')",
        (await alert_of(patient))["id"],
    )
    return [row["verb"] for row in rows]


async def test_the_first_answer_says_what_to_do_and_what_happens_next(calm: World) -> None:
    patient = await calm.new_patient()
    receipt = (await patient.report(CHEST_PAIN)).ok(201)
    assert (receipt["level"], receipt["emergency"], receipt["duplicate"], receipt["hold"]) == ("red", True, False, True)
    assert receipt["headline"]["fr"].startswith("Appelez le 15")
    assert receipt["headline"]["en"].startswith("Call 15")
    assert receipt["contact_due_at"] is not None
    assert receipt["advice"]
    assert all(advice["title"]["fr"] and advice["body"]["en"] for advice in receipt["advice"])


async def test_a_green_report_opens_no_alert_and_promises_no_call(calm: World) -> None:
    patient = await calm.new_patient("letrozole")
    receipt = (await patient.report({"fatigue": {"S": 1, "I": 0}})).ok(201)
    assert (receipt["level"], receipt["contact_due_at"]) == ("green", None)
    assert await count(patient, "alert") == 0
    assert await count(patient, "report") == 1


async def test_the_same_report_sent_again_gets_the_first_answer(calm: World) -> None:
    patient, report_id = await calm.new_patient(), uuid7()
    now = await calm.now()
    first = (await patient.report(CHEST_PAIN, report_id=report_id, answered_at=now)).ok(201)
    await calm.clock.advance(minutes=20)
    again = (await patient.report(CHEST_PAIN, report_id=report_id, answered_at=now)).ok(200)
    assert again == {**first, "duplicate": True}
    assert (await count(patient, "report"), await count(patient, "verdict"), await count(patient, "alert")) == (1, 1, 1)
    assert await reports_heard(patient) == ["alert_opened"], "nobody is called twice"


async def test_the_order_of_keys_and_spaces_makes_no_other_report(calm: World) -> None:
    patient, path = await calm.new_patient(), f"/api/reports/{uuid7()}"
    draft = {"answered_at": "2026-11-24T09:00:00Z", "questionnaire": "t", "answers": {"fatigue": {"S": 1, "I": 1}}}
    (await patient.put(path, draft)).ok(201)
    other = {"answers": {"fatigue": {"I": 1, "S": 1}}, "questionnaire": "t", "answered_at": "2026-11-24T09:00:00Z"}
    (await patient.put(path, other)).ok(200)
    (await patient.put(path, {**draft, "measurements": {}, "note": None, "replaces": None})).ok(200)


async def test_another_content_under_the_same_id_is_refused_and_both_are_kept(calm: World) -> None:
    patient, report_id = await calm.new_patient(), uuid7()
    now = await calm.now()
    (await patient.report(TIRED, report_id=report_id, answered_at=now)).ok(201)
    for _ in range(2):
        refused = await patient.report(TIRED, report_id=report_id, answered_at=now, note="encore")
        problem(refused, 409, "report_differs")
    kept = await calm.rows("select content from report_conflict where report_id = $1", report_id)
    assert len(kept) == 1
    assert '"encore"' in kept[0]["content"]
    assert (await patient.report(TIRED, report_id=report_id, answered_at=now)).ok(200)["duplicate"] is True


async def test_ten_copies_at_once_are_one_report_and_one_alert(calm: World) -> None:
    patient, report_id = await calm.new_patient(), uuid7()
    now = await calm.now()
    answers = await asyncio.gather(
        *(patient.report(CHEST_PAIN, report_id=report_id, answered_at=now) for _ in range(10))
    )
    assert sorted(answer.status for answer in answers) == [200] * 9 + [201]
    assert len({str({**answer.json, "duplicate": None}) for answer in answers}) == 1
    assert (await count(patient, "report"), await count(patient, "verdict"), await count(patient, "alert")) == (1, 1, 1)
    alert = await alert_of(patient)
    assert alert["reports"] == 1
    assert await reports_heard(patient) == ["alert_opened"]
    first_rung = "select staff_id, count(*) from notification where alert_id = $1 and step = 0 group by 1"
    called = await calm.rows(first_rung, alert["id"])
    assert called
    assert all(row["count"] == 1 for row in called)


async def test_ten_different_reports_at_once_are_one_episode(calm: World) -> None:
    patient = await calm.new_patient()
    answers = await asyncio.gather(*(patient.report(CHEST_PAIN) for _ in range(10)))
    assert [answer.status for answer in answers] == [201] * 10
    alert = await alert_of(patient)
    assert (alert["reports"], alert["round"]) == (10, 1)
    assert alert["version"] >= 10, "each report is a change; on a slow machine the roster has begun to call, too"


async def test_two_patients_may_send_the_same_id(calm: World) -> None:
    one, other, report_id = await calm.new_patient(), await calm.new_patient(), uuid7()
    (await one.report(CHEST_PAIN, report_id=report_id)).ok(201)
    (await other.report({}, report_id=report_id)).ok(201)


async def test_a_late_green_never_closes_a_newer_red(calm: World) -> None:
    patient = await calm.new_patient()
    now = await calm.now()
    (await patient.report(CHEST_PAIN, answered_at=now)).ok(201)
    late = (await patient.report({}, answered_at=now - timedelta(days=2))).ok(201)
    assert late["level"] == "green"
    alert = await alert_of(patient)
    assert (alert["level"], alert["state"], alert["reports"], alert["last_report_at"]) == ("red", "open", 2, now)


async def test_a_late_red_alerts_and_is_labelled_late(calm: World) -> None:
    patient, nurse = await calm.new_patient(), await calm.sign_in("level2")
    now = await calm.now()
    (await patient.report(TIRED, answered_at=now)).ok(201)
    late = (await patient.report(CHEST_PAIN, answered_at=now - timedelta(days=3))).ok(201)
    assert late["level"] == "red"
    row = await nurse.row_of(patient)
    assert (row["level"], row["emergency"], row["reports"]) == ("red", True, 2)
    page = (await nurse.get(f"/api/alerts/{row['id']}")).ok(200)
    assert [(report["level"], report["late"]) for report in page["reports"]] == [("yellow", False), ("red", True)]
    assert "chest_pain" in str(row["reasons"])


@pytest.mark.parametrize("off", [timedelta(days=-2000), timedelta(days=2000), timedelta(hours=1)])
async def test_a_phone_whose_clock_is_wrong_by_years_is_believed_in_all_but_its_clock(
    calm: World, off: timedelta
) -> None:
    patient, now = await calm.new_patient(), await calm.now()
    receipt = (await patient.report(CHEST_PAIN, answered_at=now + off)).ok(201)
    assert receipt["level"] == "red"
    told = await calm.value("select told_at from report where patient_id = $1", UUID(patient.me["id"]))
    assert abs(told - now) < timedelta(minutes=1)
    row = (await patient.get("/api/home")).ok(200)
    assert row["report_due"] is False


@pytest.mark.parametrize(
    "instant", ["0001-01-01T00:00:00+23:59", "9999-12-31T23:59:59-23:59", "2026-11-24T09:00:00.000000001Z"]
)
async def test_the_ends_of_the_calendar_do_no_harm(calm: World, instant: str) -> None:
    patient = await calm.new_patient()
    body = {"answered_at": instant, "questionnaire": "t", "answers": {}}
    assert (await patient.put(f"/api/reports/{uuid7()}", body)).status in (201, 422)


@pytest.mark.parametrize(
    ("measurement", "value"),
    [("temperature_c", 50), ("temperature_c", 3.8), ("temperature_c", -1e308), ("weight_kg", 1e308)],
)
async def test_an_implausible_value_is_sent_back_with_its_place_and_taken_once_confirmed(
    calm: World, measurement: str, value: float
) -> None:
    patient, report_id = await calm.new_patient(), uuid7()
    refused = await patient.report(measurements={measurement: value}, report_id=report_id)
    document = problem(refused, 422, "value_implausible")
    assert [fault["path"] for fault in document["errors"]] == [f"measurements.{measurement}"]
    assert await count(patient, "report") == 0
    confirmed = await patient.report(measurements={measurement: value}, confirmed=[measurement], report_id=report_id)
    confirmed.ok(201)
    assert await count(patient, "report") == 1


async def test_every_implausible_value_is_named_at_once(calm: World) -> None:
    patient = await calm.new_patient()
    refused = await patient.report(measurements={"temperature_c": 99, "weight_kg": 1}, confirmed=["weight_kg"])
    assert [f["path"] for f in refused.json["errors"]] == ["measurements.temperature_c"]
    refused = await patient.report(measurements={"temperature_c": 99, "weight_kg": 1})
    assert {f["path"] for f in refused.json["errors"]} == {"measurements.temperature_c", "measurements.weight_kg"}


@pytest.mark.parametrize(
    ("answers", "measurements"),
    [
        ({"a_symptom_of_next_year": {"S": 3}}, {}),
        ({"fatigue": {"A": 2}}, {}),  # an attribute that this symptom does not have
        ({}, {"a_measurement_of_next_year": 12.5}),
        ({"\t<script>": {"P": 1}}, {}),
    ],
)
async def test_what_vigie_does_not_know_is_kept_and_read_by_hand(
    calm: World, answers: dict[str, Any], measurements: dict[str, float]
) -> None:
    patient, nurse = await calm.new_patient("letrozole"), await calm.sign_in("level2")
    receipt = (await patient.report(answers, measurements=measurements)).ok(201)
    assert (receipt["level"], receipt["read_by_hand"]) == ("orange", True)
    row = await nurse.row_of(patient)
    assert (row["level"], row["read_by_hand"], row["recipient"]) == ("orange", True, "level2")
    assert row["reasons"][0]["id"] == "read_by_hand"
    page = (await nurse.get(f"/api/alerts/{row['id']}")).ok(200)
    assert page["reports"][0]["read_by_hand"] is True
    assert page["reports"][0]["answers"] == answers
    assert page["reports"][0]["measurements"] == measurements
    (await patient.report({})).ok(201)  # and the queue behind it flows


async def test_an_unknown_symptom_hides_no_chest_pain(calm: World) -> None:
    patient = await calm.new_patient()
    receipt = (await patient.report({**CHEST_PAIN, "a_symptom_of_next_year": {"S": 3}})).ok(201)
    assert (receipt["level"], receipt["emergency"]) == ("red", True)


async def test_a_correction_replaces_and_erases_nothing(calm: World) -> None:
    patient, first = await calm.new_patient(), uuid7()
    (await patient.report(TIRED, report_id=first)).ok(201)
    (await patient.report({}, replaces=str(first))).ok(201)
    assert await count(patient, "report") == 2
    assert (await alert_of(patient))["level"] == "yellow", "a correction lowers nothing by itself"
    mine = (await patient.get("/api/reports")).ok(200)["reports"]
    assert len(mine) == 2


async def test_a_correction_may_arrive_before_what_it_corrects(calm: World) -> None:
    patient = await calm.new_patient()
    (await patient.report({}, replaces=str(uuid7()))).ok(201)


async def test_a_patient_reads_their_own_reports_newest_first(calm: World) -> None:
    patient, now = await calm.new_patient(), await calm.now()
    for days, answers in ((1, TIRED), (3, LOOSE), (2, {})):
        (await patient.report(answers, answered_at=now - timedelta(days=days))).ok(201)
    mine = (await patient.get("/api/reports")).ok(200)["reports"]
    assert [report["answers"] for report in mine] == [TIRED, {}, LOOSE]
    home = (await patient.get("/api/home")).ok(200)
    assert home["last_report"]["report_id"] == mine[0]["id"]
    assert home["followed"]["state"] == "open"


async def test_a_note_is_kept_and_read_by_the_nurse_only(calm: World) -> None:
    patient, nurse = await calm.new_patient(), await calm.sign_in("level2")
    (await patient.report(TIRED, note=f"{CANARY}\ndeux lignes\tet un onglet")).ok(201)
    row = await nurse.row_of(patient)
    assert CANARY not in str(row)
    page = (await nurse.get(f"/api/alerts/{row['id']}")).ok(200)
    assert page["reports"][0]["note"] == f"{CANARY}\ndeux lignes\tet un onglet"
    assert await calm.value("select count(*) from event where detail::text like $1", f"%{CANARY}%") == 0
    for process in (calm.serve, *calm.workers):
        assert CANARY not in process.log.read_text("utf-8")


async def test_nothing_is_kept_when_the_body_is_refused(calm: World) -> None:
    patient = await calm.new_patient()
    refused = await patient.report({"chest_pain": {"S": 9}})
    problem(refused, 422, "content_refused")
    problem(await patient.put(f"/api/reports/{uuid4()}", None), 400, "body_refused")
    assert (await count(patient, "report"), await count(patient, "alert")) == (0, 0)
