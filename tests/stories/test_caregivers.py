"""A caregiver says things for a patient, under their own name, until the patient ends it."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from uuid_utils.compat import uuid7

from tests.http.bodies import problem
from tests.stories.cast import BAD_DIARRHOEA, FATIGUE, NOTHING, hear, team
from tests.world import Person, World


async def patient_with_paul(world: World) -> tuple[Person, Person]:
    """A patient on capecitabine, and Paul."""
    patient = await world.new_patient("capecitabine_mono")
    return patient, await patient.caregiver("Paul Essai")


async def trail(world: World, who: Person) -> list[tuple[str, str, UUID | None]]:
    """What the audit trail says that this person did: kind, verb and about whom."""
    rows = await world.rows(
        "select actor_kind, verb, patient_id from event where actor_id = $1 order by at, verb", UUID(who.me["id"])
    )
    return [tuple(row) for row in rows]


async def dose(world: World) -> dict[str, Any]:
    """A dose of now."""
    return {"drug": "capecitabine", "kind": "taken", "at": (await world.now()).isoformat()}


async def test_a_caregivers_report_is_judged_as_the_patients_and_says_who_told_it(fresh: World):
    phones = await team(fresh)
    patient, paul = await patient_with_paul(fresh)
    assert paul.me["kind"] == paul.me["role"] == "caregiver"
    assert paul.me["name"] == "Paul Essai"
    receipt = (await paul.report(BAD_DIARRHOEA)).ok(201)
    assert receipt["level"] == "red"
    assert receipt["advice"]
    await hear(phones.level2, phones.oncologist)
    nurse = await fresh.sign_in("level2")
    page = (await nurse.get(f"/api/alerts/{(await nurse.row_of(patient))['id']}")).ok(200)
    assert page["reports"][0]["told_by"] == {"name": "Paul Essai", "relation": "partner"}
    (await patient.report(FATIGUE)).ok(201)
    past = (await nurse.get(f"/api/patients/{patient.me['id']}")).ok(200)["reports"]
    assert [line["told_by"] for line in past] == [None, {"name": "Paul Essai", "relation": "partner"}]
    of = UUID(patient.me["id"])
    assert await trail(fresh, paul) == [("caregiver", "signed_in", None), ("caregiver", "report_received", of)]


async def test_a_caregivers_intake_is_theirs_and_the_patients_plan_shows_it(fresh: World):
    patient, paul = await patient_with_paul(fresh)
    intake_id, told = uuid7(), await dose(fresh)
    (await paul.put(f"/api/intakes/{intake_id}", told)).ok(201)
    mine = (await patient.get("/api/plan")).ok(200)["intakes"]
    assert [(each["id"], each["by"]) for each in mine] == [(str(intake_id), "caregiver")]
    assert (await paul.get("/api/plan")).ok(200)["intakes"] == mine
    problem(await patient.post(f"/api/intakes/{intake_id}/undo"), 409, "intake_too_old")  # who told it takes it back
    (await paul.post(f"/api/intakes/{intake_id}/undo")).ok(204)
    assert (await patient.get("/api/plan")).ok(200)["intakes"] == []


async def test_a_caregiver_is_not_shown_what_the_patient_told_before(fresh: World):
    patient, paul = await patient_with_paul(fresh)
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    home = (await paul.get("/api/home")).ok(200)
    assert (home["last_report"], home["followed"]) == (None, None)
    assert (await patient.get("/api/home")).ok(200)["followed"] is not None
    assert (await paul.get("/api/rulebook")).ok(200)["chart"]["history"] == []
    problem(await paul.get("/api/reports"), 403, "not_for_your_role")


async def test_a_caregiver_speaks_for_no_other_patient(fresh: World):
    patient, paul = await patient_with_paul(fresh)
    other, anna = await patient_with_paul(fresh)
    (await paul.report(NOTHING)).ok(201)
    assert await fresh.value("select count(*) from report where patient_id = $1", UUID(other.me["id"])) == 0
    named = (await patient.get("/api/caregivers")).ok(200)["caregivers"]
    assert [(line["id"], line["name"], line["joined"]) for line in named] == [(paul.me["id"], "Paul Essai", True)]
    problem(await patient.delete(f"/api/caregivers/{anna.me['id']}"), 404, "not_found")
    problem(await patient.post(f"/api/caregivers/{anna.me['id']}/activation"), 404, "not_found")
    (await anna.report(NOTHING)).ok(201)


async def test_whom_the_patient_ends_is_refused_at_once_and_what_they_said_stays(fresh: World):
    patient, paul = await patient_with_paul(fresh)
    (await paul.report(FATIGUE)).ok(201)
    (await patient.delete(f"/api/caregivers/{paul.me['id']}")).ok(204)
    problem(await paul.report(BAD_DIARRHOEA), 401, "sign_in_needed")
    problem(await paul.put(f"/api/intakes/{uuid7()}", await dose(fresh)), 401, "sign_in_needed")
    problem(await paul.get("/api/plan"), 401, "sign_in_needed")
    assert (await patient.get("/api/caregivers")).ok(200)["caregivers"] == []
    nurse = await fresh.sign_in("level2")
    (line,) = (await nurse.get(f"/api/patients/{patient.me['id']}")).ok(200)["reports"]
    assert line["told_by"]["name"] == "Paul Essai"


async def test_the_team_names_a_caregiver_gives_a_new_code_and_ends_it(fresh: World):
    patient = await fresh.new_patient("letrozole")
    nurse = await fresh.sign_in("level1")
    theirs = f"/api/patients/{patient.me['id']}/caregivers"
    made = (await nurse.post(theirs, {"name": "Rose", "relation": "child"})).ok(201)
    assert [line["joined"] for line in (await nurse.get(theirs)).ok(200)["caregivers"]] == [False]
    again = (await nurse.post(f"{theirs}/{made['id']}/activation")).ok(201)
    first = await fresh.ask("POST", "/api/sign-in/activation", {"code": made["code"]}, {})
    problem(first, 401, "code_refused")
    rose = await fresh.activate("Rose", again["code"])
    (await rose.report(NOTHING)).ok(201)
    (await nurse.delete(f"{theirs}/{made['id']}")).ok(204)
    problem(await rose.report(NOTHING), 401, "sign_in_needed")


async def test_nobody_is_named_beyond_five(fresh: World):
    patient = await fresh.new_patient("letrozole")
    for number in range(5):
        (await patient.post("/api/caregivers", {"name": f"P{number}", "relation": "other"})).ok(201)
    problem(await patient.post("/api/caregivers", {"name": "P6", "relation": "other"}), 409, "caregivers_full")


async def test_when_the_patient_is_no_longer_followed_nobody_speaks_for_them(fresh: World):
    patient, paul = await patient_with_paul(fresh)
    nurse = await fresh.sign_in("level2")
    (await nurse.post(f"/api/patients/{patient.me['id']}/leaving", {"reason": "moved"})).ok(204)
    problem(await paul.report(NOTHING), 401, "sign_in_needed")
