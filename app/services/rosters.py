"""The roster: weekly turns, absences and swaps, opening hours, and where nobody will be. Changed by managers, read by all staff."""

from __future__ import annotations

import asyncio
from datetime import date, datetime, time, timedelta
from typing import Annotated, Literal
from uuid import UUID, uuid4

import asyncpg
from msgspec import Meta, Struct

from app.db import notices, rosters
from app.db.rosters import ChangeRow, HoleRow, Member, NewChange, NewTurn, Place, SettingRow, TurnRow
from app.db.standings import Hours
from app.domain.civil import holiday_name, is_holiday, local_day, local_midnight
from app.domain.errors import ContentRefused, Fault, NotFound
from app.domain.notices import NewNotice, NoticeKind, PersonKind
from app.domain.people import Caller
from app.domain.policies import Discipline
from app.domain.roster import AHEAD, Cover, Hole, Shift
from app.domain.rulebook import Rulebook
from app.domain.texts import Text
from app.services.calendars import opening_hours
from app.services.vault import Safe

TOLD_WITHIN = timedelta(days=2)  # a manager's phone may be off for a night; after that the page has to do
LONGEST_LOOK = 62  # days of a roster on one page
Minute = Annotated[int, Meta(ge=0, le=10080)]


class PolicyChoice(Struct, frozen=True):
    """An escalation policy that an establishment may choose."""

    id: str
    title: Text


class RosterPage(Struct, frozen=True):
    """Who is on duty from a day on, and all that it is made of."""

    now: datetime
    timezone: str
    people: list[Member]
    turns: list[TurnRow]
    changes: list[ChangeRow]
    shifts: list[Shift]
    holidays: list[date]
    holiday_names: dict[date, Text]
    settings: list[SettingRow]
    policies: list[PolicyChoice]
    holes: list[HoleRow]


class CoveragePage(Struct, frozen=True):
    """The next fourteen days as they are now, our own people and agreements; and what the last look with the partners' rosters found."""

    until_at: datetime
    holes: list[Hole]
    known: list[HoleRow]


class AddTurn(Struct, frozen=True, forbid_unknown_fields=True):
    """A weekly turn; minutes of the local week from Monday 00:00. One that passes Sunday midnight is two."""

    staff: UUID
    from_minute: Minute
    to_minute: Minute
    from_on: date | None = None
    until_on: date | None = None
    holidays: Literal["worked", "off", "only"] = "worked"


class EndTurn(Struct, frozen=True, forbid_unknown_fields=True):
    """The last day on which the turn is worked."""

    until_on: date


class AddChange(Struct, frozen=True, forbid_unknown_fields=True):
    """Away, or on duty besides."""

    kind: Literal["absence", "extra"]
    staff: UUID
    from_at: datetime
    to_at: datetime


class Swap(Struct, frozen=True, forbid_unknown_fields=True):
    """Somebody stands in for somebody else."""

    away: UUID
    instead: UUID
    from_at: datetime
    to_at: datetime


class AddSetting(Struct, frozen=True, forbid_unknown_fields=True):
    """Opening hours and policy from a day on; 0 is Monday."""

    from_on: date
    weekdays: Annotated[list[Annotated[int, Meta(ge=0, le=6)]], Meta(min_length=1, max_length=7)]
    opens: time
    closes: time
    policy: Annotated[str, Meta(max_length=64)] = "standard"


async def page(
    con: asyncpg.Connection,
    safe: Safe,
    rulebook: Rulebook,
    caller: Caller,
    start: date | None,
    days: int,
    now: datetime,
) -> RosterPage:
    """The roster of some days. Raises ContentRefused for more than two months at once."""
    if not 1 <= days <= LONGEST_LOOK:
        raise ContentRefused(faults=(Fault("days", f"Between 1 and {LONGEST_LOOK}."),))
    here, zone = caller.establishment_id, safe.establishment.timezone
    first = start or local_day(now, zone)
    begin = local_midnight(now, zone) + (first - local_day(now, zone))
    end = begin + timedelta(days=days)
    roster = await rosters.roster(con, Place(here, zone), begin, end)
    return RosterPage(
        now=now,
        timezone=zone,
        people=await rosters.people(con, here),
        turns=await rosters.turns(con, here, first),
        changes=await rosters.changes(con, here, begin, end),
        shifts=roster.shifts(begin, end),
        holidays=[day for n in range(days) if is_holiday(day := first + timedelta(days=n))],
        holiday_names={day: name for n in range(days) if (name := holiday_name(day := first + timedelta(days=n)))},
        settings=await rosters.settings(con, here),
        policies=[PolicyChoice(id_, title) for id_, title in rulebook.policies.names().items()],
        holes=await rosters.holes(con, here),
    )


async def coverage(
    con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, caller: Caller, now: datetime
) -> CoveragePage:
    """Where nobody will be in the next fourteen days."""
    here, place = caller.establishment_id, Place(caller.establishment_id, safe.establishment.timezone)
    agreements = await rosters.covers(con, here)

    def covered(discipline: Discipline, at: datetime) -> bool:
        return any(discipline in a.disciplines and a.until(at, place.zone) for a in agreements)

    roster = await rosters.roster(con, place, now, now + AHEAD)
    setting = in_force(await rosters.settings(con, here), local_day(now, place.zone))
    hours = opening_hours(rulebook, place.zone, _hours(setting))
    policy = rulebook.policies.on(setting.policy if setting else "standard", now.date())
    found = roster.holes(now, now + AHEAD, policy.value.coverage, hours, covered)
    return CoveragePage(now + AHEAD, found, await rosters.holes(con, here))


async def look_ahead(con: asyncpg.Connection, rulebook: Rulebook, now: datetime) -> set[UUID]:
    """Look for holes of every establishment, with the partners' rosters; which have new ones. In the worker's transaction."""
    places = {place.id: place for place in await rosters.places(con)}
    every = {id_: await rosters.roster(con, place, now, now + AHEAD) for id_, place in places.items()}
    news = set()
    for id_, place in places.items():
        agreements = await rosters.covers(con, id_)

        def covered(
            discipline: Discipline, at: datetime, zone: str = place.zone, mine: list[Cover] = agreements
        ) -> bool:
            return any(
                discipline in a.disciplines
                and a.until(at, zone)
                and a.partner_id in every
                and discipline in {recipient for _, recipient in every[a.partner_id].on_duty(at)}
                for a in mine
            )

        setting = in_force(await rosters.settings(con, id_), local_day(now, place.zone))
        hours = opening_hours(rulebook, place.zone, _hours(setting))
        policy = rulebook.policies.on(setting.policy if setting else "standard", now.date())
        start = now.replace(minute=0, second=0, microsecond=0)  # so that the same hole is the same an hour later
        # in a thread: half a second of computing must not hold up the calls that this process sends
        found = await asyncio.to_thread(every[id_].holes, start, start + AHEAD, policy.value.coverage, hours, covered)
        if await rosters.keep_holes(con, id_, found):
            news.add(id_)
        await _tell_managers(con, id_, now)
    return news


async def _tell_managers(con: asyncpg.Connection, here: UUID, now: datetime) -> None:
    """One neutral message to each manager, however many holes a look has found; the page has them all."""
    holes, managers = await rosters.tell_managers(con, here)
    await notices.put_all(
        con,
        [
            NewNotice(
                establishment_id=here,
                person_kind=PersonKind.STAFF,
                person_id=manager,
                kind=NoticeKind.COVERAGE_HOLE,
                subject_id=holes[0],
                dedupe_key=f"coverage_hole:{holes[0]}:{manager}",
                expires_at=now + TOLD_WITHIN,
            )
            for manager in managers
        ],
    )


def in_force(settings: list[SettingRow], day: date) -> SettingRow | None:
    """What holds on a day, of settings with the latest first."""
    return next((s for s in settings if s.from_on <= day), None)


def _hours(setting: SettingRow | None) -> Hours | None:
    return Hours(tuple(setting.weekdays), setting.opens, setting.closes) if setting else None


async def add_turn(con: asyncpg.Connection, caller: Caller, new: AddTurn) -> UUID:
    """A weekly turn. Raises ContentRefused."""
    if new.from_minute >= new.to_minute:
        raise ContentRefused(faults=(Fault("to_minute", "After `from_minute`; a turn over Sunday midnight is two."),))
    if new.from_on and new.until_on and new.until_on < new.from_on:
        raise ContentRefused(faults=(Fault("until_on", "Not before `from_on`."),))
    turn = NewTurn(uuid4(), new.staff, new.from_minute, new.to_minute, new.from_on, new.until_on, new.holidays)
    if not await rosters.add_turn(con, caller, turn):
        raise _nobody("staff")
    return turn.id


async def end_turn(con: asyncpg.Connection, caller: Caller, turn_id: UUID, end: EndTurn) -> None:
    """A weekly turn that is not worked after a day; what was worked stays. Raises NotFound."""
    if not await rosters.end_turn(con, caller, turn_id, end.until_on):
        raise NotFound


async def add_change(con: asyncpg.Connection, caller: Caller, new: AddChange) -> UUID:
    """An absence or an extra turn. Raises ContentRefused."""
    _refuse_empty(new.from_at, new.to_at)
    change = NewChange(uuid4(), new.kind, new.staff, new.from_at, new.to_at)
    if not await rosters.add_change(con, caller, change):
        raise _nobody("staff")
    return change.id


async def swap(con: asyncpg.Connection, caller: Caller, new: Swap) -> UUID:
    """Somebody stands in for somebody of the same work. Raises ContentRefused."""
    _refuse_empty(new.from_at, new.to_at)
    work = {m.id: (m.role, m.coordination_level) for m in await rosters.people(con, caller.establishment_id)}
    if new.away not in work:
        raise _nobody("away")
    if new.instead == new.away or work.get(new.instead) != work[new.away]:
        raise ContentRefused(faults=(Fault("instead", "Another person of this establishment who does the same work."),))
    swap_id = uuid4()
    off = NewChange(uuid4(), "absence", new.away, new.from_at, new.to_at, swap_id)
    on = NewChange(uuid4(), "extra", new.instead, new.from_at, new.to_at, swap_id)
    await rosters.add_change(con, caller, off)
    await rosters.add_change(con, caller, on)
    return off.id


async def cancel_change(con: asyncpg.Connection, caller: Caller, change_id: UUID) -> None:
    """An absence, an extra turn or a whole swap does not take place. Raises NotFound."""
    if not await rosters.cancel_change(con, caller, change_id):
        raise NotFound


async def add_setting(
    con: asyncpg.Connection, safe: Safe, rulebook: Rulebook, caller: Caller, new: AddSetting, now: datetime
) -> None:
    """Other opening hours or another policy, from today or a later day on. Raises ContentRefused."""
    if new.from_on < local_day(now, safe.establishment.timezone):
        raise ContentRefused(faults=(Fault("from_on", "Today or later: what was promised before stays."),))
    if new.opens >= new.closes:
        raise ContentRefused(faults=(Fault("closes", "After `opens`."),))
    if new.policy not in rulebook.policies.names():
        raise ContentRefused(faults=(Fault("policy", "One of the policies in the rulebook."),))
    days = sorted(set(new.weekdays))
    await rosters.add_setting(con, caller, uuid4(), SettingRow(new.from_on, days, new.opens, new.closes, new.policy))


def _refuse_empty(from_at: datetime, to_at: datetime) -> None:
    if from_at.tzinfo is None or to_at.tzinfo is None:
        raise ContentRefused(faults=(Fault("from_at", "With a zone, for example 2026-07-14T20:00:00+02:00."),))
    if from_at >= to_at:
        raise ContentRefused(faults=(Fault("to_at", "After `from_at`."),))


def _nobody(path: str) -> ContentRefused:
    return ContentRefused(faults=(Fault(path, "Not somebody who can be on duty here. Choose from `people`."),))
