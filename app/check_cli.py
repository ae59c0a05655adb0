"""`vigie check`: everything that is wrong at once, and what to do."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime
from typing import Any
from uuid import uuid4

from app import config
from app import main as house
from app.config import Settings, SettingsRefused
from app.db import health
from app.db.cluster import ClusterError
from app.db.door import connect_pool
from app.db.migrate import pending
from app.delivery.vapid import Vapid, vapid_trouble
from app.delivery.web_push import WebPush
from app.domain import messages
from app.domain.contacts import checked_address
from app.domain.errors import ContentRefused
from app.domain.notifications import OutcomeKind
from app.domain.reach import Channel, Contact
from app.domain.rulebook import RulebookErrors
from app.main import NotReady
from app.saying import say
from app.services import invitations, risk_cards, rulebooks


def check(args: argparse.Namespace) -> int:
    try:
        settings = config.read(data=args.data)
    except SettingsRefused as why:
        return _tell(why.problems)
    problems = asyncio.run(_problems(settings))
    if args.send_test:
        problems += asyncio.run(send_test(settings, args.send_test))
    return _tell(problems)


async def send_test(settings: Settings, address: str) -> list[str]:
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
