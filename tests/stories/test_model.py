"""The risk model as people meet it: unheard in shadow, heard after two names, silenced by one, and never in the way of a report."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path

import pytest

from app.db.cluster import Cluster
from tests import risk_card
from tests.stories.cast import BAD_NAUSEA
from tests.world import START, Person, Seed, World

BECAUSE = "Looked at together with the pharmacist, on our own patients."
WORSE = {"fatigue": {"S": 1, "I": 1}, "nausea": {"F": 1, "S": 1}, "diarrhoea": {"F": 1}}
MILD = {name: {"S": 1} for name in ("fatigue", "insomnia", "dry_skin", "taste_change", "anxiety", "muscle_pain")}


async def test_in_shadow_nobody_who_cares_for_patients_sees_any_of_it(fresh: World):
    patient, nurse, oncologist = (
        await fresh.new_patient(),
        await fresh.sign_in("level2"),
        await fresh.sign_in("oncologist"),
    )
    receipt = (await patient.report(BAD_NAUSEA)).ok(201)
    row = await nurse.row_of(patient)
    seen = [receipt, (await patient.get("/api/home")).ok(), (await patient.get("/api/reports")).ok()]
    pages = ("/api/worklist", f"/api/alerts/{row['id']}", f"/api/patients/{patient.me['id']}", "/api/overview")
    seen += [(await nurse.get(path)).ok(200) for path in pages]
    words = json.dumps(seen).lower()
    for word in ("p7", "p14", "millilogit", "risk_model", "synthetic", "contribution"):
        assert word not in words, word
    assert '"ordered_by_model": false' in words
    assert (await nurse.get(f"/api/alerts/{row['id']}/risk")).ok(200) == {"risk": None}
    assert (await nurse.get("/api/model")).status == 403
    assert (await nurse.get("/api/model/scores")).status == 403
    scores = (await oncologist.get("/api/model/scores")).ok(200)["scores"]
    assert [(one["mode"], one["synthetic"], one["raised"]) for one in scores] == [("shadow", True, False)]
    assert patient.name not in json.dumps(scores)
    assert patient.me["id"] not in json.dumps(scores)


@pytest.mark.parametrize("damage", ["one point changed", "no card"])
async def test_with_a_broken_card_reports_go_on_and_the_operator_is_told(
    cluster: Cluster, seeded: Seed, tmp_path: Path, damage: str
):
    card = tmp_path / "card.json"
    card.write_bytes(risk_card.altered() if damage == "one point changed" else b"{}")
    async with World.of(cluster, seeded, VIGIE_RISK_CARD=str(card)) as world:
        patient, oncologist = await world.new_patient(), await world.sign_in("oncologist")
        assert (await patient.report(BAD_NAUSEA)).ok(201)["level"] == "orange"
        (row,) = await world.rows("select abstained, p7 from risk_score")
        assert tuple(row) == ("card_altered" if damage == "one point changed" else "card_lost", None)
        assert [line for line in world.serve.lines() if line["level"] == "critical" and "risk card" in line["message"]]
        assert (await oncologist.get("/api/model")).ok(200)["release_fault"]
        checked = world.vigie("check")
        assert checked.returncode == 1
        assert "risk card" in checked.stdout


async def followed(world: World) -> list[Person]:
    """Six patients who have told something mild on each of fifteen days, up to START."""
    await world.clock.set(START - timedelta(days=16))
    patients = [await world.new_patient() for _ in range(6)]
    for day in range(15, 0, -1):
        await world.clock.set(START - timedelta(days=day))
        for number, patient in enumerate(patients):
            names = list(MILD)[: (day + number) % 4]
            (await patient.report({name: MILD[name] for name in names})).ok(201)
    await world.clock.set(START)
    return patients


async def said(world: World, patient: Person) -> tuple[str, bool]:
    """The level of the newest report's verdict, and whether it is the model's and above the rules'."""
    (row,) = await world.rows(
        "select v.level, s.raised, s.rules_level from risk_score s join verdict v on v.report_id = s.report_id"
        " where s.patient_id = $1 order by s.scored_at desc, s.report_id desc limit 1",
        patient.me["id"],
    )
    assert row["raised"] == (row["level"] != row["rules_level"])
    return row["level"], row["raised"]


async def test_two_names_let_it_be_heard_and_one_name_silences_it(fresh: World):
    patients = await followed(fresh)
    first, second, nurse = [await fresh.sign_in(who) for who in ("oncologist", "oncologist.second", "level2")]
    sha256 = (await first.get("/api/model")).ok(200)["card"]["sha256"]
    wanted = {
        "card_sha256": sha256,
        "orange_budget": 100,
        "yellow_budget": 100,
        "reason": BECAUSE,
        "knows_synthetic": True,
    }
    refused = await second.post("/api/model/proposals", {**wanted, "knows_synthetic": False})
    assert refused.code == "content_refused"
    proposal = (await first.post("/api/model/proposals", wanted)).ok(201)["proposal"]
    before = (await patients[0].report(WORSE)).ok(201)["level"]
    assert (before, False) == await said(fresh, patients[0]), "one name changes nothing"
    approval = f"/api/model/proposals/{proposal['id']}/approve"
    assert (await second.post(approval, {"knows_synthetic": True})).ok(200)["mode"] == "live"

    told = (await patients[1].report(WORSE)).ok(201)
    assert (told["level"], True) == await said(fresh, patients[1])
    row = await nurse.row_of(patients[1])
    assert [reason["id"] for reason in row["reasons"]] == ["risk_model_synthetic"]
    risk = (await nurse.get(f"/api/alerts/{row['id']}/risk")).ok(200)["risk"]
    numbers = [int(line["en"].rpartition("(")[2].rstrip(")")) for line in risk["seven"]]
    assert sum(numbers[:-1]) == numbers[-1] == risk["total"], "the reasons add up to the last digit"

    back = (await second.post("/api/model/rollback", {"reason": BECAUSE})).ok(200)
    assert back["mode"] == "shadow"
    again = (await patients[2].report(WORSE)).ok(201)
    assert (again["level"], False) == await said(fresh, patients[2])


async def test_a_patient_is_asked_what_happened_and_answers_once(fresh: World):
    patient, nurse = await fresh.new_patient(), await fresh.sign_in("level2")
    (await patient.report({})).ok(201)
    assert (await patient.get("/api/outcome")).ok(200)["question"] is None
    await fresh.clock.advance(days=15)
    for who in (patient, nurse):
        who.cookies.update((await _again(fresh, who)).cookies)
    question = (await patient.get("/api/outcome")).ok(200)["question"]
    listed = (await nurse.get("/api/outcomes")).ok(200)["patients"]
    assert [one["patient_id"] for one in listed] == [patient.me["id"]]
    answer = {"first_on": question["first_on"], "visit": False, "severe": False}
    assert (await patient.post("/api/outcome", answer)).ok(201)["question"] is None
    assert (await nurse.get("/api/outcomes")).ok(200)["patients"] == []
    path = f"/api/patients/{patient.me['id']}/outcomes"
    assert [one["state"] for one in (await nurse.get(path)).ok(200)["windows"]] == ["answered"]
    other = await fresh.sign_in("level2", "B")
    assert (await other.get(path)).status == 404


async def _again(world: World, who: Person) -> Person:
    """The same person after a fortnight: their session has ended."""
    if who.me["kind"] == "patient":
        code = (await (await world.sign_in("level2.second")).post(f"/api/patients/{who.me['id']}/activation")).ok(201)
        return await world.activate(who.name, code["code"])
    return await world.sign_in("level2")
