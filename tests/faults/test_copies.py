"""Phones repeat, double-tap and race: one report, one alert, one call (N3, F02, F03, F11)."""

from __future__ import annotations

import asyncio

from uuid_utils.compat import uuid7

from tests.world import World

ORANGE = {"nausea": {"F": 4, "S": 4}}
RED = {"diarrhoea": {"F": 4}}


async def test_f02_ten_copies_at_once_are_one_report_and_one_call(fresh: World) -> None:
    phone = await (await fresh.sign_in("level2")).add_phone()
    patients = [await fresh.new_patient() for _ in range(3)]
    now = await fresh.now()
    for patient in patients:
        for answers in (ORANGE, {}, ORANGE):
            id_ = uuid7()
            copies = [patient.report(answers, report_id=id_, answered_at=now) for _ in range(10)]
            answered = await asyncio.gather(*copies)
            assert sorted(answer.status for answer in answered) == [200] * 9 + [201]
            receipts = [{**answer.json, "duplicate": None} for answer in answered]
            assert all(receipt == receipts[0] for receipt in receipts)
    assert await fresh.value("select count(*) from report") == 9
    assert await fresh.value("select count(*) from alert") == 3
    for patient in patients:
        await phone.next()
        assert await fresh.value("select count(*) from verdict where patient_id = $1", patient.me["id"]) == 3
    await asyncio.sleep(1.5)
    assert len(phone.requests) == 3


async def test_f03_another_content_under_the_same_id_is_refused_and_kept(fresh: World) -> None:
    patient = await fresh.new_patient()
    now, id_ = await fresh.now(), uuid7()
    (await patient.report({}, report_id=id_, answered_at=now)).ok(201)
    for _ in range(3):
        differs = await patient.report(RED, report_id=id_, answered_at=now)
        assert (differs.status, differs.code) == (409, "report_differs")
    assert await fresh.value("select count(*) from report_conflict") == 1
    assert (await patient.report({}, report_id=id_, answered_at=now)).status == 200


async def test_the_same_id_from_another_patient_is_another_report(fresh: World) -> None:
    one, other = await fresh.new_patient(), await fresh.new_patient()
    id_ = uuid7()
    (await one.report({}, report_id=id_)).ok(201)
    (await other.report(ORANGE, report_id=id_)).ok(201)
    assert await fresh.value("select count(*) from report") == 2


async def test_f11_of_two_who_take_an_alert_at_once_one_has_it(fresh: World) -> None:
    first, second = await fresh.sign_in("level2"), await fresh.sign_in("level2.second")
    for _ in range(8):
        patient = await fresh.new_patient(by=second)
        (await patient.report(ORANGE)).ok(201)
        row = await first.row_of(patient)
        taken = await asyncio.gather(first.acknowledge(row), second.acknowledge(row))
        assert sorted(answer.status for answer in taken) == [200, 409]
        assert (
            await fresh.value(
                "select count(*) from event where verb = 'alert_acknowledged' and subject_id = $1", row["id"]
            )
            == 1
        )


async def test_f11_an_acknowledgement_never_covers_a_worse_report_that_came_first(fresh: World) -> None:
    nurse = await fresh.sign_in("level2")
    for _ in range(12):
        patient = await fresh.new_patient(by=nurse)
        (await patient.report(ORANGE)).ok(201)
        row = await nurse.row_of(patient)
        taken, worse = await asyncio.gather(nurse.acknowledge(row), patient.report(RED))
        assert worse.status == 201
        assert taken.status in (200, 409)
        alert = (await fresh.rows("select state, level, round from alert where id = $1", row["id"]))[0]
        assert tuple(alert) == ("open", "red", 2)  # before or after it, the red is not taken by anybody


async def test_f11_nothing_is_pushed_after_the_acknowledgement_although_the_next_rung_is_due(fresh: World) -> None:
    oncologist = await (await fresh.sign_in("oncologist")).add_phone()
    nurse = await fresh.sign_in("level2")
    await nurse.add_phone()
    for _ in range(6):
        patient = await fresh.new_patient(by=nurse)
        (await patient.report(ORANGE)).ok(201)
        row = await nurse.row_of(patient)
        await fresh.rows(
            "update escalation set due_at = app_now() + interval '500 milliseconds' where step = 1 and alert_id = $1",
            row["id"],
        )
        await asyncio.sleep(0.9)
        taken = await nurse.acknowledge(row)
        before = len(oncologist.requests)
        await asyncio.sleep(1.0)
        if taken.status == 200:
            called = await fresh.value("select count(*) from notification where alert_id = $1 and step = 1", row["id"])
            assert called == 0
        else:
            assert taken.code == "alert_changed"
            (await nurse.acknowledge(await nurse.row_of(patient))).ok(200)
            before = len(oncologist.requests)
        await asyncio.sleep(1.2)
        assert len(oncologist.requests) == before  # N8
