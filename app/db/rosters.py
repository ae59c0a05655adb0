"""The roster of an establishment: weekly turns, what differs from them, opening hours and policy, and the holes that were found."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.db.duties import recipient_of
from app.domain.people import Caller
from app.domain.roster import Change, Cover, Hole, Roster, Turn

TURNS = f"""
select d.id, d.staff_id, s.name, {recipient_of("d")} as recipient, d.from_minute, d.to_minute, d.from_on, d.until_on, d.holidays
from duty d join staff s on (s.establishment_id, s.id) = (d.establishment_id, d.staff_id) and s.disabled_at is null
where d.establishment_id = $1 and (d.until_on is null or d.until_on >= $2)
order by s.name, d.from_minute
"""  # noqa: S608 - constants only

CHANGES = f"""
select x.id, x.kind, x.staff_id, s.name, case when x.kind = 'extra' then {recipient_of("x")} end as recipient, x.from_at, x.to_at, x.swap_id
from duty_change x join staff s on (s.establishment_id, s.id) = (x.establishment_id, x.staff_id) and s.disabled_at is null
where x.establishment_id = $1 and x.cancelled_at is null and x.to_at > $2 and x.from_at < $3
order by x.from_at, s.name
"""  # noqa: S608 - constants only

PEOPLE = """
select id, name, role, coordination_level from staff
where establishment_id = $1 and role in ('coordinator', 'oncologist') and home_establishment_id is null and disabled_at is null
order by name
"""

# Whoever changes a roster does so for somebody who works here, in the role that they have here.
ADD_TURN = """
with added as (
    insert into duty (establishment_id, id, staff_id, role, coordination_level, from_minute, to_minute, from_on, until_on, holidays)
    select $1, $2, s.id, s.role, s.coordination_level, $4, $5, $6, $7, $8
    from staff s where s.establishment_id = $1 and s.id = $3 and s.role in ('coordinator', 'oncologist')
      and s.home_establishment_id is null and s.disabled_at is null
    returning id
)
insert into event (establishment_id, id, at, actor_kind, actor_id, verb, subject_id)
select $1, gen_random_uuid(), app_now(), 'staff', $9, 'turn_added', id from added returning id
"""

# From the day after $3 on it is as if it had never been; what was, stays.
END_TURN = """
with ended as (
    update duty set until_on = $3 where establishment_id = $1 and id = $2 and (until_on is null or until_on > $3)
      and (from_on is null or from_on <= $3) returning id
), removed as (
    delete from duty where establishment_id = $1 and id = $2 and from_on > $3 returning id
)
insert into event (establishment_id, id, at, actor_kind, actor_id, verb, subject_id)
select $1, gen_random_uuid(), app_now(), 'staff', $4, 'turn_ended', id from (select id from ended union all select id from removed) x
returning id
"""

ADD_CHANGE = """
with added as (
    insert into duty_change (establishment_id, id, kind, staff_id, role, coordination_level, from_at, to_at, swap_id, made_by, made_at)
    select $1, $2, $3::text, s.id, case when $3 = 'extra' then s.role end, case when $3 = 'extra' then s.coordination_level end, $5, $6, $7,
           $8, app_now()
    from staff s where s.establishment_id = $1 and s.id = $4 and s.role in ('coordinator', 'oncologist')
      and s.home_establishment_id is null and s.disabled_at is null
    returning id
)
insert into event (establishment_id, id, at, actor_kind, actor_id, verb, subject_id, detail)
select $1, gen_random_uuid(), app_now(), 'staff', $8, 'duty_changed', id, jsonb_build_object('kind', $3::text) from added returning id
"""

# A swap is cancelled as a whole: half of one would leave nobody, or two.
CANCEL_CHANGE = """
with cancelled as (
    update duty_change c set cancelled_at = app_now(), cancelled_by = $3
    where c.establishment_id = $1 and c.cancelled_at is null and c.to_at > app_now()
      and (c.id = $2 or c.swap_id = (select swap_id from duty_change where establishment_id = $1 and id = $2))
    returning id
)
insert into event (establishment_id, id, at, actor_kind, actor_id, verb, subject_id)
select $1, gen_random_uuid(), app_now(), 'staff', $3, 'duty_change_cancelled', id from cancelled returning id
"""

SETTINGS = """
select from_on, weekdays, opens, closes, policy from establishment_setting where establishment_id = $1 order by from_on desc, made_at desc
limit 20
"""

ADD_SETTING = """
with added as (
    insert into establishment_setting (establishment_id, from_on, id, weekdays, opens, closes, policy, made_by, made_at)
    values ($1, $2, $3, $4, $5, $6, $7, $8, app_now()) returning id
)
insert into event (establishment_id, id, at, actor_kind, actor_id, verb, subject_id, detail)
select $1, gen_random_uuid(), app_now(), 'staff', $8, 'opening_changed', id, jsonb_build_object('policy', $7::text) from added returning id
"""

# The holes as the last look ahead left them: those that are still ahead.
HOLES = """
select id, recipient, from_at, to_at, found_at, told_at from coverage_hole
where establishment_id = $1 and closed_at is null and to_at > app_now() order by from_at, recipient
"""

# A hole that is gone is closed; a new one is written down, for who tells the manager.
KEEP_HOLES = """
with found as (
    select * from unnest($2::text[], $3::timestamptz[], $4::timestamptz[]) f (recipient, from_at, to_at)
), gone as (
    update coverage_hole h set closed_at = app_now()
    where h.establishment_id = $1 and h.closed_at is null
      and not exists (select from found f where (f.recipient, f.from_at, f.to_at) = (h.recipient, h.from_at, h.to_at))
), new as (
    insert into coverage_hole (establishment_id, id, recipient, from_at, to_at, found_at)
    select $1, gen_random_uuid(), recipient, from_at, to_at, app_now() from found
    on conflict do nothing returning id
)
insert into event (establishment_id, id, at, actor_kind, verb, subject_id)
select $1, gen_random_uuid(), app_now(), 'system', 'coverage_hole_found', id from new returning id
"""

# Nobody has been told of these yet; without a manager to tell they stay so.
UNTOLD = """
update coverage_hole set told_at = app_now()
where establishment_id = $1 and closed_at is null and told_at is null
  and exists (select from staff where establishment_id = $1 and role = 'manager' and disabled_at is null)
returning id
"""
MANAGERS = "select id from staff where establishment_id = $1 and role = 'manager' and disabled_at is null order by id"

PLACES = "select id, timezone from establishment order by id"

COVERS = """
select partner_id, disciplines, from_minutes, to_minutes, holidays, from_on, until_on from agreement
where establishment_id = $1 and side = 'covered' and signed_at is not null and partner_signed_at is not null and ended_at is null
"""


class TurnRow(Struct, frozen=True):
    """A weekly turn with whose it is."""

    id: UUID
    staff_id: UUID
    name: str
    recipient: str
    from_minute: int
    to_minute: int
    from_on: date | None
    until_on: date | None
    holidays: str


class ChangeRow(Struct, frozen=True):
    """An absence, or a turn besides the weekly ones."""

    id: UUID
    kind: str
    staff_id: UUID
    name: str
    recipient: str | None
    from_at: datetime
    to_at: datetime
    swap_id: UUID | None


class Member(Struct, frozen=True):
    """Somebody who can be on duty."""

    id: UUID
    name: str
    role: str
    coordination_level: int | None


class SettingRow(Struct, frozen=True):
    """Opening hours and policy from a day on."""

    from_on: date
    weekdays: list[int]
    opens: time
    closes: time
    policy: str


class HoleRow(Struct, frozen=True):
    """When nobody will be there who should be."""

    id: UUID
    recipient: str
    from_at: datetime
    to_at: datetime
    found_at: datetime
    told_at: datetime | None


class Place(Struct, frozen=True):
    """An establishment and its zone."""

    id: UUID
    zone: str


class NewTurn(Struct, frozen=True):
    """A weekly turn to be kept."""

    id: UUID
    staff_id: UUID
    from_minute: int
    to_minute: int
    from_on: date | None
    until_on: date | None
    holidays: str


class NewChange(Struct, frozen=True):
    """An absence or an extra turn to be kept."""

    id: UUID
    kind: str
    staff_id: UUID
    from_at: datetime
    to_at: datetime
    swap_id: UUID | None = None


async def turns(con: asyncpg.Connection, establishment_id: UUID, since: date) -> list[TurnRow]:
    """Weekly turns that hold on this day or later."""
    return [TurnRow(*row) for row in await con.fetch(TURNS, establishment_id, since)]


async def changes(con: asyncpg.Connection, establishment_id: UUID, start: datetime, end: datetime) -> list[ChangeRow]:
    """What differs between two instants."""
    return [ChangeRow(*row) for row in await con.fetch(CHANGES, establishment_id, start, end)]


async def people(con: asyncpg.Connection, establishment_id: UUID) -> list[Member]:
    """Who can be on duty."""
    return [Member(*row) for row in await con.fetch(PEOPLE, establishment_id)]


async def roster(con: asyncpg.Connection, place: Place, start: datetime, end: datetime) -> Roster:
    """All that says who is on duty there between two instants."""
    usual = [
        Turn(t.staff_id, t.recipient, t.from_minute, t.to_minute, t.from_on, t.until_on, t.holidays)  # type: ignore[arg-type] # checked by the table
        for t in await turns(con, place.id, start.date() - timedelta(days=2))  # a night belongs to the evening before
    ]
    different = [
        Change(c.kind, c.staff_id, c.recipient, c.from_at, c.to_at)  # type: ignore[arg-type] # checked by the table
        for c in await changes(con, place.id, start, end)
    ]
    return Roster(place.zone, tuple(usual), tuple(different))


async def covers(con: asyncpg.Connection, establishment_id: UUID) -> list[Cover]:
    """The agreements under which a partner covers for this establishment."""
    rows = await con.fetch(COVERS, establishment_id)
    return [Cover(row[0], tuple(row[1]), tuple(row[2]), tuple(row[3]), *tuple(row)[4:]) for row in rows]


async def add_turn(con: asyncpg.Connection, caller: Caller, t: NewTurn) -> bool:
    """A new weekly turn; False when there is no such person."""
    args = t.id, t.staff_id, t.from_minute, t.to_minute, t.from_on, t.until_on, t.holidays, caller.person_id
    return await con.fetchval(ADD_TURN, caller.establishment_id, *args) is not None


async def end_turn(con: asyncpg.Connection, caller: Caller, turn_id: UUID, until_on: date) -> bool:
    """A weekly turn that ends with a day; False when there is none to end."""
    return await con.fetchval(END_TURN, caller.establishment_id, turn_id, until_on, caller.person_id) is not None


async def add_change(con: asyncpg.Connection, caller: Caller, c: NewChange) -> bool:
    """An absence or an extra turn; False when there is no such person."""
    args = c.id, c.kind, c.staff_id, c.from_at, c.to_at, c.swap_id, caller.person_id
    return await con.fetchval(ADD_CHANGE, caller.establishment_id, *args) is not None


async def cancel_change(con: asyncpg.Connection, caller: Caller, change_id: UUID) -> bool:
    """An absence, an extra turn or a whole swap that does not take place; False when there is none to cancel."""
    return await con.fetchval(CANCEL_CHANGE, caller.establishment_id, change_id, caller.person_id) is not None


async def settings(con: asyncpg.Connection, establishment_id: UUID) -> list[SettingRow]:
    """Opening hours and policy, the latest first; none where those of the rulebook hold."""
    return [SettingRow(*row) for row in await con.fetch(SETTINGS, establishment_id)]


async def add_setting(con: asyncpg.Connection, caller: Caller, setting_id: UUID, s: SettingRow) -> None:
    """Other opening hours, or another policy, from a day on."""
    args = s.from_on, setting_id, s.weekdays, s.opens, s.closes, s.policy, caller.person_id
    await con.execute(ADD_SETTING, caller.establishment_id, *args)


async def holes(con: asyncpg.Connection, establishment_id: UUID) -> list[HoleRow]:
    """The holes that the last look ahead has left."""
    return [HoleRow(*row) for row in await con.fetch(HOLES, establishment_id)]


async def keep_holes(con: asyncpg.Connection, establishment_id: UUID, found: list[Hole]) -> int:
    """Remember what a look ahead has found; how many are new."""
    columns = [h.recipient for h in found], [h.from_at for h in found], [h.to_at for h in found]
    return len(await con.fetch(KEEP_HOLES, establishment_id, *columns))


async def tell_managers(con: asyncpg.Connection, establishment_id: UUID) -> tuple[list[UUID], list[UUID]]:
    """Take the holes that nobody was told of as told; which, and the managers to tell."""
    holes = [row[0] for row in await con.fetch(UNTOLD, establishment_id)]
    return holes, [row[0] for row in await con.fetch(MANAGERS, establishment_id)] if holes else []


async def places(con: asyncpg.Connection) -> list[Place]:
    """Every establishment."""
    return [Place(*row) for row in await con.fetch(PLACES)]
