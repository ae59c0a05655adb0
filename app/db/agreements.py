"""Cooperation agreements: each side has its own row, signs its own, and the worker carries what the other side has done."""

from __future__ import annotations

from datetime import date, datetime
from typing import Literal
from uuid import UUID

import asyncpg
from msgspec import Struct

from app.domain.people import Caller

AGREEMENTS = """
select g.id, g.side, g.partner_id, e.name as partner, g.disciplines, g.regimen_levels, g.regimens, g.from_minutes, g.to_minutes, g.holidays,
       g.from_on, g.until_on, g.shares, g.proposed_at, g.signed_at, s.name as signed_by, g.partner_signed_at, g.ended_at,
       case g.side when 'covered' then h.timezone else e.timezone end as timezone
from agreement g join establishment e on e.id = g.partner_id join establishment h on h.id = g.establishment_id
left join staff s on (s.establishment_id, s.id) = (g.establishment_id, g.signed_by)
where g.establishment_id = $1 order by g.ended_at is not null, g.from_on, g.proposed_at
"""

# Who proposes, signs.
PROPOSE = """
with proposed as (
    insert into agreement (establishment_id, id, side, partner_id, disciplines, regimen_levels, regimens, from_minutes, to_minutes,
                           holidays, from_on, until_on, shares, proposed_at, signed_at, signed_by)
    select $1, $2, $3, e.id, $5, $6, $7, $8, $9, $10, $11, $12, $13, app_now(), app_now(), $14
    from establishment e where e.id = $4 and e.id <> $1
    returning id
)
insert into event (establishment_id, id, at, actor_kind, actor_id, verb, subject_id)
select $1, gen_random_uuid(), app_now(), 'staff', $14, 'agreement_proposed', id from proposed returning id
"""

SIGN = """
with signed as (
    update agreement set signed_at = app_now(), signed_by = $3
    where establishment_id = $1 and id = $2 and signed_at is null and ended_at is null returning id
)
insert into event (establishment_id, id, at, actor_kind, actor_id, verb, subject_id)
select $1, gen_random_uuid(), app_now(), 'staff', $3, 'agreement_signed', id from signed returning id
"""

END = """
with ended as (
    update agreement set ended_at = app_now(), ended_by = $3 where establishment_id = $1 and id = $2 and ended_at is null returning id
)
insert into event (establishment_id, id, at, actor_kind, actor_id, verb, subject_id)
select $1, gen_random_uuid(), app_now(), 'staff', $3, 'agreement_ended', id from ended returning id
"""

PARTNERS = "select id, name, kind from establishment where id <> $1 order by name"

# What one side has proposed, signed or ended is carried to the other, as it was signed: the terms of a row never change.
CARRY = """
with sent as (
    insert into agreement (establishment_id, id, side, partner_id, disciplines, regimen_levels, regimens, from_minutes, to_minutes,
                           holidays, from_on, until_on, shares, proposed_at, partner_signed_at)
    select g.partner_id, g.id, case g.side when 'covered' then 'covering' else 'covered' end, g.establishment_id, g.disciplines,
           g.regimen_levels, g.regimens, g.from_minutes, g.to_minutes, g.holidays, g.from_on, g.until_on, g.shares, g.proposed_at,
           g.signed_at
    from agreement g
    where g.signed_at is not null and g.ended_at is null
      and not exists (select from agreement o where (o.establishment_id, o.id) = (g.partner_id, g.id))
    on conflict do nothing
    returning establishment_id, id, 'agreement_received' as verb
), signed as (
    update agreement g set partner_signed_at = o.signed_at
    from agreement o
    where (o.establishment_id, o.id, o.partner_id) = (g.partner_id, g.id, g.establishment_id) and o.signed_at is not null
      and g.partner_signed_at is null and g.ended_at is null and o.ended_at is null
    returning g.establishment_id, g.id, 'agreement_in_force' as verb
), ended as (
    update agreement g set ended_at = o.ended_at
    from agreement o
    where (o.establishment_id, o.id, o.partner_id) = (g.partner_id, g.id, g.establishment_id) and o.ended_at is not null
      and g.ended_at is null
    returning g.establishment_id, g.id, 'agreement_ended_by_partner' as verb
)
insert into event (establishment_id, id, at, actor_kind, verb, subject_id)
select establishment_id, gen_random_uuid(), app_now(), 'system', verb, id
from (select * from sent union all select * from signed union all select * from ended) x
returning establishment_id
"""

# An agreement that was ended closes at once what was open under it, on both sides.
SHUT = """
with shut as (
    update cover c set until_at = app_now()
    from agreement g
    where (g.establishment_id, g.id) = (c.establishment_id, c.agreement_id) and g.ended_at is not null and c.until_at > app_now()
    returning c.establishment_id, c.side, c.staff_id, c.alert_id
), closed as (
    update access x set until_at = app_now()
    from shut join alert a on (a.establishment_id, a.id) = (shut.establishment_id, shut.alert_id)
    where shut.side = 'covered' and (x.establishment_id, x.patient_id, x.staff_id) = (a.establishment_id, a.patient_id, shut.staff_id)
      and x.basis = 'cover' and x.until_at > app_now()
)
select distinct establishment_id from shut
"""


class AgreementRow(Struct, frozen=True):
    """An agreement as one side has it."""

    id: UUID
    side: str
    partner_id: UUID
    partner: str
    disciplines: list[str]
    regimen_levels: list[int] | None
    regimens: list[str] | None
    from_minutes: list[int]
    to_minutes: list[int]
    holidays: Literal["as_usual", "all_day", "only"]
    from_on: date
    until_on: date
    shares: list[str]
    proposed_at: datetime
    signed_at: datetime | None
    signed_by: str | None
    partner_signed_at: datetime | None
    ended_at: datetime | None
    timezone: str  # of the patients: days and hours are on the wall there


class Terms(Struct, frozen=True):
    """What an agreement says."""

    side: str
    partner_id: UUID
    disciplines: list[str]
    regimen_levels: list[int] | None
    regimens: list[str] | None
    from_minutes: list[int]
    to_minutes: list[int]
    holidays: str
    from_on: date
    until_on: date
    shares: list[str]


class Partner(Struct, frozen=True):
    """Another establishment."""

    id: UUID
    name: str
    kind: str


async def of(con: asyncpg.Connection, establishment_id: UUID) -> list[AgreementRow]:
    """Every agreement of this establishment, those in force or asked first."""
    return [AgreementRow(*row) for row in await con.fetch(AGREEMENTS, establishment_id)]


async def propose(con: asyncpg.Connection, caller: Caller, agreement_id: UUID, t: Terms) -> bool:
    """Sign our side of new terms; False when there is no such partner."""
    args = (
        t.side,
        t.partner_id,
        t.disciplines,
        t.regimen_levels,
        t.regimens,
        t.from_minutes,
        t.to_minutes,
        t.holidays,
        t.from_on,
    )
    more = t.until_on, t.shares, caller.person_id
    return await con.fetchval(PROPOSE, caller.establishment_id, agreement_id, *args, *more) is not None


async def sign(con: asyncpg.Connection, caller: Caller, agreement_id: UUID) -> bool:
    """Sign our side; False when there is nothing to sign."""
    return await con.fetchval(SIGN, caller.establishment_id, agreement_id, caller.person_id) is not None


async def end(con: asyncpg.Connection, caller: Caller, agreement_id: UUID) -> bool:
    """End it, or refuse it; False when it has ended already."""
    return await con.fetchval(END, caller.establishment_id, agreement_id, caller.person_id) is not None


async def partners(con: asyncpg.Connection, establishment_id: UUID) -> list[Partner]:
    """With whom an agreement can be made."""
    return [Partner(*row) for row in await con.fetch(PARTNERS, establishment_id)]


async def carry(con: asyncpg.Connection) -> set[UUID]:
    """Bring to each side what the other has done, and shut what has ended; which establishments have news. The worker only."""
    news = {row[0] for row in await con.fetch(CARRY)}
    return news | {row[0] for row in await con.fetch(SHUT)}
