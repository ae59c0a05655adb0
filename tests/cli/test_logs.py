"""What leaves the house besides its answers holds nothing of a patient: logs, pushes, letters, SMS, problem documents (N20)."""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest_asyncio
from uuid_utils.compat import uuid7

from app.db.cluster import Cluster
from app.logs import FIELDS
from tests.mail_server import MailServer
from tests.world import Answer, Person, Phone, Seed, World, until

CANARY = "Kanarienvogel"  # a word that nobody at Vigie writes
TELEPHONE = "01 99 73 41 85"
CLINICAL = (
    "chest_pain",
    "poitrine",
    "thoracique",
    "nausea",
    "nausée",
    "vomi",
    "capecitabine",
    "capécitabine",
    "palbociclib",
)
ALWAYS = {"at", "level", "logger", "message", "where"}
BAD_NAUSEA = {"nausea": {"F": 4, "S": 4}}
TROUBLE = {"unhandled", "push refused", "database unreachable", "triage failed", "a sealed value cannot be opened"}


async def refusals(world: World, patient: Person, nurse: Person) -> list[Answer]:
    """One request of each kind that goes wrong, each with the canary wherever a client can put it."""
    now = (await world.now()).isoformat()
    draft = {"answered_at": now, "questionnaire": "test", "answers": {}}
    raw: list[tuple[str, str, bytes, dict[str, str]]] = [
        ("PUT", f"/api/reports/{uuid7()}", CANARY.encode(), {}),
        ("PUT", f"/api/reports/{uuid7()}", b"\xff" + CANARY.encode(), {}),
        ("PUT", f"/api/reports/{uuid7()}", json.dumps({CANARY: 1}).encode(), {}),
        ("PUT", f"/api/reports/{uuid7()}", f'{{"{CANARY}": 1, "{CANARY}": 2}}'.encode(), {}),
        ("PUT", f"/api/reports/{uuid7()}", f"note={CANARY}".encode(), {"Content-Type": "text/plain"}),
        ("PUT", f"/api/reports/{uuid7()}", json.dumps({"note": CANARY * 9000}).encode(), {}),
        ("PUT", f"/api/reports/{uuid7()}", ("[" * 99 + f'"{CANARY}"' + "]" * 99).encode(), {}),
    ]
    answers = []
    for method, path, body, headers in raw:
        head = {
            "Cookie": _cookie(patient),
            "Sec-Fetch-Site": "same-origin",
            "Content-Type": "application/json",
            **headers,
        }
        async with world.http.request(method, world.url + path, data=body, headers=head) as response:
            answers.append(Answer(response.status, await response.text(), dict(response.headers), 0))
    answers += [
        await patient.put(f"/api/reports/{uuid7()}", {**draft, "note": 5, "questionnaire": CANARY}),
        await patient.put(f"/api/reports/{uuid7()}", {**draft, "answered_at": CANARY}),
        await patient.put(f"/api/reports/{uuid7()}", {**draft, "answers": {"nausea": {"F": CANARY}}}),
        await patient.put(f"/api/reports/{uuid7()}", {**draft, "answers": {"nausea": {CANARY: 1}}}),
        await patient.put(f"/api/reports/{uuid7()}", {**draft, "note": CANARY + "\x00"}),
        await patient.put(f"/api/reports/{uuid7()}", {**draft, "measurements": {"temperature_c": 99.0}, "note": CANARY}),
        await patient.put(f"/api/reports/{CANARY}", draft),
        await patient.get(f"/api/{CANARY}?q={CANARY}"),
        await patient.ask("PATCH", f"/api/home?{CANARY}"),
        await nurse.get(f"/api/patients/{CANARY}"),
        await nurse.post("/api/patients", {"first_name": CANARY, "last_name": CANARY, "regimen": CANARY}),
        await nurse.post("/api/devices", {"endpoint": f"https://{CANARY}.example/x", "keys": {}, "label": CANARY}),
        await nurse.post(f"/api/alerts/{uuid7()}/close", {"version": 1, "action": CANARY}),
        await world.ask("POST", "/api/sign-in/password", {"login": CANARY, "password": CANARY, "totp": "123456"}),
        await world.ask("POST", "/api/sign-in/activation", {"code": CANARY}),
        await world.ask("POST", "/api/join/begin", {"code": CANARY}),
        await world.ask("GET", "/api/me", cookies={"__Host-vigie": CANARY}),
        await world.ask("GET", "/api/home", **{"User-Agent": CANARY, "X-Forwarded-For": CANARY}),
        await world.ask("POST", "/api/sign-out", {}, **{"Origin": f"https://{CANARY}.example", "Sec-Fetch-Site": "cross-site"}),
        await patient.get(f"/patient/{CANARY}.js"),
    ]  # fmt: skip
    return answers


def hits(text: str, *, clinical: bool = True) -> list[str]:
    """The canaries in a text: name, free text, telephone in any spelling, and the words of an illness."""
    low, digits = text.casefold(), re.sub(r"[ .+-]", "", text)
    words = [word for word in (CANARY, *(CLINICAL if clinical else ())) if word.casefold() in low]
    return words + ([TELEPHONE] if "199734185" in digits else [])


def _cookie(person: Person) -> str:
    return "; ".join(f"{name}={value}" for name, value in person.cookies.items())


async def enrolled(world: World, nurse: Person) -> Person:
    """A patient whose name and telephone are canaries."""
    body = {
        "first_name": CANARY, "last_name": CANARY, "born_on": "1961-02-03", "phone": TELEPHONE, "locale": "fr",
        "regimen": "capecitabine_mono", "started_on": "2026-10-05", "weight_kg": 70.0,
    }  # fmt: skip
    made = await nurse.post("/api/patients", body)
    return await world.activate(CANARY, made.ok(201)["activation"]["code"])


@pytest_asyncio.fixture
async def mail() -> AsyncIterator[MailServer]:
    """The hospital's mail server."""
    async with MailServer("starttls") as server:
        yield server


async def reachable(nurse: Person, mail: MailServer, sms: Path) -> Phone:
    """The nurse's phone, her address and her number, all of them proved."""
    phone = await nurse.add_phone(CANARY)
    contact = (await nurse.post("/api/me/contacts", {"channel": "email", "address": "nurse@hopital.example"})).ok(201)
    (await nurse.post(f"/api/me/contacts/{contact['id']}/verify", {"code": await mail.code()})).ok(204)
    contact = (await nurse.post("/api/me/contacts", {"channel": "sms", "address": "06 12 34 56 78"})).ok(201)
    await until(sms.exists, 60, "no SMS was sent")
    code = re.search(r"\b[0-9]{6}\b", sms.read_text("utf-8"))
    assert code
    (await nurse.post(f"/api/me/contacts/{contact['id']}/verify", {"code": code[0]})).ok(204)
    return phone


async def taken_and_closed(nurse: Person, patient: Person) -> None:
    """The nurse takes the patient's alert and ends it, with a note."""
    taken = (await nurse.acknowledge(await nurse.row_of(patient))).ok(200)
    (await nurse.close_alert(taken["alert"], note=CANARY)).ok(200)


async def test_n20_a_canary_is_in_no_log_push_mail_sms_error_or_address(
    cluster: Cluster, seeded: Seed, mail: MailServer, tmp_path: Path
) -> None:
    sms = tmp_path / "sent.jsonl"
    async with World.of(cluster, seeded, **mail.settings, VIGIE_SMS_ADAPTOR=f"file:{sms}") as world:
        nurse = await world.sign_in("level2")
        phone = await reachable(nurse, mail, sms)
        patient = await enrolled(world, nurse)
        (await patient.report({"chest_pain": {"S": 4}}, note=CANARY)).ok(201)
        message = await phone.next()
        await phone.receipt(message)
        strange = await patient.report({CANARY: {"S": 1}}, measurements={CANARY: 1.0}, note=CANARY)
        assert strange.ok(201)["level"] in ("orange", "red")
        await taken_and_closed(nurse, patient)

        (await nurse.put("/api/me/reach", {"order": ["web_push", "email"]})).ok(200)
        phone.subscription.removed = True  # the next call goes by mail
        await world.leave_screens()
        letters = len(mail.messages)
        (await patient.report(BAD_NAUSEA, note=CANARY)).ok(201)
        await until(lambda: len(mail.messages) > letters, 60, "no mail was sent")
        await taken_and_closed(nurse, patient)
        (await nurse.put("/api/me/reach", {"order": ["sms"]})).ok(200)
        await world.leave_screens()
        sent = len(sms.read_text("utf-8").splitlines())
        (await patient.report(BAD_NAUSEA, note=CANARY)).ok(201)
        await until(lambda: len(sms.read_text("utf-8").splitlines()) > sent, 60, "no SMS was sent")

        refused = await refusals(world, patient, nurse)
        assert {answer.status // 100 for answer in refused} == {4}
        broken = await faults(world, patient, nurse)
        assert {answer.status for answer in broken} == {500}
        for answer in (*refused, *broken):
            assert answer.headers["Content-Type"].startswith("application/problem+json"), answer.text
            assert {"title", "status", "code", "detail"} <= answer.json.keys()
            assert hits(f"{answer.text} {answer.headers}", clinical=False) == [], answer.text

        await world.stop()
        for arrival in world.push.requests:
            assert hits(f"{arrival.text} {arrival.headers} {arrival.subscription}") == []
        for letter in mail.messages:
            assert hits(f"{letter.as_string()} {letter.get_content()}") == []
        assert hits(sms.read_text("utf-8")) == []
        for process in (world.serve, world.work):
            assert process.lines()
            for line in process.lines():
                look_at(line)
            assert process.output.read_text("utf-8") == ""
        assert any(line["message"] == "unhandled" and line["where"] for line in world.serve.lines())
        for log in (cluster.data / "log").glob("*"):
            assert CANARY.encode() not in log.read_bytes(), log


async def faults(world: World, patient: Person, nurse: Person) -> list[Answer]:
    """Answers of a database that lacks what it had: faults that nobody foresaw."""
    table = "alter table report rename to report_away"
    await world.rows(table)
    try:
        return [
            await patient.report({}, note=CANARY),
            await patient.get("/api/reports"),
            await nurse.get(f"/api/patients/{patient.me['id']}"),
        ]
    finally:
        await world.rows("alter table report_away rename to report")


def look_at(line: dict[str, Any]) -> None:
    """One line of a log: allowed fields, plain values, no canary."""
    assert set(line) <= ALWAYS | FIELDS, line
    assert hits(json.dumps(line, ensure_ascii=False)) == [], line
    assert line["level"] in ("info", "warning") or line["message"] in TROUBLE, line
    assert all(isinstance(value, str | int | float) for name, value in line.items() if name != "where")


async def test_every_line_of_a_log_is_json_also_when_the_database_goes_away(cluster: Cluster, seeded: Seed) -> None:
    async with World.of(cluster, seeded) as world:
        patient = await world.new_patient()
        connections = "select pg_terminate_backend(pid) from pg_stat_activity where application_name like 'vigie %'"
        for _ in range(3):
            await world.rows(connections)
            await patient.report({}, note=CANARY)
            await asyncio.sleep(0.3)
        await until(lambda: world.work.lines(), 5, "the worker logs nothing")
        await world.stop()
        for process in (world.serve, world.work):
            for line in process.lines():
                assert set(line) <= ALWAYS | FIELDS, line
                assert CANARY not in json.dumps(line)
            assert process.output.read_text("utf-8") == ""
