"""Another treatment after one that has ended: seen before it is signed, and then followed like the first."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

import pytest

from app.db import courses as course_rows
from app.domain.errors import ContentRefused, OrderRefused
from app.services import course_orders, course_previews, plans
from app.services.course_pages import CoursePage
from app.services.course_previews import NewCourse, PreviewAsk
from app.services.courses import NewOrder, Prescription
from tests.cast import Cast
from tests.courses_cast import at, course, order, sweep, told
from tests.rules.book import rulebook

NOW = datetime(2026, 11, 25, 9, 0, tzinfo=UTC)
MONDAY = date(2026, 11, 30)
PALBOCICLIB = NewCourse("palbociclib", MONDAY, Prescription(partners=("letrozole",)))


async def begin(cast: Cast, new: NewCourse) -> CoursePage:
    async with cast.asking(cast.a) as con:
        safe = await cast.vault.of(con, cast.a.id)
        oncologist = cast.a.staff["oncologist"]
        return await course_orders.begin(con, safe, rulebook(), oncologist, cast.a.patient.id, new)


async def sign(cast: Cast, mg: float) -> CoursePage:
    """The start that was copied, with this dose."""
    signature = course_orders.Signature(Prescription(doses={"capecitabine": mg}))
    async with cast.asking(cast.a) as con:
        return await course_orders.sign(con, rulebook(), cast.a.staff["oncologist"], cast.a.patient.id, signature)


async def test_another_treatment_begins_only_when_the_last_one_has_ended(cast: Cast) -> None:
    await at(cast, NOW)
    with pytest.raises(OrderRefused):
        await begin(cast, PALBOCICLIB)
    stopped = await order(cast, cast.a.patient, "stop")
    assert (stopped.may.begin, stopped.may.sign) == (True, False), (
        "a start that nobody has signed is of no use any more"
    )
    with pytest.raises(OrderRefused):
        await sign(cast, 1500)
    with pytest.raises(ContentRefused):
        await begin(cast, NewCourse("no_such_thing", MONDAY))
    page = await begin(cast, PALBOCICLIB)
    assert (page.regimen, page.state, page.started_on, page.prescription.partners) == (
        "palbociclib",
        "planned",
        MONDAY,
        ("letrozole",),
    )
    assert [(d.id, d.partner) for d in page.drugs] == [("palbociclib", False), ("letrozole", True)]
    assert (page.orders[0].kind, page.orders[0].signed_by is not None) == ("start", True)
    assert not page.may.begin


async def test_it_is_planned_reminded_of_and_looked_at_like_the_first(cast: Cast) -> None:
    await at(cast, NOW)
    await order(cast, cast.a.patient, "stop")
    await begin(cast, PALBOCICLIB)
    who = cast.a.patient
    reminded = """select until_at from reminder_plan r join course c on (c.establishment_id, c.id) = (r.establishment_id, r.course_id)
    where c.regimen = 'palbociclib' and c.patient_id = $1"""
    assert await cast.superuser.fetchval(reminded, who.id) is not None
    await at(cast, datetime(2026, 11, 30, 7, 10, tzinfo=UTC))
    await told(cast, who, drug="palbociclib", kind="taken", at=datetime(2026, 11, 30, 7, 5, tzinfo=UTC))
    await at(cast, datetime(2026, 12, 2, 4, 0, tzinfo=UTC))
    await sweep(cast)
    known = await course(cast, who)
    rows = await cast.superuser.fetch(
        "select day, taken, unreported from adherence_day where course_id = $1 and drug = 'palbociclib' order by day",
        known.row.id,
    )
    assert [(str(r["day"]), r["taken"], r["unreported"]) for r in rows][:2] == [
        ("2026-11-30", 1, 0),
        ("2026-12-01", 0, 1),
    ]
    async with cast.asking(cast.a) as con:
        plan = await plans.plan(con, rulebook(), cast.a.id, who.id)
    assert {slot.drug for slot in plan.slots} == {"palbociclib", "letrozole"}


async def test_the_first_cycle_is_seen_before_anything_is_kept(cast: Cast) -> None:
    await at(cast, NOW)
    page = await course_previews.preview_course(rulebook(), cast.a.staff["oncologist"], PALBOCICLIB, "Europe/Paris")
    assert (page.cycle_days, page.zone, page.intakes, page.problems, page.too_close) == (28, "Europe/Paris", 49, [], [])
    assert await cast.superuser.fetchval("select count(*) from course where patient_id = $1", cast.a.patient.id) == 1


async def test_a_preview_says_which_doses_come_too_close_after_a_journey(cast: Cast) -> None:
    await at(cast, NOW)
    await sign(cast, 2000)
    patient = cast.a.patient
    await at(cast, datetime(2026, 11, 26, 7, 30, tzinfo=UTC))  # 08:30 in Paris, 16:30 in Tokyo: the evening is near
    ask = PreviewAsk(NewOrder(after=1, kind="dose_change", reason="essai", doses={"capecitabine": 1500}))
    async with cast.asking(cast.a) as con:
        before = await course_previews.preview_order(con, rulebook(), cast.a.staff["oncologist"], patient.id, ask)
        assert await course_rows.move(con, cast.a.id, patient.id, "Asia/Tokyo")
        after = await course_previews.preview_order(con, rulebook(), cast.a.staff["oncologist"], patient.id, ask)
    assert before.too_close == []
    assert after.zone == "Asia/Tokyo"
    assert [(c.drug, c.at - c.before_at) for c in after.too_close] == [("capecitabine", timedelta(hours=4))]
