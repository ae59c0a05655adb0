"""Routing in the demonstration: an agreement between the public centre and the clinic, a night that it covers, and a hole to be seen."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4
from zoneinfo import ZoneInfo

import asyncpg

from app.db import agreements, demonstration, rosters
from app.db.agreements import Terms
from app.db.door import establishment_tx
from app.db.rosters import NewChange
from app.domain.people import Caller, Role
from app.services.demonstration_cast import CENTRE, CLINIC, WEEK


async def arrange(pool: asyncpg.Pool, now: datetime) -> None:
    """Both managers have signed that the clinic covers the centre's nights; tomorrow night it does. The worker brings them together."""
    zone, agreement_id = ZoneInfo(CENTRE.timezone), uuid4()
    tomorrow = now.astimezone(zone).date() + timedelta(days=1)
    nights = [(day * 1440 + 20 * 60, day * 1440 + 32 * 60) for day in WEEK]
    for here, partner, side in ((CENTRE.id, CLINIC.id, "covered"), (CLINIC.id, CENTRE.id, "covering")):
        async with establishment_tx(pool, here) as con:
            manager = await _manager(con, here)
            terms = Terms(
                side=side,
                partner_id=partner,
                disciplines=["level2"],
                regimen_levels=None,
                regimens=None,
                from_minutes=[start for start, _ in nights],
                to_minutes=[end for _, end in nights],
                holidays="all_day",
                from_on=tomorrow - timedelta(days=30),
                until_on=tomorrow + timedelta(days=335),
                shares=["alert", "contact", "reports", "treatment"],
            )
            await agreements.propose(con, manager, agreement_id, terms)
    async with establishment_tx(pool, CENTRE.id) as con:
        manager = await _manager(con, CENTRE.id)
        for person in await rosters.people(con, CENTRE.id):
            if person.coordination_level == 2 and "nuit" in await demonstration.login_of(con, CENTRE.id, person.id):
                await _away(con, manager, person.id, tomorrow, zone, 20, 12)
            if person.coordination_level == 1:
                await _away(con, manager, person.id, _next_working_day(tomorrow + timedelta(days=3)), zone, 8, 10)


async def _manager(con: asyncpg.Connection, here: UUID) -> Caller:
    person = await demonstration.staff_of_role(con, here, Role.MANAGER)
    return Caller(person, person, here, person, Role.MANAGER, None, True)


async def _away(
    con: asyncpg.Connection, by: Caller, staff: UUID, day: date, zone: ZoneInfo, from_hour: int, lasts: int
) -> None:
    start = datetime.combine(day, time(from_hour), zone)
    await rosters.add_change(con, by, NewChange(uuid4(), "absence", staff, start, start + timedelta(hours=lasts)))


def _next_working_day(day: date) -> date:
    return day if day.weekday() < 5 else day + timedelta(days=7 - day.weekday())
