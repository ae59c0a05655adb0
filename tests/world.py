"""Vigie as it runs, for a test: real processes, a real database, a push service that decrypts, and a clock to move.

    async def test_something(world):                      # from the fixtures at the end of this file
        nurse = await world.sign_in("level2")             # or "level1", "oncologist", "level2.second", … of tenant A
        phone = await nurse.add_phone()                   # a push subscription whose messages this test decrypts
        patient = await world.new_patient("capecitabine_mono")   # enrolled by the nurse's colleague, signed in by code
        answer = await patient.report({"chest_pain": {"S": 4}})  # PUT /api/reports/{uuid7}: answer.status, answer.json
        message = await phone.next()                      # the decrypted push; waits up to 10 s
        await phone.receipt(message)                      # what the service worker posts
        await world.clock.advance(minutes=31)             # every timer and all SQL time follow
        await world.serve.kill(); world.serve.start()      # SIGKILL, and again on the same data
        await world.rows("select state from alert")       # a look from outside, past every policy

To have the fixtures in a folder, its conftest.py says `from tests.world import fresh, seeded, world  # noqa: F401`.
`world` is one per test file (some 2 s): `serve` and one `work`. `fresh` is the same world emptied of reports, alerts,
devices, sessions and failed tries, its clock back at START: take it when the tests of a file must not meet. For other
shapes: `async with World.of(cluster, seeded, workers=2) as world`, or `database=<dsn>` for a server of one's own.

Persons. `await world.sign_in("level2")` signs in by password and the six digits of the house's clock; a second call is a
second browser. `person.get/put/post/delete(path, body)` give an Answer (status, json, headers, seconds) and never raise
for a status; `.ok()` returns the JSON and fails the test otherwise. Cookies are `__Host-`, which a client library does
not send over http: a Person keeps and sends them itself, as a browser on http://localhost would.

Whoever is signed in and was heard of within two minutes "has a page open", so a call to them counts as told on screen.
Where that would disturb a test, `await world.leave_screens()` lets two minutes and a bit pass for all of them at once.

No process outlives the test: each is in a session of its own, is killed when its World ends, however it ends, and holds
the far end of a pipe of ours, so that it stops when the test runner itself was killed.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
import subprocess
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any, Self

import aiohttp
import asyncpg
import pyotp
import pytest_asyncio

from app.db.cluster import Cluster
from tests.clock import Clock
from tests.persons import Answer, Person, browser_headers
from tests.phones import Phone, Stream
from tests.processes import PATIENCE, ROOT, Process, environment, free_ports, until, vigie
from tests.push_service import PushService
from tests.seeds import START, Seed, seed_database

__all__ = [
    "ROOT",
    "START",
    "Answer",
    "Clock",
    "Person",
    "Phone",
    "Process",
    "Seed",
    "Stream",
    "World",
    "assert_quiet",
    "environment",
    "free_ports",
    "fresh",
    "seed_database",
    "seeded",
    "until",
    "vigie",
    "world",
]

COURSES_ANEW = (
    "delete from course_order where number > 1",
    "update course set state = 'active', ended_at = null",
    "update patient set timezone = 'Europe/Paris', left_at = null",
    "update adherence_state set raised = '{}', facts = '{}', looked_at = null, counted_on = null, look_at = '2026-11-25T02:00:00Z'",
    "update reminder_plan set extend_at = '2026-12-04T09:00:00Z', until_at = '2026-12-08T09:00:00Z'",
)
"""Courses as on the day of their enrolment, to be looked at from the next day on."""


class World:
    """See the module's text."""

    def __init__(self, env: dict[str, str], seed: Seed, folder: Path, push: PushService, look: dict[str, Any]) -> None:
        self.env, self.seed, self.folder, self.push, self._look = env, seed, folder, push, look
        self.url = f"http://127.0.0.1:{env['VIGIE_PORT']}"
        self.internal = f"http://127.0.0.1:{env['VIGIE_INTERNAL_PORT']}"
        self.http: aiohttp.ClientSession
        self.clock = Clock(self)
        self.serve = Process("serve", ["serve"], env, folder)
        self.workers: list[Process] = []
        self._steps: dict[str, int] = {}
        self._patients = 0
        self._used: set[str] = set()
        self.foreseen: set[str] = set()  # messages at level error that a test of this world provokes on purpose
        self._nurse: Person | None = None

    @classmethod
    @contextlib.asynccontextmanager
    async def of(
        cls,
        cluster: Cluster,
        seeded: Seed,
        *,
        workers: int = 1,
        database: str | None = None,
        **env: str,
    ) -> AsyncIterator[Self]:
        """A world of its own on a copy of the seeded database (`database` names another one on `cluster`), until the end."""
        name = database or await cluster.create_database_from(seeded.database)
        with tempfile.TemporaryDirectory(prefix="vigie-world-") as folder:
            async with PushService() as push:
                world = cls(
                    environment(
                        seeded.keys, Path(folder), cluster.dsn(name), VIGIE_PUSH_EXTRA_ORIGINS=push.origin, **env
                    ),
                    seeded,
                    Path(folder),
                    push,
                    cluster.superuser_args(name),
                )
                try:
                    async with world._open(workers):
                        yield world
                finally:
                    if database is None:
                        await cluster.drop_database(name)

    @contextlib.asynccontextmanager
    async def _open(self, workers: int) -> AsyncIterator[None]:
        timeout = aiohttp.ClientTimeout(total=PATIENCE)
        async with aiohttp.ClientSession(cookie_jar=aiohttp.DummyCookieJar(), timeout=timeout) as self.http:
            try:
                self.serve.start()
                for _ in range(workers):
                    self.add_worker()
                await self.live()
                if workers:
                    await self.led()
                await self.clock.set(START)
                yield
            finally:
                for process in (self.serve, *self.workers):
                    process.bury()

    # -- processes

    def add_worker(self, **env: str) -> Process:
        """One more `vigie work`."""
        name = f"work-{len(self.workers) + 1}"
        worker = Process(name, ["work"], {**self.env, **env}, self.folder)
        self.workers.append(worker)
        worker.start()
        return worker

    @property
    def work(self) -> Process:
        """The first worker."""
        return self.workers[0]

    async def live(self, seconds: float = PATIENCE) -> float:
        """Wait until `serve` answers; how long that took."""
        begin = time.monotonic()
        while not await self._healthy("/health/live"):
            assert self.serve.running(), f"serve has ended:\n{self.serve.said()}"
            assert time.monotonic() - begin < seconds, f"serve does not answer:\n{self.serve.said()}"
            await asyncio.sleep(0.02)
        return time.monotonic() - begin

    async def led(self, seconds: float = PATIENCE) -> None:
        """Wait until a worker leads the sweeps."""
        begin = time.monotonic()
        while not await self._healthy("/health/ready"):
            for worker in self.workers:
                assert worker.running(), f"{worker.name} has ended:\n{worker.said()}"
            assert time.monotonic() - begin < seconds, f"nobody leads:\n{self.workers[0].said()}"
            await asyncio.sleep(0.05)

    async def stop(self) -> None:
        """SIGTERM to all; fails the test unless each ends cleanly."""
        for process in (self.serve, *self.workers):
            if process.running():
                await process.stop()

    def vigie(self, *arguments: str, **env: str) -> subprocess.CompletedProcess[str]:
        """Run another `vigie` command to its end in this world."""
        return vigie(*arguments, env={**self.env, **env})

    async def _healthy(self, path: str) -> bool:
        try:
            async with self.http.get(self.url + path, timeout=aiohttp.ClientTimeout(total=3)) as response:
                return response.status == 200
        except (aiohttp.ClientError, OSError, TimeoutError):
            return False

    # -- people

    async def sign_in(self, who: str, tenant: str = "A") -> Person:
        """A professional of the seed ("level1", "level2", "level2.second", "oncologist", …) in a new browser."""
        body = await self.credentials(who, tenant)
        person = Person(self, f"{who} {tenant}")
        await self._signed_in(person, "/api/sign-in/password", body)
        return person

    async def credentials(self, who: str, tenant: str = "A") -> dict[str, str]:
        """What this professional would type now: login, password, and six digits that were not used before."""
        staff = next(s for s in self.tenant(tenant)["staff"] if s["login"] == f"{who}@{tenant.lower()}.example")
        return {"login": staff["login"], "password": staff["password"], "totp": await self._six_digits(staff)}

    async def patient(self, regimen: str, tenant: str = "A") -> Person:
        """A patient of the seed in a new browser, by the activation code that it printed or by a new one."""
        seeded = next(p for p in self.tenant(tenant)["patients"] if p["regimen"] == regimen)
        code = seeded["activation_code"]
        if code in self._used:
            nurse = await self._enroller() if tenant == "A" else await self.sign_in("level2.second", tenant)
            code = (await nurse.post(f"/api/patients/{seeded['id']}/activation")).ok(201)["code"]
        self._used.add(code)
        return await self.activate(seeded["name"], code)

    async def activate(self, name: str, code: str) -> Person:
        """Whoever holds an activation code, in a new browser."""
        person = Person(self, name)
        await self._signed_in(person, "/api/sign-in/activation", {"code": code})
        return person

    async def new_patient(self, regimen: str = "capecitabine_mono", *, by: Person | None = None) -> Person:
        """A patient enrolled now by `by` (a coordinator; signed in for it when none is given), then signed in by code.

        Without `by` the coordinator who enrols is level2.second, who is never on duty: nobody else's page is open.
        """
        made, name = await self.enrol(regimen, by=by)
        return await self.activate(name, made["activation"]["code"])

    async def enrol(
        self, regimen: str = "capecitabine_mono", *, by: Person | None = None, **more: Any
    ) -> tuple[dict[str, Any], str]:
        """A patient enrolled now, who has not signed in yet: {id, activation: {code, expires_at}} and the first name."""
        nurse = by or await self._enroller()
        self._patients += 1
        body = {
            "first_name": f"Prénom{self._patients}",
            "last_name": "Essai",
            "born_on": str((START - timedelta(days=20_000 + self._patients)).date()),
            "phone": "01 99 00 30 00",
            "locale": "fr",
            "regimen": regimen,
            "started_on": str((START - timedelta(days=50)).date()),
            "weight_kg": 70.0,
            **more,
        }
        return (await nurse.post("/api/patients", body)).ok(201), body["first_name"]

    async def new_code(self, patient_id: str) -> str:
        """Another activation code for a patient whose session has ended or whose phone is new."""
        nurse = await self._enroller()
        return (await nurse.post(f"/api/patients/{patient_id}/activation")).ok(201)["code"]

    def tenant(self, letter: str) -> dict[str, Any]:
        """What the seed printed of one establishment."""
        return next(e for e in self.seed.printed["establishments"] if e["name"].endswith(f" {letter}"))

    async def leave_screens(self) -> None:
        """Let two minutes and a bit pass: whoever has no page open is no longer thought to look at one."""
        await self.clock.advance(seconds=130)

    async def _enroller(self) -> Person:
        me = await self._nurse.get("/api/me") if self._nurse else None
        if (
            self._nurse is None or me is None or me.status != 200 or not me.json["full"]
        ):  # days later only the device is known
            self._nurse = await self.sign_in("level2.second")
        return self._nurse

    async def _signed_in(self, person: Person, path: str, body: dict[str, str]) -> None:
        person.me = (await person.post(path, body)).ok(200)

    async def _six_digits(self, staff: dict[str, Any]) -> str:
        """A code that was not used before: each opens one door once, and one step of drift is allowed."""
        here = int((await self.now()).timestamp()) // 30
        step = max(here - 1, self._steps.get(staff["login"], 0) + 1)
        if step > here + 1:
            await self.clock.advance(seconds=30 * (step - here))
        self._steps[staff["login"]] = step
        return pyotp.TOTP(staff["totp_secret"]).at(step * 30)

    # -- looking and asking

    async def now(self) -> datetime:
        """What time it is in there."""
        return await self.clock.read()

    async def ask(
        self, method: str, path: str, body: Any = None, cookies: dict[str, str] | None = None, **headers: str
    ) -> Answer:
        """A request as a browser makes it; new cookies go into `cookies`."""
        held = {} if cookies is None else cookies
        data = None if body is None else json.dumps(body).encode()
        head = {**browser_headers(held), **({"Content-Type": "application/json"} if data else {}), **headers}
        begin = time.monotonic()
        async with self.http.request(method, self.url + path, data=data, headers=head) as response:
            text = await response.text()
            for line in response.headers.getall("Set-Cookie", []):
                name, _, value = line.partition(";")[0].partition("=")
                if value.strip('"'):
                    held[name] = value.strip('"')
                else:
                    held.pop(name, None)
            return Answer(response.status, text, dict(response.headers), time.monotonic() - begin)

    async def rows(self, query: str, *arguments: Any) -> list[asyncpg.Record]:
        """What is in the database, seen by its superuser. For what a test asserts, never for what it exercises."""
        connection = await asyncpg.connect(**self._look)
        try:
            return await connection.fetch(query, *arguments)
        finally:
            await connection.close()

    async def value(self, query: str, *arguments: Any) -> Any:
        """The first value of the first row."""
        found = await self.rows(query, *arguments)
        return found[0][0] if found else None

    async def empty(self) -> None:
        """Forget reports, alerts, devices, sessions and tries; the clock back at START. People and codes stay."""
        await self._truncate(
            "report, report_conflict, verdict, intake, alert, escalation, notification, event, push_device, session, throttle,"
            " notice, staff_contact, channel_choice, delivery_attempt, call_pace, technical_alert,"
            " alert_round, hand_over, mute, chart_verdict, cover,"
            " intake_conflict, patient_stop, plan_receipt, adherence_day, reminder, reminder_setting, course_hours, patient_zone,"
            " dispensing, refill, box, box_event, box_pause, order_signature,"
            " agreement, duty_change, coverage_hole, establishment_setting,"
            " risk_score, risk_monitor, risk_freeze, risk_mode, risk_approval, risk_proposal, risk_gate, risk_card, outcome_answer,"
            " outcome_timer"
        )
        for statement in COURSES_ANEW:
            await self.rows(statement)
        await self.rows("delete from access where basis in ('on_call', 'cover')")
        await self.rows("delete from staff where home_establishment_id is not null")
        await self.rows("update account set totp_last_step = 0")
        self._steps.clear()
        self._nurse = None
        self.push.requests.clear()
        for phone in self.push.phones.values():
            self.push.script(phone.id)
        self.push.script("*")
        await self.clock.set(START)

    async def _truncate(self, tables: str) -> None:
        """Without waiting for a lock, hence without a deadlock: a sweep in the middle of its work goes first."""
        connection = await asyncpg.connect(**self._look)
        try:
            while True:
                try:
                    async with connection.transaction():
                        await connection.execute(f"lock table {tables} in access exclusive mode nowait")
                        await connection.execute(f"truncate {tables} cascade")  # and whatever hangs on them
                    return
                except asyncpg.LockNotAvailableError:
                    await asyncio.sleep(0.02)
        finally:
            await connection.close()


_seeds: dict[Path, Seed] = {}  # one per server: folders that import the fixture share it


@pytest_asyncio.fixture(scope="session")
async def seeded(cluster: Cluster, template: str) -> Seed:
    """A seeded database to copy from, made once per run."""
    if cluster.root not in _seeds:
        _seeds[cluster.root] = await seed_database(cluster, template)
    return _seeds[cluster.root]


@pytest_asyncio.fixture(scope="module")
async def world(cluster: Cluster, seeded: Seed) -> AsyncIterator[World]:
    """`serve` and one `work` for the tests of one file; stopped by SIGTERM at the end, which must go cleanly."""
    async with World.of(cluster, seeded) as world:
        yield world
        await world.stop()
        assert_quiet(world)


@pytest_asyncio.fixture
async def fresh(world: World) -> World:
    """The file's world, emptied."""
    await world.empty()
    return world


def assert_quiet(world: World) -> None:
    """Nothing that nobody foresaw: no trace on standard error, no unhandled error in a log."""
    for process in (world.serve, *world.workers):
        output = process.output.read_text("utf-8") if process.output.exists() else ""
        assert output == "", f"{process.name} printed:\n{process.said()}"
        lines = [line for line in process.lines() if line["message"] not in world.foreseen]
        bad = [line for line in lines if line["level"] in ("error", "critical")]
        assert not bad, f"{process.name} logged:\n{bad[:5]}"
