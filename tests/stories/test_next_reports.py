"""A second report while an alert is open: worse calls again, milder joins silently, late never lowers."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.stories.cast import (
    BAD_DIARRHOEA,
    BAD_FATIGUE,
    BAD_NAUSEA,
    NAUSEA,
    NOTHING,
    Team,
    alert_of,
    calls,
    hear,
    nothing_more,
    team,
)
from tests.world import Person, World


async def orange_taken(world: World) -> tuple[Team, Person]:
    """A patient whose orange alert the nurse has acknowledged."""
    phones = await team(world)
    patient = await world.new_patient("palbociclib")
    (await patient.report(BAD_NAUSEA)).ok(201)
    await hear(phones.level2)
    nurse = await world.sign_in("level2")
    (await nurse.acknowledge(await nurse.row_of(patient))).ok(200)
    await world.leave_screens()
    return phones, patient


async def test_a_worse_report_after_the_acknowledgement_reopens_and_calls_again(fresh: World):
    phones, patient = await orange_taken(fresh)
    assert (await patient.report(BAD_DIARRHOEA)).ok(201)["level"] == "red"
    await hear(phones.level2, phones.oncologist)
    alert = await alert_of(fresh, patient)
    assert (alert["state"], alert["level"], alert["round"], alert["reports"]) == ("open", "red", 2, 2)
    assert alert["acknowledged_by"] is None
    await fresh.clock.advance(minutes=31)
    await hear(phones.oncologist, phones.second)
    assert [call[:3] for call in await calls(fresh, patient)] == [
        (1, 0, "level2"),
        (2, 0, "level2"),
        (2, 0, "oncologist"),
        (2, 1, "any_oncologist"),
        (2, 1, "any_oncologist"),
    ]


async def test_a_new_grave_reason_after_the_acknowledgement_reopens(fresh: World):
    phones, patient = await orange_taken(fresh)
    (await patient.report(BAD_FATIGUE)).ok(201)
    await hear(phones.level2)
    alert = await alert_of(fresh, patient)
    assert (alert["state"], alert["level"], alert["round"]) == ("open", "orange", 2)
    assert {"nausea_g3", "fatigue_g3"} <= set(alert["reasons"])


@pytest.mark.parametrize("again", [[BAD_NAUSEA, NOTHING], [NAUSEA, NOTHING]], ids=["the_same", "milder"])
async def test_the_same_or_a_milder_report_after_the_acknowledgement_joins_silently(
    fresh: World, again: list[dict[str, dict[str, int]]]
):
    phones, patient = await orange_taken(fresh)
    for answers in again:
        (await patient.report(answers)).ok(201)
    await nothing_more(phones)
    alert = await alert_of(fresh, patient)
    assert (alert["state"], alert["level"], alert["round"], alert["reports"]) == ("acknowledged", "orange", 1, 3)
    assert phones.pushes() == (0, 1, 0, 0)


async def test_a_milder_report_to_an_open_alert_changes_neither_level_nor_deadline(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("palbociclib")
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    await hear(phones.level2, phones.oncologist)
    before = await alert_of(fresh, patient)
    await fresh.clock.advance(minutes=10)
    (await patient.report(NOTHING)).ok(201)
    after = await alert_of(fresh, patient)
    for what in ("level", "state", "round", "acknowledge_due_at", "contact_due_at", "reasons"):
        assert after[what] == before[what], what
    assert after["reports"] == 2
    await nothing_more(phones)
    await fresh.clock.advance(minutes=21)
    await hear(phones.oncologist, phones.second)


async def test_a_worse_report_to_an_open_alert_climbs_from_the_first_rung_again(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("palbociclib")
    (await patient.report(BAD_NAUSEA)).ok(201)
    await hear(phones.level2)
    await fresh.clock.advance(minutes=60)
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    await hear(phones.level2, phones.oncologist)
    alert = await alert_of(fresh, patient)
    assert (alert["state"], alert["level"], alert["round"]) == ("open", "red", 2)
    assert alert["acknowledge_due_at"] - alert["changed_at"] == timedelta(minutes=30)
    old = await fresh.rows("select outcome from escalation where round = 1 and step > 0")
    assert {row["outcome"] for row in old} == {"superseded"}


async def test_f04_a_late_green_never_closes_a_newer_red_and_a_late_red_still_alerts(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("palbociclib")
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    await hear(phones.level2, phones.oncologist)
    newest = (await alert_of(fresh, patient))["last_report_id"]
    three_days_ago = await fresh.now() - timedelta(days=3)
    (await patient.report(NOTHING, answered_at=three_days_ago)).ok(201)
    alert = await alert_of(fresh, patient)
    assert (alert["state"], alert["level"], alert["last_report_id"]) == ("open", "red", newest)

    other = await fresh.new_patient("palbociclib")
    assert (await other.report(BAD_DIARRHOEA, answered_at=three_days_ago)).ok(201)["level"] == "red"
    await hear(phones.level2, phones.oncologist)
    nurse = await fresh.sign_in("level2")
    page = (await nurse.get(f"/api/alerts/{(await nurse.row_of(other))['id']}")).ok(200)
    assert page["reports"][0]["late"] is True


async def test_after_the_closing_a_new_report_opens_a_new_alert(fresh: World):
    phones, patient = await orange_taken(fresh)
    nurse = await fresh.sign_in("level2")
    first = await nurse.row_of(patient)
    (await nurse.close_alert(first)).ok(200)
    await fresh.leave_screens()
    (await patient.report(BAD_NAUSEA)).ok(201)
    await hear(phones.level2)
    second = await alert_of(fresh, patient)
    assert str(second["id"]) != first["id"]
    assert (second["round"], second["reports"], second["state"]) == (1, 1, "open")
