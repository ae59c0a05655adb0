"""The `vigie` command."""

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
from collections.abc import Callable, Coroutine
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, TypeVar
from uuid import uuid4
from zoneinfo import available_timezones

from msgspec import json

from app import config, logs, model_cli, rules_cli
from app import main as house
from app.config import Settings, SettingsRefused
from app.db import health
from app.db.cluster import Cluster, ClusterError
from app.db.door import connect_pool
from app.db.migrate import MigrationError, RolesMissingError, migrate, pending, write_snapshot
from app.delivery.vapid import Vapid, VapidError, vapid_trouble
from app.delivery.web_push import WebPush
from app.domain import messages
from app.domain.contacts import checked_address
from app.domain.errors import ContentRefused
from app.domain.notifications import OutcomeKind
from app.domain.people import CoordinationLevel, Establishment, Role
from app.domain.reach import Channel, Contact
from app.domain.rulebook import RulebookErrors
from app.http.api import openapi_document
from app.main import NotReady
from app.services import demonstration, founding, invitations, risk_cards, rulebooks, seed
from app.services.vault import SealBroken, Vault
from app.supervisor import RESTART_AFTER, Child, keep_running

NOT_AN_EMERGENCY_SERVICE = (
    "Vigie is not an emergency service. Its rulebook awaits clinicians' signature: do not use it for real patients yet."
)
_STARTED = time.monotonic()
_Made = TypeVar("_Made")


def main(arguments: list[str] | None = None) -> int:
    """Run one command; the exit status. Problems are told in words, without a trace."""
    parsed = _parser().parse_args(arguments)
    try:
        return int(parsed.run(parsed) or 0)
    except (SettingsRefused, NotReady, ClusterError, MigrationError, SealBroken, RolesMissingError, VapidError) as why:
        print(why, file=sys.stderr)
        return 1
    except RulebookErrors as why:
        print(f"The rulebook cannot be used:\n{why}", file=sys.stderr)
        return 1
    except (KeyboardInterrupt, asyncio.CancelledError):
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="vigie", description=f"Telemonitoring of oral anticancer treatments. {NOT_AN_EMERGENCY_SERVICE}"
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")

    def command(name: str, run: Callable[[argparse.Namespace], int | None], words: str) -> argparse.ArgumentParser:
        sub = commands.add_parser(name, help=words, description=words)
        sub.set_defaults(run=run)
        sub.add_argument(
            "--data", type=Path, help="folder of the embedded database and of the demonstration's keys (VIGIE_DATA)"
        )
        return sub

    demo = command("demo", _demo, "Start everything with a demonstration inside; keeps its data until --reset.")
    demo.add_argument("--port", type=int, help="port of the pages (default 8000)")
    demo.add_argument("--reset", action="store_true", help="throw the demonstration away and start afresh")
    serve = command("serve", _serve, "Answer HTTP. Run as many as wanted over one database.")
    serve.add_argument("--port", type=int, help="port of the pages (VIGIE_PORT, default 8000)")
    serve.add_argument("--until-closed", type=int, help=argparse.SUPPRESS)
    work = command(
        "work", _work, "Sweep and deliver: escalation, push. Run at least one; more take over from each other."
    )
    work.add_argument("--until-closed", type=int, help=argparse.SUPPRESS)
    move = command("migrate", _migrate, "Bring the database to this release. Forward only; safe to run again.")
    move.add_argument(
        "--snapshot", action="store_true", help="developers: write migrations/schema.sql from a throw-away database"
    )
    check = command(
        "check", _check, "Say what is wrong with configuration, database, rulebook and keys, and what to do."
    )
    check.add_argument(
        "--send-test", metavar="ADDRESS", help="send a neutral test to this e-mail address or +number too"
    )
    command("keys", _keys, "Print fresh values for VIGIE_MASTER_KEYS and VIGIE_VAPID_PRIVATE_KEY.")
    command("openapi", _openapi, "Print the OpenAPI 3.1 document of the API.")
    invite = command(
        "invite", _invite, "Invite a professional: prints a one-time link. Creates the establishment if it is new."
    )
    invite.add_argument("--establishment", required=True, help="its name")
    invite.add_argument("--kind", choices=("public", "private", "community"), default="public")
    invite.add_argument("--timezone", default="Europe/Paris")
    invite.add_argument("--phone", default="", help="the establishment's telephone (needed for a new one)")
    invite.add_argument("--name", required=True, help="the person's name")
    invite.add_argument("--login", required=True, help="the person's login, usually their e-mail address")
    invite.add_argument(
        "--role", required=True, choices=[r.value for r in Role if r not in (Role.PATIENT, Role.CAREGIVER)]
    )
    invite.add_argument("--level", type=int, choices=(1, 2), help="coordinators: 1 administrative, 2 nursing")
    invite.add_argument(
        "--on-duty",
        action="append",
        default=[],
        metavar="DAYS@FROM-TO",
        help="a weekly turn, e.g. mon-fri@8-18 (repeat)",
    )
    seeds = command("seed", _seed, "Test profile only: two establishments with every role and known secrets, as JSON.")
    seeds.add_argument("--remove-devices", action="store_true", help="forget every push device instead")
    rules_cli.add_commands(commands)
    model_cli.add_commands(commands)
    return parser


# -- commands


def _serve(args: argparse.Namespace) -> int:
    settings = config.read(data=args.data, port=args.port)
    logs.set_up(settings.log)
    return _run(house.serve(settings), args.until_closed)


def _work(args: argparse.Namespace) -> int:
    settings = config.read(data=args.data)
    logs.set_up(settings.log)
    return _run(house.work(settings), args.until_closed)


def _run(job: Coroutine[Any, Any, None], lifeline: int | None) -> int:
    """On uvloop; ends with the process that started it, when that one gave it a lifeline."""

    async def living() -> None:
        if lifeline is not None:
            loop = asyncio.get_running_loop()

            def orphaned() -> None:
                loop.remove_reader(lifeline)
                os.kill(os.getpid(), signal.SIGTERM)

            loop.add_reader(lifeline, orphaned)
        await job

    import uvloop

    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(living())
    return 0


def _migrate(args: argparse.Namespace) -> int:
    if args.snapshot:
        write_snapshot(config.folder("migrations") / "schema.sql", say)
        return 0
    settings = config.read(data=args.data)
    asyncio.run(_migrated(settings))
    return 0


async def _migrated(settings: Settings) -> None:
    async with house.database(settings) as where:
        done = await migrate(where, settings.migrations, say)
    say(f"{len(done)} migrations applied" if done else "nothing to do: the database is up to date")


def _check(args: argparse.Namespace) -> int:
    try:
        settings = config.read(data=args.data)
    except SettingsRefused as why:
        return _tell(why.problems)
    problems = asyncio.run(_problems(settings))
    if args.send_test:
        problems += asyncio.run(_send_test(settings, args.send_test))
    return _tell(problems)


async def _send_test(settings: Settings, address: str) -> list[str]:
    """Hand one neutral message to the mail server or gateway; what it answered, when it did not take it."""
    channel = Channel.EMAIL if "@" in address else Channel.SMS
    try:
        checked = checked_address(channel, address)
    except ContentRefused as why:
        return [f"--send-test: {fault.message}" for fault in why.faults]
    message = messages.trial(uuid4(), settings.origin, datetime.now(UTC))
    vapid = Vapid(settings.vapid_private_key, settings.vapid_contact)
    async with WebPush(vapid) as push:
        target = Contact(uuid4(), channel, checked)
        outcome = await house.ways(settings, push).send(message, target, datetime.now(UTC))
    if outcome.kind is OutcomeKind.ACCEPTED:
        say(f"a test was handed over on the channel {channel}: look whether it arrives")
        return []
    return [
        f"--send-test: not sent on the channel {channel} ({outcome.because}); check VIGIE_SMTP_URL, VIGIE_SMS_ADAPTOR"
    ]


def _tell(problems: list[str]) -> int:
    for problem in problems:
        print(f"- {problem}")
    print(f"{len(problems)} problems" if problems else "All is well.")
    return 1 if problems else 0


async def _problems(settings: Settings) -> list[str]:
    problems = []
    if trouble := vapid_trouble(settings.vapid_private_key, settings.vapid_contact):
        problems.append(f"VIGIE_VAPID_PRIVATE_KEY / VIGIE_VAPID_CONTACT: {trouble}")
    if not (settings.web / "patient" / "index.html").exists():
        problems.append(f"the web is not built ({settings.web} is empty): run `python3 app/web/build.py`")
    try:
        rulebooks.read(settings.rules)
    except RulebookErrors as why:
        problems += [f"rulebook: {p}" for p in why.problems]
    except OSError as why:
        problems.append(f"rulebook: {why}; set VIGIE_RULES to the folder of rules")
    if broken := risk_cards.trouble(settings.risk_card):
        problems.append(f"risk card: {broken}; levels are those of the rules alone until it is put back")
    try:
        async with house.database(settings) as where:
            problems += await _database_problems(settings, where)
    except NotReady as why:
        problems.append(str(why))
    except (OSError, ClusterError, TimeoutError) as why:
        problems.append(f"the embedded database cannot be used ({why}): check that {settings.data} may be written")
    return problems


async def _database_problems(settings: Settings, where: dict[str, Any]) -> list[str]:
    if waiting := await pending(where, settings.migrations):
        return [f"the database lacks {', '.join(waiting)}: run `vigie migrate`"]
    pool = await connect_pool(where, "vigie_app", size=2)
    try:
        async with pool.acquire() as con:
            server = await health.server(con)
            problems = health.durability_problems(server)
            if server.clock_moved and settings.profile != "test":
                problems.append("the database's clock was moved by a test: start from a fresh database")
            problems += await invitations.key_problems(con, settings.master_keys)
            age = await health.sweeps_age(con)
        if age is None or age > 60:
            problems.append("no worker leads the sweeps: start `vigie work` (alerts would not escalate)")
    finally:
        await pool.close()
    return problems


def _keys(_: argparse.Namespace) -> int:
    for name, value in config.new_keys().items():
        print(f"{name}={value}")
    return 0


def _openapi(_: argparse.Namespace) -> int:
    print(json.format(json.encode(openapi_document()), indent=2).decode())
    return 0


def _invite(args: argparse.Namespace) -> int:
    return asyncio.run(_invited(config.read(data=args.data), args))


async def _invited(settings: Settings, args: argparse.Namespace) -> int:
    level = CoordinationLevel(args.level) if args.level else None
    if (args.role == Role.COORDINATOR) != (level is not None):
        print(
            "A coordinator needs --level 1 (administrative) or 2 (nursing), and nobody else has one.", file=sys.stderr
        )
        return 2
    try:
        turns = tuple(turn for text in args.on_duty for turn in founding.parse_turns(text))
    except ValueError as why:
        print(why, file=sys.stderr)
        return 2
    if args.timezone not in available_timezones():
        print(
            f"{args.timezone!r} is not a time zone. Write for example Europe/Paris or Indian/Reunion.", file=sys.stderr
        )
        return 2
    who = founding.Professional(args.name, Role(args.role), args.login.strip().casefold(), level, turns, uuid4())
    establishment = Establishment(uuid4(), args.establishment, args.kind, args.timezone, args.phone)
    async with house.database(settings) as where:
        owner = await connect_pool(where, "vigie_owner", size=2)
        try:
            code, expires_at = await invitations.invite(owner, settings.master_keys, establishment, who)
        except invitations.CannotInvite as why:
            print(why, file=sys.stderr)
            return 2
        finally:
            await owner.close()
    print(f"{settings.origin}/clinic/#/join/{code}\nFor {who.name}, once, until {expires_at:%Y-%m-%d %H:%M} UTC.")
    return 0


def _seed(args: argparse.Namespace) -> int:
    settings = config.read(data=args.data)
    if settings.profile != "test":
        print("`vigie seed` is for VIGIE_PROFILE=test only: it makes accounts with known passwords.", file=sys.stderr)
        return 2
    return asyncio.run(_seeded(settings, remove=args.remove_devices))


async def _seeded(settings: Settings, *, remove: bool) -> int:
    async with house.database(settings) as where:
        await migrate(where, settings.migrations, lambda _: None)
        owner, pool = await connect_pool(where, "vigie_owner", size=2), await connect_pool(where, "vigie_app", size=2)
        try:
            if remove:
                print(json.encode({"removed": await seed.remove_devices(pool)}).decode())
                return 0
            vault, rulebook = Vault(settings.master_keys), rulebooks.read(settings.rules)
            seeded = await seed.seed(owner, pool, vault, settings.master_keys, rulebook)
        finally:
            await pool.close()
            await owner.close()
    print(json.format(json.encode(seeded), indent=2).decode())
    return 0


# -- the demonstration


def _demo(args: argparse.Namespace) -> int:
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


def say(what: str) -> None:
    """Progress, with the seconds since the start."""
    print(f"[{time.monotonic() - _STARTED:5.1f} s] {what}", flush=True)


if __name__ == "__main__":
    sys.exit(main())
