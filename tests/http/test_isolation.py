"""What belongs to another establishment, or to another patient, is not there: the same answer as for what never was."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest_asyncio
from msgspec import Struct
from uuid_utils.compat import uuid7

from tests.http.bodies import problem
from tests.http.roles import EVERYBODY, cast, operations
from tests.world import Person, World

CHEST_PAIN = {"chest_pain": {"S": 3}}

CONTACT = """
insert into staff_contact (establishment_id, id, staff_id, channel, address, created_at)
select establishment_id, gen_random_uuid(), id, 'email', 'nurse@b.example', app_now() from staff where id = $1 returning id
"""
NOTICE = """
insert into notice (establishment_id, id, person_kind, person_id, kind, dedupe_key, state, token, run_after, expires_at, created_at)
select establishment_id, gen_random_uuid(), 'staff', id, 'task', 'x', 'failed', 'x', app_now(), app_now() + interval '1 day', app_now()
from staff where id = $1 returning id
"""


CHANGE = """
insert into duty_change (establishment_id, id, kind, staff_id, from_at, to_at, made_by, made_at)
select establishment_id, gen_random_uuid(), 'absence', id, app_now(), app_now() + interval '1 day', id, app_now()
from staff where id = $1 returning id
"""
AGREEMENT = """
insert into agreement (establishment_id, id, side, partner_id, disciplines, from_minutes, to_minutes, holidays, from_on, until_on, shares,
                       proposed_at, ended_at)
select establishment_id, gen_random_uuid(), 'covered', gen_random_uuid(), '{level2}', '{0}', '{60}', 'as_usual', '2026-01-01', '2026-01-02',
       '{alert}', app_now(), app_now()
from staff where id = $1 returning id
"""
PROPOSAL = """
insert into risk_proposal (establishment_id, id, card_sha256, orange_from, orange_budget, reason, proposed_at, proposed_by)
select establishment_id, gen_random_uuid(), 'x', 0.2, 5, 'written for a test of isolation', app_now(), id
from staff where id = $1 returning id
"""
# Ids that are born on the phone: anybody may use any, for what is their own.
BORN_ON_THE_PHONE = {"putReport", "putIntake", "putStop", "putHandOver"}
# Addresses of what is in the rulebook, the same for everybody.
NOBODYS = {"readRegimenDoses"}


class Theirs(Struct, frozen=True):
    """What tenant B has: ids by the word that stands for them in an address, and all that must not be seen."""

    nurse: Person
    patient: Person
    ids: dict[str, str]
    secrets: list[str]


@pytest_asyncio.fixture(scope="module")
async def theirs(world: World) -> Theirs:
    await world.empty()
    nurse = await world.sign_in("level2", "B")
    patient = await world.new_patient(by=nurse)
    (await patient.report(CHEST_PAIN)).ok(201)
    row = await nurse.row_of(patient)
    session = next(line for line in (await nurse.get("/api/sessions")).ok(200)["sessions"] if line["current"])
    phone = await nurse.add_phone()
    me = UUID(nurse.me["id"])
    intake_id = str(uuid7())
    dose = {"drug": "capecitabine", "kind": "taken", "at": (await world.now()).isoformat()}
    (await patient.put(f"/api/intakes/{intake_id}", dose)).ok(201)
    carer = await patient.caregiver("Paul de B")
    box = {"drug": "capecitabine", "label": "pilulier"}
    ids = {
        "caregiver_id": carer.me["id"],
        "box_id": (await nurse.post(f"/api/patients/{patient.me['id']}/boxes", box)).ok(201)["id"],
        "intake_id": intake_id,
        "turn_id": str(await world.value("select id from duty where staff_id = $1 limit 1", me)),
        "change_id": str(await world.value(CHANGE, me)),
        "agreement_id": str(await world.value(AGREEMENT, me)),
        "proposal_id": str(await world.value(PROPOSAL, me)),
        "target_id": phone.device_id,
        "alert_id": row["id"],
        "patient_id": patient.me["id"],
        "session_id": session["id"],
        "device_id": phone.device_id,
        "contact_id": str(await world.value(CONTACT, UUID(nurse.me["id"]))),
        "call_id": str(
            await world.value("update notification set state = 'failed', failed_because = 'no_device' returning id")
        ),
        "notice_id": str(await world.value(NOTICE, UUID(nurse.me["id"]))),
    }
    return Theirs(nurse, patient, ids, [*ids.values(), patient.me["name"], carer.me["name"], world.tenant("B")["id"]])


@pytest_asyncio.fixture(scope="module")
async def people(world: World, theirs: Theirs) -> dict[str, Person]:
    assert theirs
    return await cast(world)


async def state_of(theirs: Theirs) -> str:
    """All of tenant B that a request could change, as text."""
    world, here = theirs.nurse.world, UUID(theirs.nurse.me["establishment"]["id"])
    found: list[Any] = []
    for table in (
        "alert",
        "patient",
        "caregiver",
        "access",
        "push_device",
        "report",
        "course",
        "intake",
        "box",
        "box_pause",
        "report_conflict",
        "notification",
        "notice",
        "staff_contact",
    ):
        query = f"select t::text from {table} t where establishment_id = $1 order by 1"  # noqa: S608 - from this file
        found += await world.rows(query, here)
    sessions = (
        "select s.id::text, s.ended_at from session s join account a on a.id = s.account_id"
        " where a.establishment_id = $1 order by 1"
    )
    codes = (
        "select c.selector, c.used_at from one_time_code c join account a on a.id = c.account_id"
        " where a.establishment_id = $1 order by 1"
    )
    return str([*found, *await world.rows(sessions, here), *await world.rows(codes, here)])


async def test_f22_every_id_of_another_establishment_is_answered_like_an_id_that_never_was(
    people: dict[str, Person], theirs: Theirs
) -> None:
    before, tried = await state_of(theirs), 0
    for operation in operations():
        word = operation.template.partition("{")[2].partition("}")[0].partition(":")[0]
        if not word or operation.id in BORN_ON_THE_PHONE | NOBODYS:
            continue
        for role in EVERYBODY:
            who = people[role]
            real = await who.ask(operation.method, operation.path(theirs.ids[word]), operation.body)
            never = await who.ask(operation.method, operation.path(str(uuid4())), operation.body)
            assert (real.status, real.text) == (never.status, never.text), f"{role}: {operation.id}"
            # one proposal at most is open: any other id, ours of last year too, is one that is no longer open
            assert real.status in (403, 404) or (operation.id, real.status) == ("approveLive", 409), (
                f"{role}: {operation.id}"
            )
            tried += 1
    assert tried >= 7 * len(EVERYBODY)
    assert await state_of(theirs) == before


async def test_no_list_holds_anything_of_another_establishment(people: dict[str, Person], theirs: Theirs) -> None:
    for operation in operations():
        if operation.method != "GET" or "{" in operation.template or operation.id == "streamWorklist":
            continue
        for role in EVERYBODY:
            answer = await people[role].get(operation.path())
            # that there are other establishments to agree with is no secret
            known = {theirs.nurse.me["establishment"]["id"]} if operation.id == "listAgreements" else set()
            seen = [secret for secret in theirs.secrets if secret in answer.text and secret not in known]
            assert not seen, f"{role}: {operation.id}"


async def test_counts_are_those_of_ones_own_establishment(people: dict[str, Person], theirs: Theirs) -> None:
    own = (await people["manager"].get("/api/overview")).ok(200)
    assert sum(own["open"].values()) == 0
    other = (await theirs.nurse.get("/api/overview")).ok(200)
    assert other["open"]["red"] == 1


async def test_a_report_cannot_be_sent_in_the_name_of_another_patient(
    world: World, people: dict[str, Person], theirs: Theirs
) -> None:
    body = {"answered_at": "2026-11-24T09:00:00Z", "questionnaire": "t", "answers": {}}
    before = await state_of(theirs)
    session, device = "__Host-vigie-patient", "__Host-vigie-patient-device"
    mixed = {session: people["patient"].cookies[session], device: theirs.patient.cookies[device]}
    answer = await world.ask("PUT", f"/api/reports/{uuid4()}", body, dict(mixed))
    assert answer.status in (201, 401), "as one of the two, or nobody"
    found = await state_of(theirs)
    assert found == before or answer.status == 201
    for cookies in (
        {"__Host-vigie": theirs.nurse.cookies["__Host-vigie"]},
        {session: theirs.nurse.cookies["__Host-vigie"]},
        {device: theirs.nurse.cookies["__Host-vigie-device"]},
        {device: theirs.patient.cookies[device][:-4] + "AAAA"},
        {device: "AAAA" + theirs.patient.cookies[device][4:]},
        {device: "é" * 40},
        {device: ""},
    ):
        refused = await world.ask("PUT", f"/api/reports/{uuid4()}", body, dict(cookies))
        assert refused.status in (401, 403), f"{refused.status}: {refused.text}"
        assert await state_of(theirs) == found


async def test_a_city_professional_whom_no_patient_has_named_sees_nobody(
    world: World, people: dict[str, Person]
) -> None:
    city, patient, nurse = people["city"], people["patient"], people["level2"]
    (await patient.report(CHEST_PAIN)).ok(201)
    row = await nurse.row_of(patient)
    assert (await city.worklist())["alerts"] == []
    assert (await city.get("/api/patients")).ok(200)["patients"] == []
    for path in (f"/api/patients/{patient.me['id']}", f"/api/alerts/{row['id']}"):
        problem(await city.get(path), 404, "not_found")
    await world.rows(
        "insert into access (establishment_id, id, patient_id, staff_id, basis, from_at, until_at)"
        " values ($1, gen_random_uuid(), $2, $3, 'named_by_patient', now() - interval '1 day', $4)",
        *(UUID(id_) for id_ in (city.me["establishment"]["id"], patient.me["id"], city.me["id"])),
        await world.now() + timedelta(minutes=20),
    )
    page = (await city.get(f"/api/alerts/{row['id']}")).ok(200)
    assert not any(page["may"].values())
    assert [p["id"] for p in (await city.get("/api/patients")).ok(200)["patients"]] == [patient.me["id"]]
    await world.clock.advance(minutes=19)
    (await city.get(f"/api/patients/{patient.me['id']}")).ok(200)
    await world.clock.advance(minutes=2)
    problem(await city.get(f"/api/patients/{patient.me['id']}"), 404, "not_found")


async def test_a_nurse_whose_access_has_ended_sees_the_patient_no_more(world: World, theirs: Theirs) -> None:
    nurse = await world.sign_in("level2.second", "B")
    path = f"/api/patients/{theirs.patient.me['id']}"
    (await nurse.get(path)).ok(200)
    query = "update access set until_at = from_at where patient_id = $1 and role = 'coordinator'"
    await world.rows(query, UUID(theirs.patient.me["id"]))
    problem(await nurse.get(path), 404, "not_found")
    problem(await nurse.post(f"{path}/activation"), 404, "not_found")
    assert theirs.ids["patient_id"] not in json.dumps((await nurse.get("/api/patients")).ok(200))
    assert theirs.ids["alert_id"] not in json.dumps(await nurse.worklist())
    problem(await nurse.get(f"/api/alerts/{theirs.ids['alert_id']}"), 404, "not_found")
