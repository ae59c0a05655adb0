"""Setting up: an establishment, its professionals, its weekly roster. Used by invitations, the demonstration and test seeds."""

from __future__ import annotations

import os
import re
from uuid import UUID, uuid4

import asyncpg
from msgspec import Struct

from app.db import accounts, establishments
from app.db.establishments import Duty
from app.domain.people import CoordinationLevel, Establishment, Role
from app.services.vault import wrap

WEEK = 7 * 1440
DAY = 1440


class Professional(Struct, frozen=True):
    """A professional to be added; `turns` are (from, to) minutes of the local week."""

    name: str
    role: Role
    login: str
    level: CoordinationLevel | None = None
    turns: tuple[tuple[int, int], ...] = ()
    id: UUID | None = None


def hours(days: range, opens: int, closes: int) -> tuple[tuple[int, int], ...]:
    """The same hours on several days (0 is Monday); a night that ends the next morning is given as closes > 24."""
    turns: list[tuple[int, int]] = []
    for day in days:
        start, end = day * DAY + opens * 60, day * DAY + closes * 60
        turns.append((start, min(end, WEEK)))
        if end > WEEK:
            turns.append((0, end - WEEK))
    return tuple(turns)


ALWAYS = ((0, WEEK),)
_DAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
_TURN = re.compile(r"^([a-z]{3})(?:-([a-z]{3}))?@(\d{1,2})-(\d{1,2})$")


def parse_turns(text: str) -> tuple[tuple[int, int], ...]:
    """Turns from words like `mon-fri@8-18` or `sat@20-32` (32 is 8 the next morning). Raises ValueError with an example."""
    found_turn = _TURN.match(text.strip().lower())
    if found_turn:
        first, last, opens, closes = (
            found_turn[1],
            found_turn[2] or found_turn[1],
            int(found_turn[3]),
            int(found_turn[4]),
        )
        if (
            first in _DAYS
            and last in _DAYS
            and _DAYS.index(first) <= _DAYS.index(last)
            and opens < closes <= opens + 24
            and opens < 24
        ):
            return hours(range(_DAYS.index(first), _DAYS.index(last) + 1), opens, closes)
    raise ValueError(f"{text!r} is not a turn. Write for example mon-fri@8-18, or sat@20-32 for a night until 8.")


async def found(con: asyncpg.Connection, master: dict[str, bytes], establishment: Establishment) -> None:
    """A new establishment with a data key of its own. `con` acts as the owner."""
    data_key, key_id = wrap(master, establishment.id, os.urandom(32))
    await establishments.add(con, establishment, data_key, key_id)


async def add_professional(con: asyncpg.Connection, establishment_id: UUID, who: Professional) -> tuple[UUID, UUID]:
    """A professional with an account and turns on the roster; ids of person and account. Within the establishment's transaction."""
    person, account = who.id or uuid4(), uuid4()
    await establishments.add_staff(con, establishment_id, person, who.name, who.role, who.level)
    await accounts.add(con, account, establishment_id, person, who.role, who.level, who.login)
    for start, end in who.turns:
        await establishments.add_duty(con, establishment_id, Duty(uuid4(), person, who.role, who.level, start, end))
    return person, account
