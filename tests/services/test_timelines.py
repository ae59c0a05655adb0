"""The oncologist's line and what is taken along: the same numbers as the engine's own, one page, and no cell that is a formula."""

from __future__ import annotations

import csv
from datetime import UTC, date, datetime, timedelta
from io import StringIO

import pytest
from uuid_utils.compat import uuid7

from app.db import boxes as box_rows
from app.db.door import establishment_tx
from app.domain.adherence import measure
from app.domain.errors import ContentRefused, NotFound
from app.domain.intensity import intensity
from app.services import adherence, box_pauses, boxes, cohort, courses, exports, plans, supplies, timeline
from app.services.box_pauses import NewPause
from app.services.boxes import BoxEvent, BoxEvents, NewBox
from app.services.cohort import CohortAsk
from app.services.sign_in import token_hash
from app.services.supplies import NewSupply
from tests.cast import Cast
from tests.courses_cast import at, course, order, sweep, told
from tests.rules.book import rulebook

CAPECITABINE = "capecitabine"
BEGIN = datetime(2026, 11, 25, 7, 5, tzinfo=UTC)
NOW = datetime(2026, 12, 20, 9, 0, tzinfo=UTC)


async def three_weeks(cast: Cast) -> None:
    """What a patient did from C3D10 into cycle 4: mostly taken, one missed, one on a rest day, a hold, a report with a weight."""
    who = cast.a.patient
    plan = [(datetime(2026, 11, 25, 7, 5, tzinfo=UTC) + timedelta(hours=12 * n), "taken") for n in range(8)]
    plan += [(datetime(2026, 11, 29, 7, 5, tzinfo=UTC), "missed"), (datetime(2026, 12, 1, 7, 5, tzinfo=UTC), "taken")]
    plan += [(datetime(2026, 12, 7, 7, 5, tzinfo=UTC) + timedelta(hours=12 * n), "taken") for n in range(6)]
    for when, kind in plan:
        await at(cast, when)
        await told(
            cast, who, drug=CAPECITABINE, kind=kind, at=when, **({"reason": "forgot"} if kind == "missed" else {})
        )
    await at(cast, datetime(2026, 12, 10, 8, 0, tzinfo=UTC))
    await cast.report(
        who,
        {"diarrhoea": {"F": 3}},
        answered_at=datetime(2026, 12, 10, 8, 0, tzinfo=UTC),
        measurements={"weight_kg": 68.5},
    )
    await order(cast, who, "hold")
    await at(cast, NOW)
    await sweep(cast)


async def test_the_line_says_what_the_engine_counts(cast: Cast) -> None:
    await three_weeks(cast)
    known = await course(cast, cast.a.patient)
    async with cast.asking(cast.a) as con:
        line = await timeline.page(
            con, rulebook(), cast.a.staff["oncologist"], cast.a.patient.id, date(2026, 11, 25), None
        )
        entries = await adherence.told(con, cast.a.id, known, date(2026, 11, 1), date(2026, 12, 20))
    (measured,) = line.measures
    drug = known.course.regimen.drugs[0]
    own = measure(known.course, drug, entries, date(2026, 11, 25), date(2026, 12, 20), NOW)
    for name in (
        "planned",
        "held",
        "expected",
        "taken",
        "missed",
        "unreported",
        "extra",
        "rest_day",
        "during_hold",
        "on_time",
    ):
        assert getattr(measured.counts, name) == getattr(own, name), name
    assert (own.taken, own.missed, own.rest_day, own.held) == (14, 1, 1, 21)
    assert intensity(known.course, drug, entries, date(2026, 11, 25), date(2026, 12, 20), NOW) is None
    assert measured.intensity is None, "the dose is not recorded"
    assert measured.phases is not None
    assert (measured.phases.first_on, measured.phases.last_on) == (date(2026, 11, 25), date(2026, 12, 9))
    assert [(s.symptom, [p.grade for p in s.points]) for s in line.symptoms] == [("diarrhoea", [2])]
    assert [w.kg for w in line.weights] == [68.5]
    assert [o.kind for o in line.orders] == ["start", "hold"]
    assert {a.level for a in line.alerts} >= {"orange"}


async def test_a_window_of_more_than_a_year_is_refused_and_a_patient_of_another_house_is_not_there(cast: Cast) -> None:
    async with cast.asking(cast.a) as con:
        with pytest.raises(ContentRefused):
            await timeline.page(con, rulebook(), cast.a.staff["oncologist"], cast.a.patient.id, date(2025, 1, 1), None)
        with pytest.raises(NotFound):
            await timeline.page(con, rulebook(), cast.a.staff["oncologist"], cast.b.patient.id, None, None)


async def test_the_calendar_says_what_kind_each_day_is(cast: Cast) -> None:
    await three_weeks(cast)
    async with cast.asking(cast.a) as con:
        page = await timeline.calendar_page(
            con, rulebook(), cast.a.staff["oncologist"], cast.a.patient.id, date(2026, 11, 25), None
        )
    kinds = {day.day: day.kind for day in page.calendar}
    assert kinds[date(2026, 11, 25)] == "taken"
    assert kinds[date(2026, 11, 29)] == "partly"
    assert kinds[date(2026, 11, 30)] == "rest"
    assert kinds[date(2026, 12, 1)] == "excess"
    assert kinds[date(2026, 12, 12)] == "hold"
    assert page.rates.unreported == page.all.unreported / page.all.expected


async def test_what_is_exported_is_written_down_and_holds_no_formula(cast: Cast) -> None:
    await three_weeks(cast)
    caller, patient = cast.a.staff["oncologist"], cast.a.patient.id
    async with cast.asking(cast.a) as con:
        days = await exports.days_csv(con, rulebook(), caller, patient, date(2026, 11, 25), None)
        told_rows = await exports.intakes_csv(con, rulebook(), caller, patient, date(2026, 11, 25), None)
        safe = await cast.vault.of(con, cast.a.id)
        page = await exports.visit_pdf(con, safe, rulebook(), caller, patient, date(2026, 11, 25), None, "fr")
    rows = list(csv.DictReader(StringIO(days.removeprefix("\ufeff"))))
    assert (len(rows), rows[0]["day"], rows[0]["taken"]) == (26, "2026-11-25", "2")
    assert len(told_rows.splitlines()) == 17
    assert page.startswith(b"%PDF")
    assert page.count(b"/Type /Page\n") == 1
    events = await cast.superuser.fetch(
        "select detail from event where verb = 'patient_exported' and patient_id = $1", patient
    )
    assert len(events) == 3
    assert [exports.quoted(text) for text in ("=1+1", "+33", "-5", "@x", "capécitabine", 5, None)] == [
        *("'=1+1", "'+33", "'-5", "'@x", "capécitabine", "5", "")
    ]


async def test_the_cohort_shows_who_stands_out_and_only_whom_the_caller_may_see(cast: Cast) -> None:
    await three_weeks(cast)
    async with cast.asking(cast.a) as con:
        safe = await cast.vault.of(con, cast.a.id)
        seen = await cohort.page(con, safe, rulebook(), cast.a.staff["oncologist"], CohortAsk(), NOW)
        city = await cohort.page(con, safe, rulebook(), cast.a.staff["city"], CohortAsk(), NOW)
        only = await cohort.page(con, safe, rulebook(), cast.a.nurse, CohortAsk(drug=CAPECITABINE, flag="excess"), NOW)
    assert {m.drug for m in seen.molecules} == {CAPECITABINE, "palbociclib", "letrozole"}
    assert (city.patients, city.lines) == (0, [])
    (line,) = only.lines
    assert (line.name, "excess" in line.flags) == (cast.a.patient.name, True)
    assert seen.centre == safe.establishment.name


async def test_a_smart_box_speaks_once_and_its_silence_is_shown_beside_the_diary(cast: Cast) -> None:
    await at(cast, BEGIN)
    who, nurse = cast.a.patient, cast.a.nurse
    async with cast.asking(cast.a) as con:
        issued = await boxes.issue(con, rulebook(), nurse, who.id, NewBox(CAPECITABINE, "pilulier"))
    opened = [BEGIN + timedelta(minutes=m) for m in (0, 7)] + [BEGIN + timedelta(hours=12)]
    for _ in range(2):
        await at(cast, BEGIN + timedelta(hours=13))
        async with establishment_tx(cast.app, cast.a.id, lock=who.id) as con:
            known = await box_rows.by_token(con, cast.a.id, token_hash(issued.token))
            assert known is not None
            told_events = BoxEvents([BoxEvent(f"e{n}", when) for n, when in enumerate(opened)])
            heard, _ = await boxes.hear(con, rulebook(), cast.a.id, known[0], told_events, known[1])
    assert (heard.received, heard.new) == (3, 0)
    row = await cast.superuser.fetchrow(
        "select taken, extra from adherence_day where patient_id = $1 and day = '2026-11-25'", who.id
    )
    assert tuple(row) == (2, 0), "08:05 and 08:12 are one opening"
    morning = BEGIN + timedelta(days=1)
    await at(cast, morning + timedelta(hours=5))
    await told(cast, who, drug=CAPECITABINE, kind="taken", at=morning)
    async with cast.asking(cast.a) as con:
        page = await boxes.page(con, rulebook(), nurse, who.id, date(2026, 11, 25), date(2026, 11, 26))
        assert [(d.day, d.told) for d in page.differences] == [
            (date(2026, 11, 26), {"app": "taken", "box": "not_opened"})
        ]
        until = morning + timedelta(hours=2)
        await box_pauses.pause(
            con, rulebook(), nurse, who.id, issued.id, NewPause("hospital", morning - timedelta(hours=2), until)
        )
        page = await boxes.page(con, rulebook(), nurse, who.id, date(2026, 11, 25), date(2026, 11, 26))
        assert page.differences == []
        await boxes.revoke(con, nurse, rulebook(), who.id, issued.id)
        assert await box_rows.by_token(con, cast.a.id, token_hash(issued.token)) is None


async def test_boxes_that_will_not_last_are_on_the_list_until_new_ones_are_recorded(cast: Cast) -> None:
    who = cast.a.patients[2]  # letrozole, one tablet a day
    pharmacist = cast.a.staff["city"]
    await at(cast, BEGIN)
    async with cast.asking(cast.a) as con:
        with pytest.raises(NotFound):
            await supplies.record(con, rulebook(), pharmacist, who.id, uuid7(), NewSupply("letrozole", 2.5, 10))
        await con.execute(
            "insert into access (establishment_id, id, patient_id, staff_id, basis, from_at)"
            " values ($1, gen_random_uuid(), $2, $3, 'named_by_patient', app_now())",
            *(cast.a.id, who.id, pharmacist.person_id),
        )
        first = uuid7()
        for _ in range(2):
            left = await supplies.record(con, rulebook(), pharmacist, who.id, first, NewSupply("letrozole", 2.5, 10))
    assert [(s.days_left, s.left[0].count) for s in left.stock] == [(10, 10)]
    assert await cast.superuser.fetchval("select count(*) from refill") == 0
    for day in range(1, 6):
        await at(cast, BEGIN + timedelta(days=day))
        await sweep(cast)
    async with cast.asking(cast.a) as con:
        safe = await cast.vault.of(con, cast.a.id)
        listed = await supplies.refills(con, safe, rulebook(), cast.a.staff["level1"])
        assert [(line.patient_id, line.empty_on) for line in listed] == [(who.id, date(2026, 12, 5))]
    tasks = await cast.superuser.fetch("select person_id, dedupe_key, run_after from notice where kind = 'task'")
    assert len(tasks) == len({t["dedupe_key"] for t in tasks}) >= 2, (
        "each morning, to each of the administrative coordination"
    )
    async with cast.asking(cast.a) as con:
        await supplies.record(con, rulebook(), pharmacist, who.id, uuid7(), NewSupply("letrozole", 2.5, 30))
        assert await supplies.refills(con, safe, rulebook(), cast.a.staff["level1"]) == []


async def test_the_phone_has_this_cycle_and_the_next_one(cast: Cast) -> None:
    await at(cast, BEGIN)
    async with cast.asking(cast.a) as con:
        plan = await plans.plan(con, rulebook(), cast.a.id, cast.a.patient.id)
    known = await courses_of(cast)
    assert {slot.cycle for slot in plan.slots} == {3, 4}
    assert len(plan.slots) == 56
    assert plan.version == known.row.last == 1
    assert plan.drugs[0].texts is not None


async def courses_of(cast: Cast) -> courses.Loaded:
    return await course(cast, cast.a.patient)


async def test_boxes_that_come_back_are_counted(cast: Cast) -> None:
    who, nurse = cast.a.patients[2], cast.a.nurse  # letrozole, one tablet of 2.5 mg a day
    await at(cast, BEGIN)
    async with cast.asking(cast.a) as con:
        await supplies.record(con, rulebook(), nurse, who.id, uuid7(), NewSupply("letrozole", 2.5, 30))
        page = await timeline.calendar_page(con, rulebook(), nurse, who.id, None, None)
    assert page.measures[0].supply.pill_count is None, "nothing has come back"
    for day in range(1, 21):
        await at(cast, BEGIN + timedelta(days=day))
        await sweep(cast)
    async with cast.asking(cast.a) as con:
        await supplies.record(con, rulebook(), nurse, who.id, uuid7(), NewSupply("letrozole", 2.5, 12, "returned"))
        page = await timeline.calendar_page(con, rulebook(), nurse, who.id, date(2026, 11, 25), None)
    assert page.measures[0].supply.pill_count == 18 / 20, "18 tablets gone in 20 days"
