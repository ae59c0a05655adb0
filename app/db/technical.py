"""Technical alerts as they are kept: one open row per kind and establishment."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

import asyncpg
from msgspec import Struct


class TechnicalRow(Struct, frozen=True):
    """Something that is or was wrong with Vigie itself."""

    id: UUID
    kind: str
    first_at: datetime
    last_at: datetime
    times: int
    detail: str
    ended_at: datetime | None


# xmax is 0 for a row that this statement has made: only a new alert is told to anybody.
RAISE = """
insert into technical_alert as t (establishment_id, id, kind, first_at, last_at, detail)
values ($1, gen_random_uuid(), $2, app_now(), app_now(), $3)
on conflict (establishment_id, kind) where ended_at is null do update
set last_at = excluded.last_at, times = t.times + 1, detail = excluded.detail
returning t.id, t.xmax = 0
"""

END_OLD = "update technical_alert set ended_at = app_now() where ended_at is null and last_at < app_now() - $1 * interval '1 second'"

END = "update technical_alert set ended_at = app_now() where establishment_id = $1 and kind = $2 and ended_at is null"

# Of the kinds that are looked for all the time ($1): what is no longer so.
END_WELL = """
update technical_alert t set ended_at = app_now()
where ended_at is null and kind = any($1::text[])
  and not exists (select from unnest($2::uuid[], $3::text[]) u (e, k) where u.e = t.establishment_id and u.k = t.kind)
"""

OPEN = "select kind, count(*) from technical_alert where ended_at is null group by 1"

LIST = """
select id, kind, first_at, last_at, times, detail, ended_at from technical_alert
where establishment_id = $1 and (ended_at is null or ended_at > app_now() - interval '30 days')
order by ended_at is not null, last_at desc limit 200
"""

# Who can do something about it: those who run the house, not those who care for patients.
WHO_IS_TOLD = """
select id from staff where establishment_id = $1 and role in ('manager', 'administrator') and disabled_at is null
"""


async def open_or_renew(con: asyncpg.Connection, establishment_id: UUID, kind: str, detail: str) -> tuple[UUID, bool]:
    """The open alert of this kind, and whether it is new."""
    row = await con.fetchrow(RAISE, establishment_id, kind, detail)
    return row[0], row[1]


async def end(con: asyncpg.Connection, establishment_id: UUID, kind: str) -> None:
    """It is well again."""
    await con.execute(END, establishment_id, kind)


async def end_old(con: asyncpg.Connection, seconds: float) -> None:
    """What nothing has renewed for so long is over."""
    await con.execute(END_OLD, seconds)


async def end_well(con: asyncpg.Connection, kinds: Sequence[str], still: Sequence[tuple[UUID, str]]) -> None:
    """End what is looked for all the time and is no longer so; `still` are establishment and kind of what is."""
    await con.execute(END_WELL, list(kinds), [here for here, _ in still], [kind for _, kind in still])


async def open_kinds(con: asyncpg.Connection) -> dict[str, int]:
    """In how many establishments each kind is open."""
    return dict(await con.fetch(OPEN))


async def lines(con: asyncpg.Connection, establishment_id: UUID) -> list[TechnicalRow]:
    """What is wrong, then what was in the last 30 days."""
    return [TechnicalRow(*row) for row in await con.fetch(LIST, establishment_id)]


async def who_is_told(con: asyncpg.Connection, establishment_id: UUID) -> list[UUID]:
    """Managers and administrators."""
    return [row[0] for row in await con.fetch(WHO_IS_TOLD, establishment_id)]
