"""The canary: every five minutes an alert of an invented patient goes the whole way, from the report over HTTP to a device and back.

Its device is an address on the internal listener that decrypts what a push service would pass on. Nothing of it is shown to anybody real:
it lives in an establishment of its own. When it does not get through, every establishment has a technical alert and the house is not
ready.
"""

from __future__ import annotations

import asyncio
import logging
import os
import secrets
import time
from typing import Any
from uuid import UUID, uuid4

import aiohttp
import asyncpg
import http_ece
import msgspec
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat
from litestar import Response, post
from litestar.params import FromPath
from uuid_utils.compat import uuid7

from app.db import health, leases
from app.domain.canary import EVERY, LEASE, THROUGH_WITHIN, TOO_OLD, TURN
from app.domain.endpoints import encoded
from app.http import door
from app.http.door import FACE_HEADER, PATIENT_COOKIES, STAFF_COOKIES, AnyRequest, house_of
from app.services import canary
from app.services.canary import Bird

log = logging.getLogger("vigie.canary")
LOOK = 5.0  # seconds between two looks whether a round is due
WORST = {"diarrhoea": {"F": 4}}
"""Red day and night, whatever the calendar: an orange would wait for opening hours."""

ENDING = {
    "action": "called_patient",
    "outcome": "settled_at_home",
    "toxicity": None,
    "hospitalised": False,
    "dose_changed": False,
    "verdict": "useful",
    "note": None,
}
TROUBLE = (aiohttp.ClientError, asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError)


class CanaryLost(Exception):
    """The canary did not get through; the message is the stable word for where."""


class Canary:
    """One per process that answers; of several, one sends."""

    def __init__(self, pool: asyncpg.Pool, watch: asyncpg.Pool, patient_id: UUID, public: str, internal: str) -> None:
        self._pool, self._watch, self._patient_id, self._me = pool, watch, patient_id, uuid4()
        self._public, self._internal = public, internal
        self._key, self._auth = ec.generate_private_key(ec.SECP256R1()), os.urandom(16)
        self._address = secrets.token_urlsafe(16)
        self._heard: asyncio.Queue[str] = asyncio.Queue()
        self._began = time.monotonic()

    def silent(self, ages: dict[str, float]) -> bool:
        """Whether it has not got through for too long. A house that has just been opened is given time for the first round."""
        age = ages.get(LEASE)
        young = time.monotonic() - self._began < THROUGH_WITHIN.total_seconds() * 2
        return not young and (age is None or age > TOO_OLD.total_seconds())

    def hear(self, address: str, body: bytes) -> bool:
        """What a push service would pass on to the device; False for an address that is not its own."""
        if address != self._address:
            return False
        shown = msgspec.json.decode(http_ece.decrypt(body, private_key=self._key, auth_secret=self._auth))
        self._heard.put_nowait(shown["receipt"]["token"])
        return True

    async def run(self) -> None:
        """Until cancelled: a round whenever one is due and no other process runs it."""
        async with aiohttp.ClientSession(
            cookie_jar=aiohttp.DummyCookieJar(), timeout=aiohttp.ClientTimeout(total=10), trust_env=False
        ) as http:
            while True:
                await asyncio.sleep(LOOK)
                try:
                    if await self._my_turn():
                        await self.round(http)
                except TROUBLE as why:
                    log.warning("canary not sent", extra={"error": type(why).__name__})

    async def round(self, http: aiohttp.ClientSession) -> None:
        """One round; what became of it is written down."""
        try:
            async with asyncio.timeout(THROUGH_WITHIN.total_seconds()):
                await self._fly(http, await canary.wake(self._pool, self._patient_id))
        except (CanaryLost, aiohttp.ClientError, TimeoutError) as why:
            because = str(why) if isinstance(why, CanaryLost) else type(why).__name__
            log.critical("the canary did not get through", extra={"because": because})
            await canary.fell_silent(self._watch, because)
            return
        async with self._watch.acquire() as con:
            await leases.take(con, LEASE, UUID(int=0))  # the success is the house's, not this process's
        await canary.sang(self._watch)

    async def _my_turn(self) -> bool:
        async with self._watch.acquire(timeout=2) as con:
            age = (await health.ages(con)).get(TURN)
            if age is not None and age < EVERY.total_seconds():
                return False
            return await leases.take(con, TURN, self._me) is not None

    async def _fly(self, http: aiohttp.ClientSession, bird: Bird) -> None:
        nurse = {STAFF_COOKIES.session: bird.nurse}
        await self._settle_all(http, nurse)  # what a round before has left
        for device in (await self._ask(http, "GET", "/api/devices", nurse))["devices"]:
            await self._ask(http, "DELETE", f"/api/devices/{device['id']}", nurse)
        await self._ask(http, "POST", "/api/devices", nurse, self._subscription())
        while not self._heard.empty():
            self._heard.get_nowait()
        now = (await self._ask(http, "GET", "/api/worklist", nurse))["now"]
        report = {"answered_at": now, "questionnaire": "canari", "answers": WORST}
        await self._ask(http, "PUT", f"/api/reports/{uuid7()}", {PATIENT_COOKIES.device: bird.patient}, report)
        token = await self._heard.get()
        await self._ask(http, "POST", "/api/receipts", {}, {"token": token, "state": "opened"})
        if not await self._settle_all(http, nurse):
            raise CanaryLost("no_alert")
        await self._ask(http, "POST", "/api/sign-out", nurse)

    async def _settle_all(self, http: aiohttp.ClientSession, nurse: dict[str, str]) -> int:
        """Take and close every alert of the canary's establishment; how many."""
        alerts = (await self._ask(http, "GET", "/api/worklist", nurse))["alerts"]
        for row in alerts:
            path, version = f"/api/alerts/{row['id']}", row["version"]
            if row["state"] != "acknowledged":
                taken = await self._ask(http, "POST", f"{path}/acknowledge", nurse, {"version": version})
                version = taken["alert"]["version"]
            await self._ask(http, "POST", f"{path}/close", nurse, {"version": version, **ENDING})
        return len(alerts)

    async def _ask(
        self, http: aiohttp.ClientSession, method: str, path: str, cookies: dict[str, str], body: object = None
    ) -> Any:
        headers = {
            "Sec-Fetch-Site": "same-origin",
            FACE_HEADER: "patient" if PATIENT_COOKIES.device in cookies else "clinic",
            "Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items()),
        }
        data = None
        if body is not None:
            headers["Content-Type"], data = "application/json", msgspec.json.encode(body)
        async with http.request(method, self._public + path, data=data, headers=headers) as answer:
            if answer.status >= 400:
                raise CanaryLost(f"http_{answer.status}")
            text = await answer.read()
        return msgspec.json.decode(text) if text else {}

    def _subscription(self) -> dict[str, object]:
        point = self._key.public_key().public_bytes(Encoding.X962, PublicFormat.UncompressedPoint)
        return {
            "endpoint": f"{self._internal}/canary/{self._address}",
            "keys": {"p256dh": encoded(point), "auth": encoded(self._auth)},
            "label": "Canari",
        }


@post("/canary/{address:str}", guards=[door.public], status_code=201, include_in_schema=False)
async def post_canary(address: FromPath[str], request: AnyRequest) -> Response[None]:
    """The canary's device, as its push service sees it."""
    bird = house_of(request).canary
    if bird is None or not bird.hear(address, await request.body()):
        return Response(None, status_code=404)
    return Response(None, status_code=201)


HANDLERS = [post_canary]
