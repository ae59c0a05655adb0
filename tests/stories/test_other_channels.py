"""E-mail and SMS: proved before they count, tried when the phone is dead, and never a reason to wait for with a red."""

from __future__ import annotations

import re
from collections.abc import AsyncIterator
from pathlib import Path

import pytest_asyncio
from msgspec import json

from app.db.cluster import Cluster
from tests.mail_server import MailServer
from tests.stories.cast import BAD_DIARRHOEA, BAD_NAUSEA, alert_of, calls, hear, team
from tests.world import Person, Seed, World, assert_quiet, until

ADDRESS = "nurse@hopital.example"


@pytest_asyncio.fixture(scope="module")
async def mail() -> AsyncIterator[MailServer]:
    """The hospital's mail server."""
    async with MailServer("starttls") as server:
        yield server


@pytest_asyncio.fixture(scope="module")
async def sms(tmp_path_factory: object) -> Path:
    """Where the demonstration's gateway writes."""
    return Path(tmp_path_factory.mktemp("sms"), "sent.jsonl")  # type: ignore[attr-defined] # pytest names no public type


@pytest_asyncio.fixture(scope="module")
async def world(cluster: Cluster, seeded: Seed, mail: MailServer, sms: Path) -> AsyncIterator[World]:
    """A world that can send mail and SMS."""
    async with World.of(cluster, seeded, **mail.settings, VIGIE_SMS_ADAPTOR=f"file:{sms}") as world:
        yield world
        await world.stop()
        assert_quiet(world)


@pytest_asyncio.fixture
async def fresh(world: World, mail: MailServer, sms: Path) -> World:
    """The world, emptied, and nothing in any mailbox."""
    await world.empty()
    mail.messages.clear()
    mail._given = 0
    sms.unlink(missing_ok=True)
    return world


async def prove(nurse: Person, mail: MailServer, address: str = ADDRESS) -> str:
    """Add an address and type the code that comes to it; its id."""
    contact = (await nurse.post("/api/me/contacts", {"channel": "email", "address": address})).ok(201)["id"]
    (await nurse.post(f"/api/me/contacts/{contact}/verify", {"code": await mail.code()})).ok(204)
    return str(contact)


async def test_an_address_counts_once_its_code_was_typed_and_a_wrong_code_five_times_ends_it(
    fresh: World, mail: MailServer
) -> None:
    nurse = await fresh.sign_in("level2")
    contact = (await nurse.post("/api/me/contacts", {"channel": "email", "address": " Nurse@Hopital.Example "})).ok(201)
    code = re.search(r"\b[0-9]{6}\b", (await mail.next()).get_content())
    assert code
    wrong = "000000" if code[0] != "000000" else "111111"
    path = f"/api/me/contacts/{contact['id']}"
    for _ in range(5):
        assert (await nurse.post(f"{path}/verify", {"code": wrong})).code == "code_refused"
    assert (await nurse.post(f"{path}/verify", {"code": code[0]})).code == "code_refused", "five tries are over"
    (await nurse.post(f"{path}/code")).ok(204)
    again = re.search(r"\b[0-9]{6}\b", (await mail.next()).get_content())
    assert again
    mine = (await nurse.get("/api/me/reach")).ok(200)
    assert [c["verified"] for c in mine["mine"]["contacts"]] == [False]
    (await nurse.post(f"{path}/verify", {"code": again[0]})).ok(204)
    mine = (await nurse.get("/api/me/reach")).ok(200)
    assert [(c["address"], c["verified"]) for c in mine["mine"]["contacts"]] == [(ADDRESS, True)]
    assert mine["available"] == ["email", "sms", "web_push"]
    other = await fresh.sign_in("level2.second")
    assert (await other.delete(path)).status == 404


async def test_a_dead_device_sends_an_orange_by_mail_at_once_and_reading_it_is_its_receipt(
    fresh: World, mail: MailServer
) -> None:
    phones = await team(fresh)
    nurse = await fresh.sign_in("level2")
    await prove(nurse, mail)
    await fresh.leave_screens()
    phones.level2.subscription.removed = True
    patient = await fresh.new_patient()
    (await patient.report(BAD_NAUSEA)).ok(201)
    letter = await mail.next()
    assert letter["To"] == ADDRESS
    assert letter["Subject"] == "Vigie : une alerte vous attend"
    alert = await alert_of(fresh, patient)
    assert f"/clinic/#/alerts/{alert['id']}" in letter.get_content()
    assert patient.me["name"] not in letter.as_string()
    page = (await nurse.get(f"/api/alerts/{alert['id']}")).ok(200)
    (told,) = page["notifications"]
    tries = [(t["channel"], t["outcome"], t["because"]) for t in told["tries"]]
    assert tries == [("web_push", "gone", "http_410"), ("email", "accepted", "accepted")]
    assert await calls(fresh, patient) == [(1, 0, "level2", "opened", None)]
    await fresh.clock.advance(seconds=70)
    assert phones.pushes()[2] == 0, "she has it: nobody else is called"


async def test_mail_that_nobody_reads_for_a_minute_calls_the_next_person(fresh: World, mail: MailServer) -> None:
    phones = await team(fresh)
    await prove(await fresh.sign_in("level2"), mail)
    await fresh.leave_screens()
    phones.level2.subscription.removed = True
    patient = await fresh.new_patient()
    (await patient.report(BAD_NAUSEA)).ok(201)
    await mail.next()

    async def handed_over() -> bool:
        return (await calls(fresh, patient))[0][3] == "accepted"

    await until(handed_over, 10, "the mail was not recorded")
    assert phones.pushes()[2] == 0
    await fresh.clock.advance(seconds=62)
    await hear(phones.oncologist)


async def test_a_red_waits_for_no_mail(fresh: World, mail: MailServer) -> None:
    phones = await team(fresh)
    await prove(await fresh.sign_in("level2"), mail)
    await fresh.leave_screens()
    phones.level2.subscription.removed = True
    phones.oncologist.subscription.removed = True
    patient = await fresh.new_patient()
    (await patient.report(BAD_DIARRHOEA)).ok(201)
    await hear(phones.second)
    assert (await mail.next())["To"] == ADDRESS


async def test_a_silent_phone_is_followed_by_mail_while_the_next_person_is_called(
    fresh: World, mail: MailServer
) -> None:
    phones = await team(fresh)
    await prove(await fresh.sign_in("level2"), mail)
    await fresh.leave_screens()
    patient = await fresh.new_patient()
    (await patient.report(BAD_NAUSEA)).ok(201)
    late = await phones.level2.next()
    await fresh.clock.advance(seconds=62)
    await hear(phones.oncologist)
    await mail.next()
    await phones.level2.receipt(late)
    assert (await calls(fresh, patient))[0][3:] == ("received", None)


async def test_a_person_chooses_what_comes_first_and_what_never(fresh: World, mail: MailServer, sms: Path) -> None:
    phones = await team(fresh)
    nurse = await fresh.sign_in("level2")
    contact = (await nurse.post("/api/me/contacts", {"channel": "sms", "address": "06 12 34 56 78"})).ok(201)["id"]
    await until(sms.exists, 10, "no SMS was sent")
    told = json.decode(sms.read_bytes().splitlines()[0])
    assert told["to"] == "+33612345678"
    code = re.search(r"\b[0-9]{6}\b", told["words"])
    assert code
    (await nurse.post(f"/api/me/contacts/{contact}/verify", {"code": code[0]})).ok(204)
    (await nurse.put("/api/me/reach", {"order": ["sms"]})).ok(200)
    await fresh.leave_screens()
    patient = await fresh.new_patient()
    (await patient.report(BAD_NAUSEA)).ok(201)
    await until(lambda: len(sms.read_bytes().splitlines()) == 2, 10, "no SMS was sent")
    words = json.decode(sms.read_bytes().splitlines()[1])["words"]
    assert words == "Vigie : une alerte vous attend. Ouvrez Vigie pour la prendre en charge."
    assert phones.pushes() == (0, 0, 0, 0), "she wants no push"
    assert mail.messages == []


async def test_whoever_nothing_reaches_is_on_the_list_of_what_was_not_delivered_and_can_be_called_again(
    fresh: World,
) -> None:
    manager, nurse = await fresh.sign_in("manager"), await fresh.sign_in("level2.second")
    await fresh.leave_screens()
    patient = await fresh.new_patient()
    await fresh.leave_screens()
    (await patient.report(BAD_DIARRHOEA)).ok(201)

    async def undeliverable() -> bool:
        return (await alert_of(fresh, patient))["state"] == "undeliverable"

    await until(undeliverable, 30, "nobody is told that nobody was reached")

    async def told() -> bool:
        page = (await manager.get("/api/technical")).ok(200)
        return [a["kind"] for a in page["alerts"] if a["ended_at"] is None] == ["undeliverable"]

    await until(told, 30, "whoever runs the house is not told")
    letters = (await manager.get("/api/undelivered")).ok(200)["letters"]
    lost = [letter for letter in letters if letter["kind"] == "call"]
    assert {letter["because"] for letter in lost} == {"no_device"}
    assert {letter["next"] for letter in lost} == {"undeliverable"}
    assert patient.me["name"] not in str(letters)
    one = next(letter for letter in lost if letter["name"] == "level2 A")
    phone = await (await fresh.sign_in("level2")).add_phone()
    await fresh.leave_screens()
    (await nurse.post(f"/api/undelivered/calls/{one['id']}/resend")).ok(204)
    await phone.receipt(await phone.next())
    assert (await nurse.post(f"/api/undelivered/calls/{one['id']}/resend")).code == "cannot_resend"
