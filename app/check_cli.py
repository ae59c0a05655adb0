"""`vigie check`: everything that is wrong at once, and what to do."""

from __future__ import annotations

import argparse
import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

from msgspec import Struct

from app import config
from app import main as house
from app.config import Settings, SettingsRefused
from app.db import devices, health
from app.db.cluster import ClusterError
from app.db.door import connect_pool
from app.db.migrate import pending
from app.delivery.vapid import Vapid, VapidError, public_key, vapid_trouble
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

UNHEARD_FOR = timedelta(days=30)  # a browser that has shown nothing for so long has probably been thrown away


class Found(Struct, frozen=True):
    """What is wrong, and what is only worth knowing."""

    problems: list[str]
    notes: list[str]


def check(args: argparse.Namespace) -> int:
    """Say everything that is wrong; 1 when something is."""
    try:
        settings = config.read(data=args.data)
    except SettingsRefused as why:
        return _tell(Found(why.problems, []))
    found = asyncio.run(_found(settings))
    if args.send_test:
        found.problems.extend(asyncio.run(send_test(settings, args.send_test)))
    return _tell(found)


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


def _tell(found: Found) -> int:
    for problem in found.problems:
        print(f"- {problem}")
    for note in found.notes:
        print(f"Note: {note}")
    print(f"{len(found.problems)} problems" if found.problems else "All is well.")
    return 1 if found.problems else 0


async def _found(settings: Settings) -> Found:
    problems: list[str] = []
    notes: list[str] = []
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
            problems += (there := await _in_database(settings, where)).problems
            notes += there.notes
    except NotReady as why:
        problems.append(str(why))
    except (OSError, ClusterError, TimeoutError) as why:
        problems.append(f"the embedded database cannot be used ({why}): check that {settings.data} may be written")
    return Found(problems, notes)


async def _in_database(settings: Settings, where: dict[str, Any]) -> Found:
    if waiting := await pending(where, settings.migrations):
        return Found([f"the database lacks {', '.join(waiting)}: run `vigie migrate`"], [])
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
    keys = await _push_keys(settings, where)
    return Found([*problems, *keys.problems], keys.notes)


async def _push_keys(settings: Settings, where: dict[str, Any]) -> Found:
    """Devices that are still bound to a VAPID key of before, and which of those keys are needed no more."""
    try:
        current = public_key(settings.vapid_private_key)
        kept = {public_key(key) for key in settings.vapid_old_keys}
    except VapidError:
        return Found([], [])  # said by itself
    worker = await connect_pool(where, "vigie_worker", size=1)
    try:
        async with worker.acquire() as con:
            uses = [use for use in await devices.by_key(con, UNHEARD_FOR) if use.server_key != current]
    finally:
        await worker.close()
    found = Found([], [])
    for use in sorted(uses, key=lambda one: one.oldest_at):
        many = f"{use.devices} devices still use" if use.devices > 1 else "1 device still uses"
        still = f"{many} the earlier VAPID key {_short(use.server_key)} (the oldest since {use.oldest_at:%Y-%m-%d}"
        still += f", {use.unheard} not heard of for {UNHEARD_FOR.days} days)"
        if use.server_key in kept:
            renew = "each takes the new one when its owner opens Vigie. Leave that key in VIGIE_VAPID_OLD_KEYS until none is left"
            found.notes.append(f"{still}: {renew}.")
        else:
            lost = (
                "they cannot be reached; put its private key into VIGIE_VAPID_OLD_KEYS, or have their owners open Vigie"
            )
            found.problems.append(f"{still}: {lost}")
    found.notes.extend(
        f"no device uses the earlier VAPID key {_short(key)} any more: it may be dropped from VIGIE_VAPID_OLD_KEYS."
        for key in sorted(kept - {use.server_key for use in uses} - {current})
    )
    return found


def _short(key: str) -> str:
    return f"{key[:8]}…"  # a public key; enough of it to tell two apart
