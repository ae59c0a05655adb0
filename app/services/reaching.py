"""How professionals are reached: their contacts and order, and the weekly test that shows who really can be."""

from __future__ import annotations

import secrets
from collections import defaultdict
from datetime import datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4

import asyncpg
from msgspec import Struct

from app.db import contacts, events, notices, reachability
from app.db.reachability import Member, Target
from app.domain.contacts import CODE_LASTS, MOST_CONTACTS, checked_address, code_is_right
from app.domain.errors import CodeRefused, ContentRefused, Fault, NotFound, TooManyContacts, TooManyTries
from app.domain.notices import NewNotice, NoticeKind, PersonKind
from app.domain.people import Caller
from app.domain.reach import DEFAULT_ORDER, Channel

CODES_AN_HOUR = 6
TEST_LASTS = timedelta(hours=24)
TEST_COUNTS = timedelta(days=9)
"""A test a week; two days of grace for a weekend between."""

TestState = Literal["passed", "waiting", "failed", "untested"]
Reachable = Literal["yes", "unproven", "no"]


class ContactLine(Struct, frozen=True):
    """A contact as its owner sees it."""

    id: UUID
    channel: str
    address: str
    verified: bool
    code_expires_at: datetime | None


class TargetLine(Struct, frozen=True):
    """A device or contact and whether its last test was answered. `label` never shows a whole address."""

    id: UUID
    channel: str
    label: str
    test: TestState
    tested_at: datetime | None
    passed_at: datetime | None


class MyReach(Struct, frozen=True):
    """How I am reached: in this order, by these; `available` are the channels that this house has."""

    order: list[str]
    contacts: list[ContactLine]
    targets: list[TargetLine]


class Reachability(Struct, frozen=True):
    """One professional: `yes` when a device or contact answered its last test, `unproven` when none was tested yet, `no` otherwise."""

    staff_id: UUID
    name: str
    role: str
    coordination_level: int | None
    reachable: Reachable
    passed_at: datetime | None
    targets: list[TargetLine]


async def mine(con: asyncpg.Connection, caller: Caller, now: datetime) -> MyReach:
    """The caller's order, contacts and tests."""
    here, me = caller.establishment_id, caller.person_id
    rows = await contacts.of_staff(con, here, me)
    return MyReach(
        list(await contacts.choice(con, here, me) or DEFAULT_ORDER),
        [ContactLine(r.id, r.channel, r.address, r.verified_at is not None, r.code_expires_at) for r in rows],
        [_line(target, now) for target in await reachability.targets(con, here, me)],
    )


async def choose(con: asyncpg.Connection, caller: Caller, channels: list[Channel]) -> None:
    """Be reached in this order and by nothing else. Raises ContentRefused."""
    if not channels or len(channels) != len(set(channels)) or Channel.SCREEN in channels:
        raise ContentRefused(faults=(Fault("order", "Name each channel at most once, and at least one."),))
    await contacts.choose(con, caller.establishment_id, caller.person_id, list(channels))
    await events.add(con, caller, "channels_chosen")


async def add_contact(con: asyncpg.Connection, caller: Caller, channel: Channel, address: str, now: datetime) -> UUID:
    """Keep an address and send its code. Raises ContentRefused, TooManyContacts, TooManyTries."""
    checked = checked_address(channel, address)
    here, me = caller.establishment_id, caller.person_id
    kept = await contacts.add(con, here, uuid4(), me, channel, checked, MOST_CONTACTS)
    if kept is None:
        raise TooManyContacts
    await send_code(con, caller, kept, now)
    await events.add(con, caller, "contact_added", subject_id=kept)
    return kept


async def send_code(con: asyncpg.Connection, caller: Caller, contact_id: UUID, now: datetime) -> None:
    """Send a (new) code to one of the caller's contacts. Raises NotFound, TooManyTries."""
    here, me = caller.establishment_id, caller.person_id
    contact = await contacts.one(con, here, me, contact_id)
    if contact is None:
        raise NotFound
    if contact.verified_at is not None:
        return
    if await contacts.codes_sent(con, here, me) >= CODES_AN_HOUR:
        raise TooManyTries(retry_after=3600)
    await contacts.set_code(con, here, me, contact_id, f"{secrets.randbelow(10**6):06d}", now + CODE_LASTS)
    await notices.put(
        con,
        NewNotice(
            establishment_id=here,
            person_kind=PersonKind.STAFF,
            person_id=me,
            kind=NoticeKind.CONTACT_CODE,
            target_id=contact_id,
            dedupe_key=f"code:{contact_id}:{uuid4()}",
            expires_at=now + CODE_LASTS,
        ),
    )


async def verify(con: asyncpg.Connection, caller: Caller, contact_id: UUID, code: str, now: datetime) -> bool:
    """Prove a contact; False for a wrong code, which counts as a try. Raises NotFound."""
    here = caller.establishment_id
    contact = await contacts.one(con, here, caller.person_id, contact_id)
    if contact is None:
        raise NotFound
    if contact.verified_at is not None:
        return True
    if not code_is_right(contact.code, contact.code_expires_at, contact.code_tries, code, now):
        await contacts.tried(con, here, contact_id)
        return False
    await contacts.verified(con, here, contact_id)
    await events.add(con, caller, "contact_verified", subject_id=contact_id)
    return True


async def remove_contact(con: asyncpg.Connection, caller: Caller, contact_id: UUID) -> None:
    """Forget one of the caller's contacts. Raises NotFound."""
    if not await contacts.remove(con, caller.establishment_id, caller.person_id, contact_id):
        raise NotFound
    await events.add(con, caller, "contact_removed", subject_id=contact_id)


async def test_now(con: asyncpg.Connection, caller: Caller, target_id: UUID, now: datetime) -> None:
    """Send a test to one of the caller's devices or contacts, besides the weekly ones; at most one a minute. Raises NotFound."""
    here, me = caller.establishment_id, caller.person_id
    if target_id not in {target.id for target in await reachability.targets(con, here, me)}:
        raise NotFound
    await notices.put(con, _test(here, me, target_id, f"{now:%Y-%m-%dT%H:%M}", now))
    await events.add(con, caller, "reach_tested", subject_id=target_id)


async def everybody(con: asyncpg.Connection, establishment_id: UUID, now: datetime) -> list[Reachability]:
    """Each professional who may be called, and whether they really can be."""
    of: dict[UUID, list[Target]] = defaultdict(list)
    for target in await reachability.targets(con, establishment_id):
        of[target.staff_id].append(target)
    return [_member(member, of[member.id], now) for member in await reachability.members(con, establishment_id)]


async def put_tests(con: asyncpg.Connection, batch: int) -> int:
    """Put the weekly tests that are due into the outbox; how many."""
    due = await reachability.due(con, batch)
    for one in due:
        await notices.put(con, _test(one.establishment_id, one.staff_id, one.target_id, f"{one.at:%Y-%m-%d}", one.at))
    return len(due)


def _test(here: UUID, staff_id: UUID, target_id: UUID, occasion: str, at: datetime) -> NewNotice:
    return NewNotice(
        establishment_id=here,
        person_kind=PersonKind.STAFF,
        person_id=staff_id,
        kind=NoticeKind.REACHABILITY_TEST,
        target_id=target_id,
        dedupe_key=f"reach:{target_id}:{occasion}",
        expires_at=at + TEST_LASTS,
    )


def _member(member: Member, targets: list[Target], now: datetime) -> Reachability:
    lines = [_line(target, now) for target in targets]
    tests = {line.test for line in lines}
    reachable: Reachable = "yes" if "passed" in tests else "unproven" if tests & {"untested", "waiting"} else "no"
    passed = max((line.passed_at for line in lines if line.passed_at), default=None)
    return Reachability(member.id, member.name, member.role, member.coordination_level, reachable, passed, lines)


def _line(target: Target, now: datetime) -> TargetLine:
    test: TestState
    if target.tested_at is None:
        test = "untested"
    elif target.passed_at is not None and target.passed_at > now - TEST_COUNTS and target.passed_at >= target.tested_at:
        test = "passed"
    elif target.state in ("pending", "accepted", "received") and target.tested_at > now - TEST_LASTS:
        test = "waiting"
    else:
        test = "failed"
    return TargetLine(target.id, target.channel, target.label, test, target.tested_at, target.passed_at)


def refuse_code() -> CodeRefused:
    """What a wrong code is answered, after its try was kept."""
    return CodeRefused("This code is not right, or older than an hour. Type the latest one, or have a new one sent.")
