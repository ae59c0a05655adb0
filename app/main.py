"""Builds everything once: settings, pools, rulebook, applications, sweeps; and runs it until told to stop."""

from __future__ import annotations

import asyncio
import logging
import signal
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, suppress
from typing import Any

import asyncpg
import uvicorn
from litestar import Litestar
from msgspec import structs

from app.config import Settings
from app.db import health
from app.db.cluster import Cluster
from app.db.door import REQUEST_PATIENCE, connect_pool
from app.db.hints import Hints
from app.db.migrate import pending
from app.delivery.email import Email
from app.delivery.heartbeat import Heartbeat
from app.delivery.phone import Phone, load_adaptor
from app.delivery.vapid import Vapid, public_key
from app.delivery.ways import Ways
from app.delivery.web_push import WebPush
from app.domain.rulebook import Rulebook, RulebookErrors
from app.http import api, faces, internal
from app.http.canary import Canary
from app.http.door import House
from app.http.pulse import Pulse
from app.http.together import Together
from app.jobs.courses import CourseSweeps
from app.jobs.delivery import Sender
from app.jobs.outcomes import OutcomeSweeps
from app.jobs.risk import EVERY, RiskWatch
from app.jobs.ruled import RuledSweeps
from app.jobs.sweeps import Sweeps, Tick
from app.services import risk_cards, rulebooks
from app.services.canary import hatch
from app.services.risk_scoring import Models
from app.services.rulebook_pages import remember_edition
from app.services.vault import Vault

log = logging.getLogger("vigie")
WATCH_DATABASE = 0.5  # seconds between two looks at the embedded server
WEEKLY_PATIENCE = 60.0  # seconds: a week of a whole establishment is read


class NotReady(Exception):
    """Vigie cannot start here; the message says what to do."""


@asynccontextmanager
async def database(settings: Settings) -> AsyncIterator[dict[str, Any]]:
    """How to connect. The embedded server is started if need be, kept running, and stopped by the last who leaves."""
    if settings.database_url:
        await _refuse_unreachable(settings.database_url)
        yield {"dsn": settings.database_url}
        return
    cluster = Cluster(settings.data / "postgres")
    await asyncio.to_thread(cluster.start)
    keeper = asyncio.create_task(_keep_running(cluster))
    try:
        yield cluster.connect_args()
    finally:
        keeper.cancel()
        await asyncio.to_thread(cluster.leave)


async def _keep_running(cluster: Cluster) -> None:
    while True:
        await asyncio.sleep(WATCH_DATABASE)
        if not await asyncio.to_thread(cluster.running):
            log.error("the embedded database is down: starting it again")
            await asyncio.to_thread(cluster.start)


async def _refuse_unreachable(url: str) -> None:
    """Raises NotReady for a database that cannot be reached; the URL is not repeated, it holds a password."""
    try:
        con = await asyncpg.connect(url, timeout=10)
    except (asyncpg.PostgresError, asyncpg.InterfaceError, OSError, TimeoutError, ValueError) as why:
        words = str(why) or type(why).__name__
        raise NotReady(f"The database cannot be reached ({words}): check VIGIE_DATABASE_URL.") from None
    await con.close()


async def refuse_old_schema(settings: Settings, where: dict[str, Any]) -> None:
    """Raises NotReady for a schema of another release. Before any pool: the roles are made by migrations too."""
    if waiting := await pending(where, settings.migrations):
        raise NotReady(f"The database lacks {', '.join(waiting)}: run `vigie migrate` first.")


async def refuse_unready(settings: Settings, pool: asyncpg.Pool) -> None:
    """Raises NotReady for a database that may lose reports, or a clock that was moved."""
    async with pool.acquire() as con:
        server = await health.server(con)
    if settings.profile != "test":
        problems = health.durability_problems(server)
        if server.clock_moved:
            problems.append(
                "the database's clock was moved by a test: never use a test database for patients (update clock set shift = '0')"
            )
        if problems:
            raise NotReady("The database is not safe for patients:\n" + "\n".join(f"  - {p}" for p in problems))


async def serve(settings: Settings) -> None:
    """Answer HTTP until SIGTERM or SIGINT: the public listener and the internal one."""
    rulebook, models = rulebooks.read(settings.rules), risk_cards.read_shipped(settings.risk_card)
    async with AsyncExitStack() as stack:
        where = await stack.enter_async_context(database(settings))
        await refuse_old_schema(settings, where)
        pool = await stack.enter_async_context(_pool(where, "vigie_app"))
        await refuse_unready(settings, pool)
        async with pool.acquire() as con:
            await remember_edition(con, rulebook)
            await risk_cards.remember_shipped(con, models)
        hints = Hints(where, "vigie_app")
        pulse = Pulse(pool, hints)
        stack.push_async_callback(_cancel, asyncio.create_task(hints.run()), asyncio.create_task(pulse.run()))
        watch = await stack.enter_async_context(_pool(where, "vigie_worker", size=2))
        built = house(settings, pool, hints, rulebook, models, watch)
        if settings.canary:
            bird = await _canary(settings, where, pool, watch, built.vault, rulebook)
            built = structs.replace(built, canary=bird)
            stack.push_async_callback(_cancel, asyncio.create_task(bird.run()))
        state: dict[str, Any] = {
            "house": built,
            "pulse": pulse,
            "files": faces.load(settings.web),
        }
        if settings.profile == "test":
            state["owner"] = await stack.enter_async_context(_pool(where, "vigie_owner", size=2))
        public = api.public_app(state, origin=settings.origin, demo_links=settings.demo_links)
        inside = internal.internal_app(state, with_clock=settings.profile == "test")
        servers = [
            _Server(public, settings.host, settings.port, settings.trusted_proxies, pulse),
            _Server(inside, "127.0.0.1", settings.internal_port, "", pulse),
        ]
        log.info("serving", extra={"port": settings.port, "profile": settings.profile, "rulebook": rulebook.version})
        await _run_until_signal(servers)


async def work(settings: Settings) -> None:
    """Sweep and deliver until SIGTERM or SIGINT."""
    rulebook = _rulebook_if_it_can_be_used(settings)
    async with AsyncExitStack() as stack:
        where = await stack.enter_async_context(database(settings))
        await refuse_old_schema(settings, where)
        pool = await stack.enter_async_context(_pool(where, "vigie_worker", size=8))
        await refuse_unready(settings, pool)
        hints = Hints(where, "vigie_worker")
        vapid = Vapid(settings.vapid_private_key, settings.vapid_contact)
        old = tuple(Vapid(key, settings.vapid_contact) for key in settings.vapid_old_keys)
        push = await stack.enter_async_context(WebPush(vapid, settings.push_extra_origins, old_keys=old))
        heart = None
        if settings.heartbeat_url:
            local = frozenset({"127.0.0.1", "localhost"}) if settings.profile != "production" else frozenset[str]()
            heart = await stack.enter_async_context(Heartbeat(settings.heartbeat_url, local))
        sender = Sender(pool, ways(settings, push), hints, settings.origin)
        # What patients said and take is not for the worker's role: who judges courses and the model goes through the application's door.
        app = await stack.enter_async_context(_pool(where, "vigie_app", size=4))
        patient = await stack.enter_async_context(_pool(where, "vigie_app", size=2, patience=WEEKLY_PATIENCE))
        risk = RiskWatch(patient, risk_cards.read_shipped(settings.risk_card))
        more: list[Tick] = [(risk.watch_risk, EVERY)]
        if rulebook is not None:
            more += RuledSweeps(pool, rulebook, hints).ticks() + CourseSweeps(pool, app, rulebook, hints).ticks()
            more += OutcomeSweeps(pool, app, rulebook).ticks()
        sweeps = Sweeps(pool, hints, heart, more)
        jobs = [asyncio.create_task(job) for job in (hints.run(), sender.run(), sweeps.run())]
        stack.push_async_callback(_cancel, *jobs)
        log.info("working", extra={"profile": settings.profile})
        await _signal_or_end(jobs)


def _rulebook_if_it_can_be_used(settings: Settings) -> Rulebook | None:
    """Without a rulebook nothing is judged; alerts that are there still climb their ladders, and calls still leave."""
    try:
        return rulebooks.read(settings.rules)
    except RulebookErrors as why:
        log.critical("the rulebook cannot be used: nothing new is judged", extra={"count": len(why.problems)})
        return None


def ways(settings: Settings, push: WebPush) -> Ways:
    """Every channel that the configuration names."""
    local = settings.profile != "production"
    phones = [
        Phone(load_adaptor(setting, local=local)) if setting else None
        for setting in (settings.sms_adaptor, settings.voice_adaptor)
    ]
    return Ways(push, Email(settings.smtp) if settings.smtp else None, *phones)


def channels(settings: Settings) -> frozenset[str]:
    """By which this house can reach anybody."""
    there = {"web_push": True, "email": settings.smtp, "sms": settings.sms_adaptor, "voice": settings.voice_adaptor}
    return frozenset(name for name, set_up in there.items() if set_up)


async def _canary(
    settings: Settings,
    where: dict[str, Any],
    pool: asyncpg.Pool,
    watch: asyncpg.Pool,
    vault: Vault,
    rulebook: Rulebook,
) -> Canary:
    async with _pool(where, "vigie_owner", size=1) as owner:
        patient_id = await hatch(owner, pool, vault, settings.master_keys, rulebook)
    public = f"http://127.0.0.1:{settings.port}"
    return Canary(pool, watch, patient_id, public, f"http://127.0.0.1:{settings.internal_port}")


def house(
    settings: Settings, pool: asyncpg.Pool, hints: Hints, rulebook: Rulebook, models: Models, watch: asyncpg.Pool
) -> House:
    """What the handlers use."""
    vault = Vault(settings.master_keys)
    return House(
        pool=pool,
        vault=vault,
        rulebook=rulebook,
        models=models,
        together=Together(pool, vault, rulebook, models),
        hints=hints,
        profile=settings.profile,
        origin=settings.origin,
        push_key=public_key(settings.vapid_private_key),
        push_extra_origins=settings.push_extra_origins,
        demo_links=settings.demo_links,
        channels=channels(settings),
        watch=watch,
    )


class _Server(uvicorn.Server):
    """uvicorn that says goodbye to open streams first: one of them would hold up its stop for ever (stack.md, section 3)."""

    def __init__(self, app: Litestar, host: str, port: int, proxies: str, pulse: Pulse) -> None:
        super().__init__(
            uvicorn.Config(
                app,
                host=host,
                port=port,
                access_log=False,
                log_config=None,
                server_header=False,
                date_header=True,
                proxy_headers=bool(proxies),
                forwarded_allow_ips=proxies or None,
                timeout_graceful_shutdown=3,
                timeout_keep_alive=30,
                lifespan="on",
            )
        )
        self._pulse = pulse

    async def answer(self) -> None:
        """Until told to stop. Not serve(): that would take the signals for itself."""
        with suppress(SystemExit):  # how uvicorn says that the port is taken
            await self._serve()

    def handle_exit(self, sig: int, frame: Any) -> None:
        """Streams end, then the server."""
        self._pulse.close()
        super().handle_exit(sig, frame)


async def _run_until_signal(servers: list[_Server]) -> None:
    """Several servers in one process: one signal stops them all, and none of them takes the signal for itself."""
    loop = asyncio.get_running_loop()

    def stop() -> None:
        for server in servers:
            server.handle_exit(signal.SIGTERM, None)

    for sig in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sig, stop)
    tasks = [asyncio.create_task(server.answer()) for server in servers]
    await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    stop()  # one that could not bind its port takes the other with it
    await asyncio.gather(*tasks)
    if any(not server.started for server in servers):
        raise NotReady("A port is taken. Choose another one with VIGIE_PORT or --port.")


async def _signal_or_end(jobs: list[asyncio.Task[None]]) -> None:
    """Until a signal. A job that ends by itself takes the process with it: half a worker would look alive and send nothing."""
    loop, told = asyncio.get_running_loop(), asyncio.Event()
    for sig in (signal.SIGINT, signal.SIGTERM):
        loop.add_signal_handler(sig, told.set)
    signalled = asyncio.create_task(told.wait())
    await asyncio.wait({signalled, *jobs}, return_when=asyncio.FIRST_COMPLETED)
    signalled.cancel()
    for job in jobs:
        if job.done():
            log.critical("a job has ended", exc_info=job.exception())
            raise NotReady("A part of the worker has ended; see the log. Start it again.")


@asynccontextmanager
async def _pool(
    where: dict[str, Any], role: str, size: int = 16, patience: float = REQUEST_PATIENCE
) -> AsyncIterator[asyncpg.Pool]:
    pool = await connect_pool(where, role, size=size, patience=patience)
    try:
        yield pool
    finally:
        with suppress(TimeoutError):
            await asyncio.wait_for(pool.close(), 3)


async def _cancel(*tasks: asyncio.Task[None]) -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
