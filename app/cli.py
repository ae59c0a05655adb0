"""The `vigie` command."""

from __future__ import annotations

import argparse
import asyncio
import os
import signal
import sys
from collections.abc import Callable, Coroutine
from pathlib import Path
from typing import Any
from uuid import uuid4
from zoneinfo import available_timezones

from msgspec import json

from app import check_cli, config, demo_cli, logs, model_cli, rules_cli
from app import main as house
from app.config import Settings, SettingsRefused
from app.db.cluster import ClusterError
from app.db.door import connect_pool
from app.db.migrate import MigrationError, RolesMissingError, migrate, write_snapshot
from app.delivery.vapid import VapidError
from app.domain.people import CoordinationLevel, Establishment, Role
from app.domain.rulebook import RulebookErrors
from app.http.api import openapi_document
from app.main import NotReady
from app.saying import NOT_AN_EMERGENCY_SERVICE, say
from app.services import founding, invitations, rulebooks, seed
from app.services.vault import SealBroken, Vault


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

    demo = command("demo", demo_cli.demo, "Start everything with a demonstration inside; keeps its data until --reset.")
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
        "check", check_cli.check, "Say what is wrong with configuration, database, rulebook and keys, and what to do."
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
    invite.add_argument("--role", required=True, choices=[r.value for r in Role if r.kind == "staff"])
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


if __name__ == "__main__":
    sys.exit(main())
