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
import os
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, Self
from uuid import UUID

import aiohttp
import asyncpg
import pyotp
import pytest_asyncio
from msgspec import Struct
from uuid_utils.compat import uuid7

from app.config import new_keys
from app.db.cluster import Cluster
from tests.push_service import Arrival, PushService
from tests.push_service import Phone as Subscription

ROOT = Path(__file__).resolve().parents[1]
START = datetime(2026, 11, 24, 9, 0, tzinfo=UTC)
"""A Tuesday, 10:00 in Paris: establishments are open, no holiday is near."""

COURSES_ANEW = (
    "delete from course_order where number > 1",
    "update course set state = 'active', ended_at = null",
    "update patient set timezone = 'Europe/Paris', left_at = null",
    "update adherence_state set raised = '{}', facts = '{}', looked_at = null, counted_on = null, look_at = '2026-11-25T02:00:00Z'",
    "update reminder_plan set extend_at = '2026-12-04T09:00:00Z', until_at = '2026-12-08T09:00:00Z'",
)
"""Courses as on the day of their enrolment, to be looked at from the next day on."""

PATIENCE = 30.0
"""Seconds to wait for a process on a loaded machine. Never a goal: tests that hold a goal say it themselves."""


class Seed(Struct, frozen=True):
    """A database made by `vigie seed`, to copy from: its name, what the command printed, and the keys it was made with."""

    database: str
    printed: dict[str, Any]
    keys: dict[str, str]


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


class Process:
    """One `vigie` command: started, killed, frozen, stopped."""

    def __init__(self, name: str, arguments: list[str], env: dict[str, str], folder: Path) -> None:
        self.name, self.arguments, self.folder = name, arguments, folder
        self.log, self.output = folder / f"{name}.log", folder / f"{name}.out"
        self.env = {**env, "VIGIE_LOG": str(self.log)}
        self._popen: subprocess.Popen[bytes] | None = None
        self._lifeline: int | None = None

    @property
    def pid(self) -> int:
        """Of the process that runs now or ran last."""
        assert self._popen is not None
        return self._popen.pid

    def running(self) -> bool:
        """Whether it has not ended."""
        return self._popen is not None and self._popen.poll() is None

    def start(self) -> None:
        """Start it; does not wait until it is ready."""
        assert not self.running()
        read, write = os.pipe()
        with open(self.output, "ab") as output:
            self._popen = subprocess.Popen(
                [sys.executable, "-m", "app.cli", *self.arguments, "--until-closed", str(read)],
                cwd=ROOT,
                env=self.env,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=output,
                pass_fds=(read,),
                start_new_session=True,
            )
        os.close(read)
        self._close_lifeline()
        self._lifeline = write

    async def kill(self) -> None:
        """SIGKILL, at once."""
        self.signal(signal.SIGKILL)
        await self.ended()

    def signal(self, number: int) -> None:
        """Send a signal, SIGSTOP and SIGCONT too."""
        if self.running():
            os.kill(self.pid, number)

    async def stop(self, seconds: float = 15.0) -> None:
        """SIGTERM; fails the test unless the process ends cleanly by itself."""
        self.signal(signal.SIGTERM)
        status = await self.ended(seconds)
        assert status == 0, f"{self.name} ended with {status} on SIGTERM:\n{self.said()}"

    async def ended(self, seconds: float = PATIENCE) -> int:
        """Wait for its end; the exit status. Fails the test when it does not end."""
        assert self._popen is not None
        until = time.monotonic() + seconds
        while (status := self._popen.poll()) is None:
            assert time.monotonic() < until, f"{self.name} has not ended after {seconds} s:\n{self.said()}"
            await asyncio.sleep(0.01)
        self._close_lifeline()
        return status

    def bury(self) -> None:
        """Make sure that nothing of it is left, whatever state it is in."""
        if self._popen is not None:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(self._popen.pid, signal.SIGKILL)
            self._popen.wait()
        self._close_lifeline()

    def said(self) -> str:
        """The end of its log and of what it printed, to show when a test fails."""
        texts = [path.read_text("utf-8")[-3000:] for path in (self.output, self.log) if path.exists()]
        return "\n".join(texts) or "(it said nothing)"

    def lines(self) -> list[dict[str, Any]]:
        """Its log so far."""
        if not self.log.exists():
            return []
        return [json.loads(line) for line in self.log.read_text("utf-8").splitlines()]

    def _close_lifeline(self) -> None:
        if self._lifeline is not None:
            os.close(self._lifeline)
            self._lifeline = None


class Clock:
    """The house's clock, through the internal listener: every timer, session and deadline follows it."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._known, self._read_at, self._stands = START, time.monotonic(), False

    async def read(self) -> datetime:
        """What time it is in there."""
        await self._call("GET", "/clock")
        return self._known

    def guess(self) -> datetime:
        """The same without asking: counted on from the last answer. For when server or database may be away."""
        return self._known if self._stands else self._known + timedelta(seconds=time.monotonic() - self._read_at)

    async def set(self, at: datetime) -> None:
        """Go there and run on."""
        await self._call("PUT", "/clock", {"at": at.isoformat(), "frozen": False})

    async def freeze(self, at: datetime) -> None:
        """Go there and stand still."""
        await self._call("PUT", "/clock", {"at": at.isoformat(), "frozen": True})

    async def advance(self, **how_far: float) -> None:
        """Go on by `seconds=`, `minutes=`, `hours=` or `days=`; a frozen clock stays frozen."""
        await self._call("POST", "/clock/advance", {"seconds": timedelta(**how_far).total_seconds()})

    async def reset(self) -> None:
        """Back to the time of the database server."""
        await self._call("POST", "/clock/reset")

    async def _call(self, method: str, path: str, body: Any = None) -> None:
        async with self._world.http.request(method, self._world.internal + path, json=body) as response:
            assert response.status == 200, await response.text()
            told = await response.json()
        self._known, self._stands = datetime.fromisoformat(told["at"]), told["frozen"]
        self._read_at = time.monotonic()


class Phone:
    """A push subscription that a person has registered, seen from the browser's side."""

    def __init__(self, owner: Person, device_id: str, subscription: Subscription) -> None:
        self.owner, self.device_id, self.subscription = owner, device_id, subscription
        self._push = owner.world.push
        self._seen = 0

    @property
    def id(self) -> str:
        """By which to script the push service: `world.push.script(phone.id, Step(status=410))`."""
        return self.subscription.id

    @property
    def messages(self) -> list[Arrival]:
        """What was decrypted and accepted for this phone, oldest first."""
        return [m for m in self._push.messages if m.subscription == self.id]

    @property
    def requests(self) -> list[Arrival]:
        """Every attempt to push to this phone, whatever came of it."""
        return [r for r in self._push.requests if r.subscription == self.id]

    async def next(self, seconds: float = 10.0) -> Arrival:
        """The next message that this phone has not given out yet; fails the test when none comes.

        A push arrives before its sender has written that down: a clock moved in between would have it accepted later than it was. So
        this waits for the record, though not for ever: the sender may be one that the test has killed.
        """
        await until(lambda: len(self.messages) > self._seen, seconds, "no push has arrived")
        self._seen += 1
        message = self.messages[self._seen - 1]
        with contextlib.suppress(AssertionError, OSError, asyncpg.PostgresError, asyncpg.InterfaceError):
            await until(lambda: self._recorded(message), 3, "not recorded")
        return message

    async def _recorded(self, message: Arrival) -> bool:
        token = message.json["receipt"]["token"].partition(".")[2]
        pending = (
            "select exists (select from notification where token = $1 and state = 'pending')"
            " or exists (select from notice where token = $1 and state = 'pending')"
        )
        return not await self.owner.world.value(pending, token)

    async def receipt(self, message: Arrival, state: str = "received") -> None:
        """What the service worker posts: no cookie, the token that came inside the push."""
        receipt = message.json["receipt"]
        body = {"token": receipt["token"], "state": state}
        answer = await self.owner.world.ask("POST", receipt["url"], body)
        answer.ok(204)


class Stream:
    """An open worklist: the events that came, with the time (monotonic) at which each came."""

    def __init__(self, response: aiohttp.ClientResponse) -> None:
        self.events: list[tuple[str, float]] = []
        self._reader = asyncio.create_task(self._read(response))

    async def _read(self, response: aiohttp.ClientResponse) -> None:
        with contextlib.suppress(aiohttp.ClientError):
            async for line in response.content:
                if line.startswith(b"event: "):
                    self.events.append((line[7:].strip().decode(), time.monotonic()))

    def count(self, name: str) -> int:
        """How many events of this name have come."""
        return sum(event == name for event, _ in self.events)

    async def next(self, name: str, after: int, seconds: float = 10.0) -> float:
        """Wait until more than `after` events of this name have come; when (monotonic) the first of them did."""
        await until(lambda: self.count(name) > after, seconds, f"no event {name!r} has come")
        return [at for event, at in self.events if event == name][after]

    async def close(self) -> None:
        """Stop listening."""
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)


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
            headers=_headers(self.cookies),
            timeout=aiohttp.ClientTimeout(total=None),
        ) as response:
            assert response.status == 200, await response.text()
            stream = Stream(response)
            try:
                await stream.next("heartbeat", 0)
                yield stream
            finally:
                await stream.close()


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
        head = {**_headers(held), **({"Content-Type": "application/json"} if data else {}), **headers}
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
            " risk_score, risk_monitor, risk_freeze, risk_mode, risk_approval, risk_proposal, risk_gate, risk_card, outcome_answer"
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


async def until(true: Any, seconds: float, otherwise: str) -> None:
    """Wait until `true()` (or what it awaits) holds; fails the test with `otherwise` when it does not in time."""
    end = time.monotonic() + seconds
    while True:
        found = true()
        if await found if asyncio.iscoroutine(found) else found:
            return
        assert time.monotonic() < end, f"after {seconds} s: {otherwise}"
        await asyncio.sleep(0.02)


def environment(keys: dict[str, str], folder: Path, dsn: str | None, **more: str) -> dict[str, str]:
    """The environment of the processes of one world: nothing of the runner's own VIGIE_ variables, and free ports."""
    port, internal = free_ports(2)
    env = {name: value for name, value in os.environ.items() if not name.startswith("VIGIE_")}
    return {
        **env,
        **keys,
        "VIGIE_PROFILE": "test",
        "VIGIE_DATA": str(folder),
        **({"VIGIE_DATABASE_URL": dsn} if dsn else {}),
        "VIGIE_PORT": str(port),
        "VIGIE_INTERNAL_PORT": str(internal),
        **more,
    }


def vigie(*arguments: str, env: dict[str, str], seconds: float = 60.0) -> subprocess.CompletedProcess[str]:
    """Run a `vigie` command to its end: exit status, what it printed."""
    return subprocess.run(
        [sys.executable, "-m", "app.cli", *arguments],
        cwd=ROOT,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=seconds,
        check=False,
    )


def free_ports(count: int) -> list[int]:
    """Ports that nobody holds now."""
    with contextlib.ExitStack() as stack:
        probes = [stack.enter_context(socket.socket()) for _ in range(count)]
        for probe in probes:
            probe.bind(("127.0.0.1", 0))
        return [probe.getsockname()[1] for probe in probes]


def _headers(cookies: dict[str, str]) -> dict[str, str]:
    """What a browser adds by itself."""
    cookie = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return {"Sec-Fetch-Site": "same-origin", **({"Cookie": cookie} if cookie else {})}


async def seed_database(cluster: Cluster, template: str) -> Seed:
    """Copy the migrated database, move its clock to START, and let the real `vigie seed` fill it."""
    name, keys = await cluster.create_database_from(template), new_keys()
    connection = await asyncpg.connect(**cluster.superuser_args(name))
    try:
        await connection.execute("update clock set shift = $1 - clock_timestamp()", START)
    finally:
        await connection.close()
    with tempfile.TemporaryDirectory(prefix="vigie-seed-") as folder:
        done = vigie("seed", env=environment(keys, Path(folder), cluster.dsn(name)))
    assert done.returncode == 0, done.stderr
    return Seed(name, json.loads(done.stdout), keys)


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
