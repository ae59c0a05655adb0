"""A smart box beside the diary: when it is not in use, and what it alone would count."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from uuid import UUID, uuid4

import pytest

from app.db import boxes as box_rows
from app.db.door import establishment_tx
from app.domain.errors import ContentRefused, NotFound
from app.domain.people import Caller, Role
from app.services import box_pauses, boxes, plans
from app.services.box_pauses import NewPause, OwnPause
from app.services.boxes import BoxEvent, BoxEvents, BoxPage, NewBox
from app.services.sign_in import token_hash
from tests.cast import Cast
from tests.courses_cast import at, told
from tests.rules.book import rulebook

CAPECITABINE = "capecitabine"
ISSUED = datetime(2026, 11, 25, 14, 0, tzinfo=UTC)  # in the afternoon of C3D10
EVENING = datetime(2026, 11, 25, 19, 0, tzinfo=UTC)


async def issue(cast: Cast) -> boxes.IssuedBox:
    await at(cast, ISSUED)
    async with cast.asking(cast.a) as con:
        return await boxes.issue(con, rulebook(), cast.a.nurse, cast.a.patient.id, NewBox(CAPECITABINE, "pilulier"))


async def opens(cast: Cast, token: str, *times: datetime) -> None:
    async with establishment_tx(cast.app, cast.a.id, lock=cast.a.patient.id) as con:
        known = await box_rows.by_token(con, cast.a.id, token_hash(token))
        assert known is not None
        sent = BoxEvents([BoxEvent(f"e{when.timestamp():.0f}", when) for when in times])
        await boxes.hear(con, rulebook(), cast.a.id, known[0], sent, known[1])


async def page(cast: Cast, first: date = date(2026, 11, 25), last: date = date(2026, 11, 28)) -> BoxPage:
    async with cast.asking(cast.a) as con:
        return await boxes.page(con, rulebook(), cast.a.nurse, cast.a.patient.id, first, last)


def patient(cast: Cast) -> Caller:
    who = cast.a.patient
    return Caller(who.id, who.id, cast.a.id, who.id, Role.PATIENT, None, True)


async def own(cast: Cast, box_id: UUID, first: date, last: date | None = None) -> None:
    async with cast.asking(cast.a) as con:
        await box_pauses.pause_own(con, rulebook(), patient(cast), box_id, OwnPause(first, last))


async def test_doses_before_a_box_was_there_are_no_difference(cast: Cast) -> None:
    morning = datetime(2026, 11, 25, 7, 5, tzinfo=UTC)
    await at(cast, morning)
    await told(cast, cast.a.patient, drug=CAPECITABINE, kind="taken", at=morning)
    await issue(cast)
    await at(cast, ISSUED + timedelta(days=2))
    assert (await page(cast)).differences == []


async def test_the_box_alone_is_counted_in_whole_days_of_its_use(cast: Cast) -> None:
    issued = await issue(cast)
    await at(cast, ISSUED + timedelta(days=3))
    days = [EVENING + timedelta(hours=12 * n) for n in range(5)]  # 25 in the evening, 26 and 27 whole
    await opens(cast, issued.token, *days, days[1] + timedelta(hours=2))
    (alone,) = (await page(cast)).alone
    assert (alone.expected, alone.taken, alone.extra) == (5, 4, 1), "the morning of the 28th was not opened"
    async with cast.asking(cast.a) as con:
        out = NewPause("out_of_order", datetime(2026, 11, 28, 2, 0, tzinfo=UTC))
        await box_pauses.pause(con, rulebook(), cast.a.nurse, cast.a.patient.id, issued.id, out)
    (alone,) = (await page(cast)).alone
    assert (alone.expected, alone.taken) == (4, 4)


async def test_a_revoked_box_is_silent_without_fault(cast: Cast) -> None:
    issued = await issue(cast)
    await at(cast, ISSUED + timedelta(days=1))
    async with cast.asking(cast.a) as con:
        await boxes.revoke(con, cast.a.nurse, rulebook(), cast.a.patient.id, issued.id)
    await at(cast, ISSUED + timedelta(days=3))
    assert [day.monitored for day in (await page(cast)).days] == [False, False, False, False]
    with pytest.raises(NotFound):
        await own(cast, issued.id, date(2026, 11, 28))


async def test_the_patients_own_days_begin_and_end_at_three_in_the_morning_where_they_are(cast: Cast) -> None:
    issued = await issue(cast)
    await own(cast, issued.id, date(2026, 11, 27), date(2026, 11, 28))
    (box,) = (await page(cast)).boxes
    (span,) = box.pauses
    assert (span.from_at, span.until_at) == (
        datetime(2026, 11, 27, 2, tzinfo=UTC),
        datetime(2026, 11, 29, 2, tzinfo=UTC),
    )
    assert (span.reason, span.noted_by) == ("other", "patient")
    async with cast.asking(cast.a) as con:
        plan = await plans.plan(con, rulebook(), cast.a.id, cast.a.patient.id)
    assert [(b.label, [p.from_at for p in b.pauses]) for b in plan.boxes] == [("pilulier", [span.from_at])]
    await at(cast, datetime(2026, 11, 29, 2, tzinfo=UTC))
    async with cast.asking(cast.a) as con:
        plan = await plans.plan(con, rulebook(), cast.a.id, cast.a.patient.id)
    assert [b.pauses for b in plan.boxes] == [[]], "over"


async def test_in_use_again_ends_what_lasts_and_withdraws_what_was_announced(cast: Cast) -> None:
    issued = await issue(cast)
    await own(cast, issued.id, date(2026, 11, 25), date(2026, 12, 5))
    await own(cast, issued.id, date(2026, 12, 20), date(2026, 12, 24))
    await at(cast, ISSUED + timedelta(days=2))
    async with cast.asking(cast.a) as con:
        await box_pauses.resume_own(con, rulebook(), patient(cast), issued.id)
    (box,) = (await page(cast)).boxes
    assert [(p.from_at, p.until_at) for p in box.pauses] == [
        (datetime(2026, 11, 25, 2, tzinfo=UTC), ISSUED + timedelta(days=2))
    ]
    kept = await cast.superuser.fetch(
        "select withdrawn_at is null as kept, withdrawn_by_kind from box_pause order by from_at"
    )
    assert [tuple(row) for row in kept] == [(True, None), (False, "patient")], "nothing is deleted"
    with pytest.raises(NotFound):
        async with cast.asking(cast.a) as con:
            await box_pauses.resume(con, rulebook(), cast.a.nurse, cast.a.patient.id, issued.id)


async def test_a_box_of_somebody_else_and_days_that_cannot_be_are_refused(cast: Cast) -> None:
    issued = await issue(cast)
    other = cast.a.patients[2]
    stranger = Caller(other.id, other.id, cast.a.id, other.id, Role.PATIENT, None, True)
    async with cast.asking(cast.a) as con:
        with pytest.raises(NotFound):
            await box_pauses.pause_own(con, rulebook(), stranger, issued.id, OwnPause(date(2026, 11, 25)))
        with pytest.raises(NotFound):
            await box_pauses.resume_own(con, rulebook(), stranger, issued.id)
        with pytest.raises(NotFound):
            await box_pauses.pause_own(con, rulebook(), patient(cast), uuid4(), OwnPause(date(2026, 11, 25)))
    for first, last in (
        ("2026-11-10", None),
        ("2026-11-25", "2026-11-24"),
        ("2027-12-01", None),
        ("2026-11-25", "2027-12-01"),
    ):
        with pytest.raises(ContentRefused):
            await own(cast, issued.id, date.fromisoformat(first), date.fromisoformat(last) if last else None)
    assert await cast.superuser.fetchval("select count(*) from box_pause") == 0
