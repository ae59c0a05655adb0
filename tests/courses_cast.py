"""What people do with a course, called as the doors call it: for tests on a real database with the people of tests/cast.py."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

import asyncpg
from msgspec import convert
from uuid_utils.compat import uuid7

from app.db import adherence as states
from app.db.door import establishment_tx
from app.services import course_orders, courses, daily, intakes, reminders
from app.services.course_pages import CoursePage
from app.services.courses import Loaded, NewOrder
from app.services.intakes import IntakeDraft, IntakeReceipt, Submission, Teller
from tests.cast import Cast, Patient
from tests.rules.book import rulebook


async def at(cast: Cast, instant: datetime) -> None:
    """Go to this instant and stand still there."""
    await cast.superuser.execute("update clock set shift = '0', frozen_at = $1", instant)


async def course(cast: Cast, who: Patient) -> Loaded:
    """The patient's course as it stands."""
    async with establishment_tx(cast.app, who.establishment_id) as con:
        return await courses.current(con, rulebook(), who.establishment_id, who.id)


async def tell(cast: Cast, who: Patient, intake_id: UUID | None = None, **draft: Any) -> Submission:
    """An intake as the phone sends it: drug, kind, at, and whatever else."""
    teller = Teller(who.establishment_id, who.id, "patient", who.id)
    async with establishment_tx(cast.app, who.establishment_id, lock=who.id) as con:
        wanted = convert(draft, IntakeDraft)
        return await intakes.submit(con, rulebook(), teller, intake_id or uuid7(), wanted)


async def told(cast: Cast, who: Patient, **draft: Any) -> IntakeReceipt:
    """The same; the answer, which must be one."""
    receipt = (await tell(cast, who, **draft)).receipt
    assert receipt is not None
    return receipt


async def order(cast: Cast, who: Patient, kind: str, **more: Any) -> CoursePage:
    """Signed by the oncologist of the patient's establishment, after whatever the last order is."""
    tenant = cast.a if cast.a.id == who.establishment_id else cast.b
    async with establishment_tx(cast.app, who.establishment_id) as con:
        last = (await courses.current(con, rulebook(), who.establishment_id, who.id)).row.last
        new = convert({"after": last, "kind": kind, "reason": "essai", **more}, NewOrder)
        return await course_orders.order(con, rulebook(), tenant.staff["oncologist"], who.id, new)


async def sweep(cast: Cast) -> int:
    """Every look that is due, as the worker finds and the application judges it; how many."""
    async with cast.worker.acquire() as con:
        due = await states.due_looks(con, 1000)
    for each in due:
        async with establishment_tx(cast.app, each.establishment_id, lock=each.patient_id) as con:
            await daily.look(con, rulebook(), each.establishment_id, each.course_id)
    return len(due)


async def remind(cast: Cast, who: Patient | None = None) -> int:
    """Everything that is due is reminded of; how often this patient was by it."""
    count = "select count(*) from notice where kind = 'intake_reminder' and person_id = $1"
    before = await cast.superuser.fetchval(count, who.id) if who else 0
    async with cast.worker.acquire() as con, con.transaction():
        while await reminders.send_due(con):
            pass
    return int(await cast.superuser.fetchval(count, who.id)) - before if who else 0


async def alerts(cast: Cast, who: Patient) -> list[asyncpg.Record]:
    """The patient's episodes, oldest first."""
    return list(await cast.superuser.fetch("select * from alert where patient_id = $1 order by opened_at", who.id))
