"""The one thing Vigie exists for: from a phone's tap to a nurse's acknowledgement."""

from __future__ import annotations

import time

from tests.stories.cast import A_WHILE, CHEST_PAIN, NOTHING, hear, nothing_more, team
from tests.world import World

CLINICAL = (
    "poitrine", "thorac", "douleur", "chest", "pain", "capécitabine", "capecitabine", "cancer", "grade", "rouge",
    "red", "orange", "urgence", "emergency", "symptom", "dose", "traitement", "treatment", "patient",
)  # fmt: skip


async def test_chest_pain_on_capecitabine_tells_the_patient_to_call_15(fresh: World):
    patient = await fresh.new_patient("capecitabine_mono")
    receipt = (await patient.report(CHEST_PAIN)).ok(201)
    assert (receipt["level"], receipt["emergency"], receipt["hold"]) == ("red", True, True)
    assert receipt["headline"]["fr"] == "Appelez le 15 ou le 112 maintenant"
    assert receipt["headline"]["en"] == "Call 15 or 112 now"
    assert "Take no further dose" in receipt["next"]["en"]
    assert receipt["advice"][0]["id"] == "emergency_call"
    assert receipt["contact_due_at"] is not None
    assert receipt["duplicate"] is False


async def test_chest_pain_reaches_the_phones_of_nurse_and_oncologist_within_two_seconds(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    (await patient.report(CHEST_PAIN)).ok(201)
    answered = time.time()
    heard = await hear(phones.level2, phones.oncologist)
    assert [message.at - answered < 2 for message in heard] == [True, True]  # N4
    assert [message.headers["urgency"] for message in heard] == ["high", "high"]
    assert phones.pushes() == (0, 1, 1, 0)


async def test_the_push_holds_no_clinical_word_and_no_name(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    (await patient.report(CHEST_PAIN, note="J'ai très mal, appelez Zoé")).ok(201)
    (message,) = await hear(phones.level2)
    assert set(message.json) == {"web_push", "notification", "receipt"}
    shown = message.json["notification"]
    assert shown["lang"] == "fr"
    assert shown["require_interaction"] is True
    assert "/clinic/#/alerts/" in shown["navigate"]
    told = message.text.casefold()
    for word in (*CLINICAL, *patient.me["name"].casefold().split(), "zoé", patient.me["id"]):
        assert word not in told.replace("require_interaction", ""), word
    assert message.headers["topic"] == shown["tag"]


async def test_every_push_has_the_same_size_whatever_it_is_about(fresh: World):
    phones = await team(fresh)
    for answers in (CHEST_PAIN, {"nausea": {"F": 4, "S": 4}}):
        (await (await fresh.new_patient()).report(answers, note="x" * 1000)).ok(201)
    sizes = {message.size for message in await hear(phones.level2, phones.level2)}
    assert len(sizes) == 1


async def test_a_nurse_sees_who_was_told_takes_the_alert_and_closes_it(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    nurse = await fresh.sign_in("level2")
    async with nurse.stream() as live:
        (await patient.report(CHEST_PAIN)).ok(201)
        answered = time.monotonic()
        assert await live.next("changed", 0) - answered < 1
    row = await nurse.row_of(patient)
    assert (row["level"], row["emergency"], row["state"], row["recipient"]) == ("red", True, "open", "emergency")
    assert row["patient"]["name"] == patient.me["name"]
    assert "chest_pain_fluoropyrimidine" in [reason["id"] for reason in row["reasons"]]

    (message,) = await hear(phones.level2)
    page = (await nurse.get(f"/api/alerts/{row['id']}")).ok(200)
    mine = next(n for n in page["notifications"] if n["to"] == "level2 A")
    assert (mine["channel"], mine["state"]) == ("web_push", "opened")  # she reads the alert itself
    assert mine["received_at"] is not None
    await phones.level2.receipt(message, "opened")
    assert page["verdict"]["level"] == "red"
    assert (page["may"]["acknowledge"], page["may"]["close"]) == (True, False)

    taken = (await nurse.acknowledge(row)).ok(200)
    assert (taken["alert"]["state"], taken["alert"]["acknowledged_by"]) == ("acknowledged", "level2 A")
    opened = next(n for n in taken["notifications"] if n["to"] == "level2 A")
    assert opened["state"] == "opened"
    assert (taken["may"]["acknowledge"], taken["may"]["close"]) == (False, True)

    (await nurse.close_alert(taken["alert"], action="sent_to_emergency", outcome="emergency_visit")).ok(200)
    left = await nurse.worklist()
    assert (left["alerts"], left["closed_today"]) == ([], 1)
    closed = (await nurse.get(f"/api/alerts/{row['id']}")).ok(200)
    assert [e["verb"] for e in closed["events"]] == ["alert_opened", "alert_acknowledged", "alert_closed"]
    home = (await patient.get("/api/home")).ok(200)
    assert home["followed"] is None
    assert home["last_report"]["level"] == "red"


async def test_an_acknowledged_alert_calls_nobody_any_more(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    (await patient.report(CHEST_PAIN)).ok(201)
    await hear(phones.level2)  # the oncologist's phone posts no receipt, and that must not matter any more
    nurse = await fresh.sign_in("level2")
    taken = (await nurse.acknowledge(await nurse.row_of(patient))).ok(200)["alert"]
    (await nurse.post(f"/api/alerts/{taken['id']}/contact", {"version": taken["version"]})).ok(
        200
    )  # else she is called
    await phones.oncologist.next()
    for _ in range(4):
        await fresh.clock.advance(minutes=31)
        await nothing_more(phones)
    assert await fresh.value("select count(*) from escalation where done_at is null") == 0
    assert await fresh.value("select state from alert") == "acknowledged"


async def test_the_acknowledgement_of_what_has_changed_meanwhile_is_refused(fresh: World):
    await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    nurse = await fresh.sign_in("level2")
    (await patient.report({"nausea": {"F": 4, "S": 4}})).ok(201)
    row = await nurse.row_of(patient)
    (await patient.report(CHEST_PAIN)).ok(201)
    refused = await nurse.acknowledge(row)
    assert (refused.status, refused.code) == (409, "alert_changed")
    (await nurse.acknowledge(await nurse.row_of(patient))).ok(200)


async def test_a_report_without_trouble_calls_nobody(fresh: World):
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    receipt = (await patient.report(NOTHING)).ok(201)
    assert (receipt["level"], receipt["contact_due_at"]) == ("green", None)
    await nothing_more(phones)
    assert phones.pushes() == (0, 0, 0, 0)
    assert await fresh.value("select count(*) from alert") == 0


async def test_the_other_establishment_hears_and_sees_nothing(fresh: World):
    stranger = await fresh.sign_in("level2", "B")
    foreign = await stranger.add_phone()
    phones = await team(fresh)
    patient = await fresh.new_patient("capecitabine_mono")
    (await patient.report(CHEST_PAIN)).ok(201)
    await hear(phones.level2, phones.oncologist)
    assert A_WHILE > 0
    assert foreign.requests == []
    assert (await stranger.worklist())["alerts"] == []
    alert = await fresh.value("select id from alert")
    assert (await stranger.get(f"/api/alerts/{alert}")).status == 404
    refused = await stranger.post(f"/api/alerts/{alert}/acknowledge", {"version": 1})
    assert refused.status == 404
