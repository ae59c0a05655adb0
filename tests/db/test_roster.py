"""Who is on duty: the SQL of a call and the pure roster say the same, whatever the turns, changes, holidays and nights of the year."""

from __future__ import annotations

import random
from datetime import UTC, date, datetime, timedelta
from typing import Literal
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg
import pytest

from app.db.covers import cover_windows
from app.db.duties import on_duty
from app.db.rosters import Place, roster
from app.domain.civil import holidays_around
from app.domain.roster import Cover
from tests.cast import Cast

PARIS = ZoneInfo("Europe/Paris")
HERE = {"here": "$1::uuid", "at": "$2::timestamptz", "holidays": "$3::date[]"}
ON_DUTY = f"select w.staff_id, w.recipient from ({on_duty(**HERE)}) w"  # noqa: S608 - the statement's own parts
NOW_HERE = "(select $1::uuid as establishment_id, $2::timestamptz as at)"
WINDOWS = cover_windows(rows=NOW_HERE, holidays="$3::date[]")
COVERED = f"select agreement_id, until_at from ({WINDOWS}) w"  # noqa: S608 - the statement's own parts
AGREE = """
insert into agreement (establishment_id, id, side, partner_id, disciplines, from_minutes, to_minutes, holidays, from_on, until_on, shares,
                       proposed_at, signed_at, signed_by, partner_signed_at)
values ($1, $2, 'covered', $3, '{level2}', $4, $5, $6, $7, $8, '{alert}', app_now(), app_now(), $9, app_now())
"""
CHANGE = """
insert into duty_change (establishment_id, id, kind, staff_id, role, coordination_level, from_at, to_at, made_by, made_at)
values ($1, gen_random_uuid(), $2, $3, $4, $5, $6, $7, $3, app_now())
"""
DATES = ((None, None), (date(2026, 7, 14), None), (None, date(2026, 7, 14)), (date(2026, 12, 25), date(2026, 12, 31)))


def dice_of(seed: int) -> random.Random:
    return random.Random(seed)  # noqa: S311 - the same roster each time, not an unpredictable one


# the days on which something is different: holidays and their eves, both nights when the clocks change, the turn of the year
DAYS = [
    (7, 13),
    (7, 14),
    (7, 15),
    (3, 28),
    (3, 29),
    (10, 24),
    (10, 25),
    (12, 24),
    (12, 25),
    (12, 31),
    (1, 1),
    (5, 8),
    (6, 3),
]
COVERED_HOLIDAYS: tuple[Literal["as_usual", "all_day", "only"], ...] = ("as_usual", "all_day", "only")
HOLIDAYS: tuple[Literal["worked", "off", "only"], ...] = ("worked", "off", "only")


def instant(dice: random.Random) -> datetime:
    month, day = dice.choice(DAYS)
    local = datetime(
        2026, month, day, dice.randrange(24), dice.choice((0, 1, 29, 30, 59)), tzinfo=PARIS, fold=dice.randrange(2)
    )
    return local.astimezone(UTC)


async def shuffle_turns(people: Cast, dice: random.Random) -> None:
    """Other turns and changes for everybody of establishment A."""
    look, here = people.superuser, people.a.id
    await look.execute("delete from duty where establishment_id = $1", here)
    await look.execute("delete from duty_change where establishment_id = $1", here)
    names = [people.a.staff[name] for name in ("level1", "level2", "level2.second", "oncologist", "oncologist.second")]
    for who in names:
        for _ in range(dice.randrange(4)):
            start = dice.randrange(0, 10080, 30)
            end = min(10080, start + dice.choice((60, 480, 720, 1440, 2880, 10080)))
            days = dice.choice(DATES)
            args = who.person_id, who.role, who.coordination_level, start, end, *days, dice.choice(HOLIDAYS)
            await look.execute(
                "insert into duty values ($1, gen_random_uuid(), $2, $3, $4, $5, $6, $7, $8, $9)", here, *args
            )
        for _ in range(dice.randrange(3)):
            at = instant(dice)
            extra = dice.random() < 0.5
            args = (
                who.person_id,
                *((who.role, who.coordination_level) if extra else (None, None)),
                at,
                at + timedelta(hours=dice.randrange(1, 30)),
            )
            await look.execute(CHANGE, here, "extra" if extra else "absence", *args)


async def in_sql(con: asyncpg.Connection, here: UUID, at: datetime) -> set[tuple[UUID, str]]:
    return {(row[0], row[1]) for row in await con.fetch(ON_DUTY, here, at, holidays_around(at))}


@pytest.mark.parametrize("seed", range(6))
async def test_the_call_and_the_roster_agree_on_who_is_on_duty(cast: Cast, seed: int) -> None:
    dice = dice_of(seed)
    for _ in range(4):
        await shuffle_turns(cast, dice)
        instants = [instant(dice) for _ in range(60)]
        async with cast.asking(cast.a) as con:
            start, end = min(instants), max(instants) + timedelta(days=1)
            known = await roster(con, Place(cast.a.id, "Europe/Paris"), start, end)
            for at in instants:
                assert await in_sql(con, cast.a.id, at) == set(known.on_duty(at)), at.astimezone(PARIS)


async def test_whoever_is_disabled_is_on_no_roster(cast: Cast) -> None:
    at = datetime(2026, 11, 24, 10, tzinfo=UTC)
    async with cast.asking(cast.a) as con:
        nurse = cast.a.nurse.person_id
        assert nurse in {who for who, _ in await in_sql(con, cast.a.id, at)}
    await cast.superuser.execute("update staff set disabled_at = app_now() where id = $1", nurse)
    async with cast.asking(cast.a) as con:
        assert nurse not in {who for who, _ in await in_sql(con, cast.a.id, at)}
        known = await roster(con, Place(cast.a.id, "Europe/Paris"), at, at + timedelta(days=1))
        assert nurse not in {who for who, _ in known.on_duty(at)}


@pytest.mark.parametrize("seed", range(6))
async def test_the_call_and_the_roster_agree_on_when_a_partner_covers(cast: Cast, seed: int) -> None:
    dice = dice_of(seed)
    look, here, there = cast.superuser, cast.a.id, cast.b.id
    manager = cast.a.staff["manager"].person_id
    for _ in range(10):
        await look.execute("delete from agreement")
        starts = [dice.randrange(0, 10080, 30) for _ in range(dice.randrange(1, 4))]
        ends = [start + dice.choice((60, 480, 720, 1440, 4000)) for start in starts]
        holidays = dice.choice(COVERED_HOLIDAYS)
        day = date(2026, *dice.choice(DAYS))
        last = day + timedelta(days=dice.choice((0, 1, 200)))
        await look.execute(AGREE, here, uuid4(), there, starts, ends, holidays, day, last, manager)
        known = Cover(there, ("level2",), tuple(starts), tuple(ends), holidays, day, last)
        async with cast.asking(cast.a) as con:
            for at in [instant(dice) for _ in range(60)]:
                rows = await con.fetch(COVERED, here, at, holidays_around(at))
                mine = known.until(at, "Europe/Paris")
                assert (rows[0]["until_at"] if rows else None) == mine, (
                    at.astimezone(PARIS),
                    starts,
                    ends,
                    holidays,
                    day,
                    last,
                )
