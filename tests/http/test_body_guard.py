"""Every body is proved harmless before anything else happens, and every refusal says what to do."""

from __future__ import annotations

import asyncio
import json
from typing import Any
from uuid import UUID, uuid4

import pytest
import pytest_asyncio

from app.domain.errors import BodyRefused
from app.http.guard import DEEPEST, LIMIT, LONGEST_NUMBER, REPORT_LIMIT, check_json
from tests.http.bodies import CANARY, HOSTILE, nested, problem, raw, send
from tests.world import Person, World, until

SIGN_IN, RECEIPTS = "/api/sign-in/activation", "/api/receipts"
BROKEN = [name for name in HOSTILE if name not in ("nothing at all", "a list", "a number", "null", "a string")]
UNFIT = BROKEN[: BROKEN.index("unknown fields")]


@pytest_asyncio.fixture(scope="module")
async def patient(world: World) -> Person:
    """One browser for the whole file."""
    await world.empty()
    return await world.new_patient()


def draft(**more: Any) -> dict[str, Any]:
    return {"answered_at": "2026-11-24T09:00:00Z", "questionnaire": "test", "answers": {}, **more}


@pytest.mark.parametrize("what", UNFIT)
async def test_a_body_that_is_not_plain_strict_json_is_refused(world: World, what: str) -> None:
    problem(await send(world, "POST", SIGN_IN, HOSTILE[what]), 400, "body_refused")


@pytest.mark.parametrize("body", [b"", b"[]", b"7", b"null", b'"x"', b"{}"])
async def test_json_that_is_not_what_this_address_expects_is_refused(world: World, body: bytes) -> None:
    answer = await send(world, "POST", SIGN_IN, body)
    assert answer.status in (400, 422)
    problem(answer, answer.status, "body_refused" if answer.status == 400 else "content_refused")


def test_what_is_just_within_the_limits_is_taken() -> None:
    check_json(nested(DEEPEST))
    check_json(b"1" * LONGEST_NUMBER)
    check_json('{"note": "tab\\tnewline\\nétoile ☆ \\ud83d\\ude00"}'.encode())
    check_json(b'{"a": {"b": 1}, "c": {"b": 2}}')
    check_json(('{"note": "' + "[" * 500 + '"}').encode())
    check_json(b'{"note": "\\\\", "other": "]"}')


def test_what_is_just_beyond_the_limits_is_refused() -> None:
    for body in (nested(DEEPEST + 1), b"1" * (LONGEST_NUMBER + 1), b'{"note": "a\\rb"}'):
        with pytest.raises(BodyRefused):
            check_json(body)


@pytest.mark.parametrize(
    "content_type",
    [
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "text/plain",
        "text/json",
        "application/json; charset=latin-1",
        "application/jsonp",
        "application/vnd.api+json",
        None,
    ],
)
async def test_a_form_is_not_taken_for_json(world: World, content_type: str | None) -> None:
    answer = await send(world, "POST", SIGN_IN, b'{"code": "x"}', content_type=content_type)
    problem(answer, 415, "media_type_refused")


@pytest.mark.parametrize(
    "content_type", ["application/json", "application/json; charset=utf-8", "Application/JSON;charset=UTF-8"]
)
async def test_json_in_utf8_is_taken_however_it_is_announced(world: World, content_type: str) -> None:
    (await send(world, "POST", RECEIPTS, b'{"token": "x", "state": "opened"}', content_type=content_type)).ok(204)


@pytest.mark.parametrize(
    ("path", "method", "limit"), [(f"/api/reports/{uuid4()}", "PUT", REPORT_LIMIT), (SIGN_IN, "POST", LIMIT)]
)
async def test_a_body_is_refused_by_its_declared_length_before_it_is_sent(
    world: World, patient: Person, path: str, method: str, limit: int
) -> None:
    head = (
        f"{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: {limit + 1}\r\n\r\n"
    )
    answer = await raw(world, head.encode())
    assert answer.startswith(b"HTTP/1.1 413 ")
    assert b'"body_too_large"' in answer


@pytest.mark.parametrize(
    ("path", "method", "limit"), [(f"/api/reports/{uuid4()}", "PUT", REPORT_LIMIT), (SIGN_IN, "POST", LIMIT)]
)
async def test_a_body_without_a_length_is_counted(
    world: World, patient: Person, path: str, method: str, limit: int
) -> None:

    async def pieces() -> Any:
        for _ in range(limit // 8192 + 1):
            yield b" " * 8192

    answer = await send(world, method, path, pieces(), who=patient)  # type: ignore[arg-type] # aiohttp streams it
    problem(answer, 413, "body_too_large")


async def test_a_body_as_large_as_the_limit_is_read(world: World, patient: Person) -> None:
    body = json.dumps(draft()).encode().ljust(REPORT_LIMIT)
    answer = await send(world, "PUT", f"/api/reports/{uuid4()}", body, who=patient)
    answer.ok(201)
    (await send(world, "POST", RECEIPTS, b'{"token": "x", "state": "opened"}'.ljust(LIMIT))).ok(204)


@pytest.mark.parametrize(
    ("more", "path"),
    [
        ({"answers": {"fever": {"P": "1"}}}, "answers[...].P"),
        ({"answers": {"fever": {"P": True}}}, "answers[...].P"),
        ({"answers": {"fever": {"P": 1.5}}}, "answers[...].P"),
        ({"answers": {"fever": {"P": 2}}}, "answers[...].P"),
        ({"answers": {"nausea": {"F": 5}}}, "answers[...].F"),
        ({"answers": {"nausea": {"F": -1}}}, "answers[...].F"),
        ({"answers": {"nausea": {CANARY: 1}}}, "answers[...]"),
        ({"answers": {"nausea": 3}}, "answers[...]"),
        ({"measurements": {"temperature_c": "38"}}, "measurements[...]"),
        ({"answered_at": "2026-11-24T09:00:00"}, "answered_at"),
        ({"answered_at": CANARY}, "answered_at"),
        ({"replaces": CANARY}, "replaces"),
        ({"note": CANARY * 200}, "note"),
        ({"questionnaire": CANARY * 10}, "questionnaire"),
        ({"confirmed": [CANARY * 10]}, "confirmed[0]"),
        ({"answers": {f"{CANARY}{n}": {} for n in range(81)}}, "answers"),
        ({CANARY: 1}, ""),
    ],
)
async def test_a_wrong_value_is_refused_with_its_place_and_without_its_content(
    world: World, patient: Person, more: dict[str, Any], path: str
) -> None:
    answer = await send(world, "PUT", f"/api/reports/{uuid4()}", json.dumps(draft(**more)).encode(), who=patient)
    document = problem(answer, 422, "content_refused")
    assert [fault["path"] for fault in document["errors"]] == [path]
    assert all(fault["message"] for fault in document["errors"])
    assert (
        await world.value("select count(*) from report where patient_id = $1", UUID(patient.me["id"])) <= 1
    )  # the one as large as the limit


async def test_a_client_that_dies_in_the_middle_of_its_body_leaves_nothing_behind(fresh: World) -> None:
    patient = await fresh.new_patient()
    cookie = "; ".join(f"{name}={value}" for name, value in patient.cookies.items())
    head = (
        f"PUT /api/reports/{uuid4()} HTTP/1.1\r\nHost: x\r\nCookie: {cookie}\r\nSec-Fetch-Site: same-origin\r\n"
        f'Content-Type: application/json\r\nContent-Length: 5000\r\n\r\n{{"answered_at": '
    ).encode()
    open_sockets = [await asyncio.open_connection("127.0.0.1", int(fresh.env["VIGIE_PORT"])) for _ in range(40)]
    for _, writer in open_sockets:
        writer.write(head)
        await writer.drain()
    await asyncio.sleep(0.2)
    assert await in_transaction(fresh) == 0, "a body that is still coming holds no transaction"
    answer = await patient.report({"chest_pain": {"S": 1}})
    answer.ok(201)
    assert answer.seconds < 1.0, "and slows nobody down"
    for _, writer in open_sockets:
        writer.transport.abort()
    await until(lambda: nothing_open(fresh), 5, "a transaction has stayed open")
    (await patient.report({})).ok(201)
    assert await fresh.value("select count(*) from report") == 2


async def in_transaction(world: World) -> int:
    found = await world.value(
        "select count(*) from pg_stat_activity where datname = current_database() and application_name = 'vigie app'"
        " and state <> 'idle'"
    )
    return int(found)


async def nothing_open(world: World) -> bool:
    return await in_transaction(world) == 0


async def test_an_address_that_is_not_there_is_a_problem_document_too(world: World) -> None:
    problem(await send(world, "GET", "/api/nothing", b""), 404, "not_found")
    problem(await send(world, "PUT", "/api/reports/not-an-id", b"{}"), 404, "not_found")
    problem(await send(world, "DELETE", "/api/home", b""), 405, "method_not_allowed")
