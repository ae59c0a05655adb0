"""Who is signed in at a browser, what they ask, and what the API answers them."""

from __future__ import annotations

import contextlib
import json
from collections.abc import AsyncIterator
from datetime import datetime
from typing import TYPE_CHECKING, Any
from uuid import UUID

import aiohttp
from msgspec import Struct
from uuid_utils.compat import uuid7

from tests.phones import Phone, Stream

if TYPE_CHECKING:
    from tests.world import World


class Answer(Struct, frozen=True):
    """What the API answered. `json` is None without a body; `text` is the body as it came."""

    status: int
    text: str
    headers: dict[str, str]
    seconds: float

    @property
    def json(self) -> Any:
        """The body, decoded."""
        return json.loads(self.text) if self.text else None

    @property
    def code(self) -> str | None:
        """The stable word of a problem document."""
        return self.json.get("code") if isinstance(self.json, dict) else None

    def ok(self, *statuses: int) -> Any:
        """The JSON of an answer with one of these statuses (any 2xx when none is named); fails the test otherwise."""
        good = self.status in statuses if statuses else 200 <= self.status <= 299
        assert good, f"{self.status}: {self.text[:500]}"
        return self.json


class Person:
    """A browser in which somebody is signed in (or nobody yet)."""

    def __init__(self, world: World, name: str) -> None:
        self.world, self.name = world, name
        self.cookies: dict[str, str] = {}
        self.me: dict[str, Any] = {}

    async def get(self, path: str) -> Answer:
        """GET."""
        return await self.ask("GET", path)

    async def put(self, path: str, body: Any) -> Answer:
        """PUT of JSON."""
        return await self.ask("PUT", path, body)

    async def post(self, path: str, body: Any = None) -> Answer:
        """POST of JSON, or of nothing."""
        return await self.ask("POST", path, body)

    async def delete(self, path: str) -> Answer:
        """DELETE."""
        return await self.ask("DELETE", path)

    async def ask(self, method: str, path: str, body: Any = None) -> Answer:
        """Any request, with this browser's cookies."""
        return await self.world.ask(method, path, body, self.cookies)

    async def add_phone(self, label: str = "téléphone") -> Phone:
        """Subscribe to the scripted push service and register the subscription."""
        key = (await self.get("/api/push-key")).ok(200)["key"]
        subscription = self.world.push.subscribe(server_key=key)
        made = subscription.as_json()
        body = {"endpoint": made["endpoint"], "keys": made["keys"], "label": label}
        return Phone(self, (await self.post("/api/devices", body)).ok(201)["id"], subscription)

    async def report(
        self,
        answers: dict[str, dict[str, int]] | None = None,
        *,
        measurements: dict[str, float] | None = None,
        report_id: UUID | None = None,
        answered_at: datetime | None = None,
        **more: Any,
    ) -> Answer:
        """Send a report as the phone does: an id made here (`report_id` sends one again), what is asked and answered."""
        told = answered_at or self.world.clock.guess()
        draft = {
            "answered_at": told.isoformat(),
            "questionnaire": "test",
            "answers": answers or {},
            "measurements": measurements or {},
            **more,
        }
        return await self.put(f"/api/reports/{report_id or uuid7()}", draft)

    async def caregiver(self, name: str, relation: str = "partner") -> Person:
        """Somebody whom this patient names to speak for them, signed in on a phone of their own."""
        made = (await self.post("/api/caregivers", {"name": name, "relation": relation})).ok(201)
        return await self.world.activate(name, made["code"])

    async def worklist(self) -> dict[str, Any]:
        """The worklist."""
        return (await self.get("/api/worklist")).ok(200)

    async def row_of(self, patient: Person) -> dict[str, Any]:
        """The worklist's row of one patient; fails the test when there is not exactly one."""
        rows = [row for row in (await self.worklist())["alerts"] if row["patient"]["id"] == patient.me["id"]]
        assert len(rows) == 1, rows
        return rows[0]

    async def acknowledge(self, alert: dict[str, Any]) -> Answer:
        """Take an alert, as it was on the worklist."""
        return await self.post(f"/api/alerts/{alert['id']}/acknowledge", {"version": alert["version"]})

    async def close_alert(self, alert: dict[str, Any], **more: Any) -> Answer:
        """Close an alert, as it was on the worklist."""
        body = {
            "version": alert["version"],
            "action": "called_patient",
            "outcome": "settled_at_home",
            "toxicity": None,
            "hospitalised": False,
            "dose_changed": False,
            "verdict": "useful",
            "note": None,
            **more,
        }
        return await self.post(f"/api/alerts/{alert['id']}/close", body)

    @contextlib.asynccontextmanager
    async def stream(self) -> AsyncIterator[Stream]:
        """The worklist's live events while the block lasts; begins once the first heartbeat is there."""
        async with self.world.http.get(
            self.world.url + "/api/worklist/stream",
            headers=browser_headers(self.cookies),
            timeout=aiohttp.ClientTimeout(total=None),
        ) as response:
            assert response.status == 200, await response.text()
            stream = Stream(response)
            try:
                await stream.next("heartbeat", 0)
                yield stream
            finally:
                await stream.close()


def browser_headers(cookies: dict[str, str]) -> dict[str, str]:
    """What a browser adds by itself."""
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return {"Sec-Fetch-Site": "same-origin", **({"Cookie": cookie} if cookie else {})}
