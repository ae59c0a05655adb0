"""The scripted push service is a witness, so it is cross-examined: it must notice what real services notice."""

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import aiohttp
import pytest_asyncio
from pywebpush import WebPusher

from app.delivery.vapid import Vapid, make_vapid_keys
from tests.push_service import Phone, PushService

VAPID = Vapid(make_vapid_keys()[0], "mailto:vigie@example.org")
ROOT = Path(__file__).resolve().parents[2]


@pytest_asyncio.fixture
async def push() -> AsyncIterator[PushService]:
    """A push service that accepts."""
    async with PushService() as service:
        yield service


async def post(push: PushService, phone: Phone, body: bytes | None = None, **changes: str | None) -> tuple[int, str]:
    """A well-made request but for `changes`; its status, and what the service says was wrong."""
    keys = {"p256dh": phone.p256dh, "auth": phone.auth}
    encrypted = WebPusher({"endpoint": phone.endpoint, "keys": keys}).encode(b'{"a": 1}')["body"]
    headers = {
        "Authorization": VAPID.header(push.origin, datetime.now(UTC)),
        "TTL": "60",
        "Content-Encoding": "aes128gcm",
    }
    for name, value in changes.items():
        headers.pop(name.replace("_", "-"), None)
        if value is not None:
            headers[name.replace("_", "-")] = value
    async with (
        aiohttp.ClientSession() as client,
        client.post(phone.endpoint, data=body or encrypted, headers=headers) as answer,
    ):
        text = await answer.text()
        return answer.status, json.loads(text)["problem"] if text else ""


async def test_a_well_made_request_is_accepted(push: PushService) -> None:
    assert await post(push, push.subscribe(VAPID.public_key), Urgency="high", Topic="x") == (201, "")
    assert push.messages[0].json == {"a": 1}


def header_at(push: PushService, at: timedelta) -> str:
    """A VAPID header as it would have been signed by a clock that is wrong by `at`."""
    return Vapid(make_vapid_keys()[0], "mailto:vigie@example.org").header(push.origin, datetime.now(UTC) + at)


async def test_what_real_services_refuse_is_refused(push: PushService) -> None:
    phone, bound = push.subscribe(), push.subscribe(server_key=make_vapid_keys()[1])
    good = VAPID.header(push.origin, datetime.now(UTC))
    forged = good[:-100] + ("A" if good[-100] != "A" else "B") + good[-99:]
    foreign = VAPID.header("https://fcm.googleapis.com", datetime.now(UTC))
    assert (await post(push, phone, Authorization=None))[0] == 401
    assert (await post(push, phone, Authorization=forged)) == (403, "the VAPID signature is not valid")
    assert "audience" in (await post(push, phone, Authorization=foreign))[1]
    assert "expired" in (await post(push, phone, Authorization=header_at(push, -timedelta(hours=13))))[1]
    assert "24 hours" in (await post(push, phone, Authorization=header_at(push, timedelta(hours=13))))[1]
    assert "another VAPID key" in (await post(push, bound))[1]
    assert (await post(push, phone, TTL=None))[0] == 400
    assert (await post(push, phone, TTL="soon"))[0] == 400
    assert (await post(push, phone, Urgency="extreme"))[0] == 400
    assert (await post(push, phone, Topic="x" * 33))[0] == 400
    assert (await post(push, phone, Content_Encoding="aesgcm"))[0] == 400
    assert (await post(push, phone, body=b"x" * 4_097))[0] == 413
    assert (await post(push, phone, body=b"x" * 200))[0] == 400
    assert push.messages == []
    assert len(push.requests) == 13


async def test_a_message_for_another_phone_is_not_decrypted(push: PushService) -> None:
    phone, other = push.subscribe(), push.subscribe()
    keys = {"p256dh": other.p256dh, "auth": other.auth}
    body = WebPusher({"endpoint": phone.endpoint, "keys": keys}).encode(b"{}")["body"]
    status, problem = await post(push, phone, body=body)
    assert status == 400
    assert "cannot be decrypted" in problem


async def test_it_runs_as_a_program_with_a_control_api() -> None:
    program = await asyncio.create_subprocess_exec(
        sys.executable,
        "-m",
        "tests.push_service",
        "--port",
        "0",
        "--subscriptions",
        "2",
        cwd=ROOT,
        stdout=subprocess.PIPE,
        env={**os.environ, "PYTHONDONTWRITEBYTECODE": "1"},
    )
    try:
        assert program.stdout is not None
        began = json.loads(await asyncio.wait_for(program.stdout.readline(), 20))
        origin = began["origin"]
        assert len(began["subscriptions"]) == 2
        async with aiohttp.ClientSession(origin) as client:
            async with client.post("/subscriptions", json={"server_key": VAPID.public_key}) as answer:
                assert answer.status == 201
                [subscription] = (await answer.json())["subscriptions"]
            script = {"subscription": subscription["id"], "steps": [{"status": 410}]}
            async with client.post("/script", json=script) as answer:
                assert answer.status == 204
            async with client.post("/script", json={"subscription": "*", "steps": [{"do": "dance"}]}) as answer:
                assert answer.status == 422
            keys = {"p256dh": subscription["keys"]["p256dh"], "auth": subscription["keys"]["auth"]}
            body = WebPusher({"endpoint": subscription["endpoint"], "keys": keys}).encode(b'{"b": 2}')["body"]
            headers = {"Authorization": VAPID.header(origin, datetime.now(UTC)), "TTL": "1"}
            headers["Content-Encoding"] = "aes128gcm"
            statuses = []
            for _ in range(2):
                async with client.post(subscription["endpoint"], data=body, headers=headers) as answer:
                    statuses.append(answer.status)
            async with client.get("/messages", params={"subscription": subscription["id"]}) as answer:
                messages = (await answer.json())["messages"]
            async with client.get("/requests") as answer:
                requests = (await answer.json())["requests"]
            async with client.delete(f"/subscriptions/{subscription['id']}") as answer:
                assert answer.status == 204
            async with client.delete("/messages") as answer:
                assert answer.status == 204
            async with client.get("/messages") as answer:
                assert await answer.json() == {"messages": []}
        assert statuses == [410, 201]
        assert [m["json"] for m in messages] == [{"b": 2}]
        assert [r["answered"] for r in requests] == [410, 201]
    finally:
        program.terminate()
        await program.wait()
