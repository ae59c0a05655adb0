"""`vigie demo`: everything started with a demonstration inside, until Ctrl-C."""

from __future__ import annotations

import argparse
import asyncio
import os
import shutil
import signal
import socket
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Coroutine
from datetime import UTC, datetime
from typing import Any, TypeVar

from app import config
from app.config import Settings
from app.db.cluster import Cluster
from app.db.door import connect_pool
from app.db.migrate import migrate
from app.main import NotReady
from app.saying import NOT_AN_EMERGENCY_SERVICE, say
from app.services import demonstration, risk_cards, rulebooks
from app.services.vault import Vault
from app.supervisor import RESTART_AFTER, Child, keep_running

_Made = TypeVar("_Made")


def demo(args: argparse.Namespace) -> int:
    settings = config.read(profile="demo", data=args.data, port=args.port)
    if not (settings.web / "patient" / "index.html").exists():
        print("The web is not built: run `python3 app/web/build.py`.", file=sys.stderr)
        return 1
    _refuse_taken_ports(settings)
    if args.reset:
        _reset(settings)
    cluster = None if settings.database_url else Cluster(settings.data / "postgres")
    children: list[Child] = []
    signal.signal(signal.SIGTERM, signal.default_int_handler)  # while it prepares it ends exactly as Ctrl-C does
    try:
        if cluster:
            say("starting PostgreSQL")
            cluster.start()
        where: dict[str, Any] = cluster.connect_args() if cluster else {"dsn": settings.database_url}
        links = asyncio.run(_until_told(_prepared(settings, where)))
        stopped = _stop_signal()
        environment = {
            **os.environ,
            "VIGIE_PROFILE": "demo",
            "VIGIE_DATA": str(settings.data),
            "VIGIE_PORT": str(settings.port),
        }
        log = environment.setdefault("VIGIE_LOG", str(settings.data / "vigie.log"))
        children += [Child("serve", environment), Child("work", environment)]
        for child in children:
            child.start()
        if not _answers(settings, children, stopped):
            print(f"Vigie did not start; see {log}", file=sys.stderr)
            return 1
        _welcome(settings, links)
        while not stopped:
            time.sleep(0.3)
            for name in keep_running(children, RESTART_AFTER):
                say(f"`{name}` had ended and was started again; see {log}")
            if cluster and not cluster.running():
                say("PostgreSQL had ended: starting it again")
                cluster.start()
        say("stopping")
        return 0
    finally:
        for child in reversed(children):
            child.stop()
        if cluster:
            cluster.stop()


def _refuse_taken_ports(settings: Settings) -> None:
    """Before anything is done: whoever holds the port would answer in our place. Raises NotReady."""
    for host, port in ((settings.host, settings.port), ("127.0.0.1", settings.internal_port)):
        family = socket.AF_INET6 if ":" in host else socket.AF_INET
        with socket.socket(family) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((host, port))
            except OSError as why:
                raise NotReady(f"Port {port} is taken ({why.strerror}). Choose another one with --port.") from None


async def _until_told(job: Coroutine[Any, Any, _Made]) -> _Made:
    """What the job makes. SIGTERM cancels it, so that nothing is torn in the middle; raises CancelledError then.

    Not by way of SIGINT: a shell that starts us in the background has us ignore that one.
    """
    task = asyncio.ensure_future(job)
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, task.cancel)
    return await task


def _stop_signal() -> list[int]:
    """A list that fills when somebody asks us to stop."""
    told: list[int] = []
    for sig in (signal.SIGINT, signal.SIGTERM):
        signal.signal(sig, lambda number, _: told.append(number))
    return told


def _reset(settings: Settings) -> None:
    if settings.database_url:
        raise NotReady(
            "`--reset` only throws away the embedded database. Empty the one of VIGIE_DATABASE_URL yourself."
        )
    folder_ = settings.data / "postgres"
    if folder_.exists():
        say("throwing the old demonstration away")
        Cluster(folder_).stop()
        shutil.rmtree(folder_)


async def _prepared(settings: Settings, where: dict[str, Any]) -> list[demonstration.Link]:
    """Migrate, load when empty, and make today's links."""
    applied = await migrate(where, settings.migrations, lambda _: None)
    if applied:
        say(f"{len(applied)} migrations applied")
    rulebook, vault = rulebooks.read(settings.rules), Vault(settings.master_keys)
    owner, pool = await connect_pool(where, "vigie_owner", size=2), await connect_pool(where, "vigie_app", size=4)
    try:
        state = await demonstration.state(owner)
        if state == "partial":
            raise NotReady("The demonstration was not loaded to its end. Start it with --reset.")
        if state == "empty":
            say("loading the demonstration")
            from app.learning.examples import lives  # numpy: for whoever loads a demonstration, and nobody else

            told = lives(rulebook, 7 * demonstration.WEEKS, demonstration.SEED)
            models, now = risk_cards.read_shipped(settings.risk_card), datetime.now(UTC)
            await demonstration.load(owner, pool, vault, settings.master_keys, rulebook, now, say, told, models)
        async with pool.acquire() as con:
            now = await con.fetchval("select app_now()")
        return await demonstration.links(pool, vault, now)
    finally:
        await pool.close()
        await owner.close()


def _answers(settings: Settings, children: list[Child], stopped: list[int]) -> bool:
    """Wait until the page answers."""
    deadline = time.monotonic() + 30
    while time.monotonic() < deadline and not stopped:
        if any(child.ended() for child in children):
            return False
        try:
            with urllib.request.urlopen(f"http://127.0.0.1:{settings.port}/health/live", timeout=1):
                return True
        except (urllib.error.URLError, OSError):
            time.sleep(0.05)
    return bool(stopped)


def _welcome(settings: Settings, links: list[demonstration.Link]) -> None:
    say("ready")
    print(f"\n  {NOT_AN_EMERGENCY_SERVICE}\n  Everybody in it is invented. Each link signs its person in once:\n")
    width = max(len(f"{link.who} ({link.name})") for link in links)
    for link in links:
        print(f"  {f'{link.who} ({link.name})':<{width}}  {settings.origin}/{link.face}/#/sign-in/{link.token}")
    print(f"\n  Data in {settings.data}. Ctrl-C stops everything.\n", flush=True)
