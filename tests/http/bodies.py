"""Bodies that no honest client sends, raw requests to send them with, and what every refusal must look like."""

from __future__ import annotations

import asyncio
import json
import time
from typing import Any

from tests.world import Answer, Person, World

CANARY = "Zwiebelkuchen-4711"
"""A word that must never come back in an answer, a log line or an event."""


def nested(depth: int) -> bytes:
    """Lists in lists."""
    return b"[" * depth + b"]" * depth


HOSTILE: dict[str, bytes] = {
    "nothing at all": b"",
    "not JSON": b"{",
    "another encoding": '{"code": "é"}'.encode("latin-1"),
    "a byte order mark": b'\xef\xbb\xbf{"code": "x"}',
    "overlong UTF-8": b'{"code": "\xc0\xaf"}',
    "a surrogate in UTF-8": b'{"code": "\xed\xa0\x80"}',
    "33 levels": nested(33),
    "1,000 levels": nested(1000),
    "100,000 levels": nested(100_000)[:60_000],
    "objects 1,000 deep": b'{"a":' * 1000 + b"1" + b"}" * 1000,
    "a key twice": b'{"code": "a", "code": "b"}',
    "a key twice inside": b'{"answers": {"fever": {"P": 1}, "fever": {"P": 0}}}',
    "a key twice, once escaped": b'{"code": "a", "c\\u006fde": "b"}',
    "NaN": b'{"version": NaN}',
    "Infinity": b'{"version": Infinity}',
    "-Infinity": b'{"version": -Infinity}',
    "a number of 33 digits": b'{"version": ' + b"1" * 33 + b"}",
    "a fraction of 33 characters": b'{"version": 1.' + b"0" * 31 + b"}",
    "a NUL": b'{"code": "a\\u0000b", "login": "a\\u0000b", "token": "a\\u0000b", "note": "a\\u0000b"}',
    "a lone high surrogate": b'{"code": "\\ud800"}',
    "a lone low surrogate as a key": b'{"\\udfff": 1}',
    "an escaped control character": b'{"code": "\\u001b[2J"}',
    "a raw control character": b'{"code": "\x1b[2J"}',
    "a string that never ends": b'"' + b"[" * 40 + b'\\"' * 30_000,
    "another one, in an object": b'{"a": "' + b"{" * 40 + b'\\"\\\\' * 15_000,
    "60,000 open quotes": b'"' * 60_001,
    "a list": b"[]",
    "a number": b"7",
    "null": b"null",
    "a string": b'"' + CANARY.encode() + b'"',
    "unknown fields": json.dumps({CANARY: CANARY}).encode(),
    "a number too large for a float": b'{"version": 1e999, "measurements": {"weight_kg": 1e999}}',
    "2,000 keys": json.dumps({f"{CANARY}{n}": n for n in range(2000)}).encode(),
    "wrong types": json.dumps(
        {
            "version": "5",
            "code": 5,
            "login": [],
            "password": {},
            "totp": None,
            "token": 1.5,
            "state": CANARY,
            "endpoint": 0,
            "keys": CANARY,
            "answers": [],
            "answered_at": 1,
            "born_on": CANARY,
            "regimen": {},
        }
    ).encode(),
}


async def send(
    world: World,
    method: str,
    path: str,
    body: bytes,
    *,
    who: Person | None = None,
    content_type: str | None = "application/json",
    **headers: str,
) -> Answer:
    """A request with these very bytes."""
    cookie = "; ".join(f"{name}={value}" for name, value in who.cookies.items()) if who else ""
    head = {
        **({"Cookie": cookie} if cookie else {}),
        **({"Content-Type": content_type} if content_type else {}),
        "Sec-Fetch-Site": "same-origin",
        **headers,
    }
    begin = time.monotonic()
    async with world.http.request(
        method, world.url + path, data=body, headers=head, skip_auto_headers=["Content-Type"]
    ) as response:
        text = await response.text()
        return Answer(response.status, text, dict(response.headers), time.monotonic() - begin)


async def raw(world: World, request: bytes, *, then: float = 3.0) -> bytes:
    """Bytes on a socket, and what comes back until the server closes or nothing more comes for `then` seconds."""
    reader, writer = await asyncio.open_connection("127.0.0.1", int(world.env["VIGIE_PORT"]))
    writer.write(request)
    await writer.drain()
    found = b""
    try:
        while chunk := await asyncio.wait_for(reader.read(65536), then):
            found += chunk
            if b"\r\n\r\n" in found and b"}" in found:
                break
    except (TimeoutError, ConnectionError):
        pass
    writer.close()
    return found


def problem(answer: Answer, status: int, code: str) -> dict[str, Any]:
    """The problem document of a refusal, after checking all that every one of them owes its reader."""
    assert (answer.status, answer.code) == (status, code), f"{answer.status}: {answer.text[:300]}"
    assert answer.headers["Content-Type"] == "application/problem+json"
    assert answer.headers["Cache-Control"] == "no-store"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    document: dict[str, Any] = answer.json
    assert document["status"] == status
    assert len(document["title"]) > 3
    assert len(document["detail"]) > 20, "says what to do"
    assert CANARY not in answer.text, "repeats what was sent"
    assert answer.seconds < 1.0 or code == "credentials_refused", "only judging a password may take its time"
    return document
