"""Who did what to whom is written down, and what was written cannot be changed unseen."""

from __future__ import annotations

from collections import Counter
from uuid import UUID

from app.db.events import link
from tests.http.bodies import problem
from tests.world import Person, World, until

CHEST_PAIN = {"chest_pain": {"S": 3}}
IN_ORDER = (
    "select establishment_id, id, at, actor_kind, actor_id, verb, patient_id, subject_id, detail, seq, chain from event"
    " where establishment_id = $1 order by seq"
)


async def did(who: Person) -> Counter[str]:
    """What the audit trail says of this person."""
    rows = await who.world.rows("select verb from event where actor_id = $1", UUID(who.me["id"]))
    return Counter(row["verb"] for row in rows)


async def test_reading_a_file_is_written_down_each_time(fresh: World) -> None:
    nurse, patient = await fresh.sign_in("level2"), await fresh.new_patient()
    (await patient.report(CHEST_PAIN)).ok(201)
    row = await nurse.row_of(patient)
    for _ in range(2):
        (await nurse.get(f"/api/patients/{patient.me['id']}")).ok(200)
        (await nurse.get(f"/api/alerts/{row['id']}")).ok(200)
    (await nurse.get("/api/patients")).ok(200)
    found = await did(nurse)
    assert (found["patient_read"], found["alert_read"], found["patients_listed"], found["signed_in"]) == (2, 2, 1, 1)
    read = await fresh.rows("select patient_id from event where verb in ('patient_read', 'alert_read')")
    assert {str(r["patient_id"]) for r in read} == {patient.me["id"]}


async def test_a_file_that_was_not_shown_was_not_read(fresh: World) -> None:
    city, patient = await fresh.sign_in("city"), await fresh.new_patient()
    problem(await city.get(f"/api/patients/{patient.me['id']}"), 404, "not_found")
    assert (await did(city))["patient_read"] == 0


async def test_every_step_of_an_episode_is_written_down(fresh: World) -> None:
    nurse = await fresh.sign_in("level2")
    patient = await fresh.new_patient(by=nurse)
    (await patient.report(CHEST_PAIN)).ok(201)
    row = await nurse.row_of(patient)
    taken = (await nurse.acknowledge(row)).ok(200)["alert"]
    (await nurse.close_alert(taken)).ok(200)
    (await nurse.post(f"/api/patients/{patient.me['id']}/activation")).ok(201)
    found = await did(nurse)
    for verb in ("patient_enrolled", "alert_acknowledged", "alert_closed", "activation_issued"):
        assert found[verb] == 1, verb
    assert (await did(patient))["report_received"] == 1
    assert (await did(patient))["signed_in"] == 1


async def test_no_name_and_no_free_text_is_in_the_trail(fresh: World) -> None:
    nurse = await fresh.sign_in("level2")
    patient = await fresh.new_patient(by=nurse)
    (await patient.report(CHEST_PAIN, note="secretnote")).ok(201)
    taken = (await nurse.acknowledge(await nurse.row_of(patient))).ok(200)["alert"]
    (await nurse.close_alert(taken, note="secretnote")).ok(200)
    trail = str(await fresh.rows("select e::text from event e"))
    for word in ("secretnote", "Essai", "Prénom", "chest_pain", nurse.name):
        assert word not in trail


async def test_the_trail_is_sealed_into_a_chain_within_seconds(fresh: World) -> None:
    nurse, patient = await fresh.sign_in("level2"), await fresh.new_patient()
    (await patient.report(CHEST_PAIN)).ok(201)
    here = UUID(nurse.me["establishment"]["id"])

    async def sealed() -> bool:
        return await fresh.value("select count(*) from event where seq is null") == 0

    await until(sealed, 15, "events are not sealed")
    rows = await fresh.rows(IN_ORDER, here)
    assert [row["seq"] for row in rows] == list(range(1, len(rows) + 1))
    before = bytes(32)
    for row in rows:
        assert row["chain"] == (before := link(before, row))


async def test_the_episode_page_tells_what_happened_and_who_did_it(fresh: World) -> None:
    nurse, patient = await fresh.sign_in("level2"), await fresh.new_patient()
    (await patient.report(CHEST_PAIN)).ok(201)
    page = (await nurse.acknowledge(await nurse.row_of(patient))).ok(200)
    assert [(e["verb"], e["by"]) for e in page["events"]] == [
        ("alert_opened", None),
        ("alert_acknowledged", nurse.name),
    ]
    assert all(n["why"]["fr"] for n in page["notifications"])
