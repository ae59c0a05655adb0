"""The fortnight's question is brought to the phone once, by day, to who wants it; never in bad moments, never after the end."""

from __future__ import annotations

from datetime import date, datetime, time, timedelta
from uuid import UUID, uuid4

import pytest

from app.db import courses as course_rows
from app.db import devices, outcome_timers, reminders
from app.db.door import establishment_tx
from app.db.reminders import Setting
from app.domain.courses import schedule_of
from app.domain.reach import Device
from app.services import course_orders, courses, outcome_calls, outcomes
from app.services.course_orders import Leaving
from app.services.outcomes import OutcomeAnswer
from tests.cast import Cast, Patient
from tests.courses_cast import order
from tests.model_cast import go, told
from tests.rules.book import rulebook
from tests.services.test_outcomes import as_patient
from tests.world import START

FIRST = date(2026, 11, 25)  # of the fortnight after START
ELEVEN = START + timedelta(days=15, hours=1)  # the first day on which it is asked about, at 11:00 in Paris
DAY = timedelta(days=1)

TAKE = "update alert set state = 'acknowledged', acknowledged_at = app_now(), acknowledged_by = $2, owner_id = $2 where patient_id = $1"


async def sweep(cast: Cast) -> None:
    """Every look that is due, as the worker finds and the application judges it."""
    async with cast.worker.acquire() as con:
        due = await outcome_timers.due(con, 100)
    for each in due:
        async with establishment_tx(cast.app, each.establishment_id, lock=each.patient_id) as con:
            await outcome_calls.look(con, rulebook(), each.establishment_id, each.patient_id)


async def asked(cast: Cast, who: Patient, at: datetime) -> int:
    """How many questions have been put for this patient by then."""
    await go(cast, at)
    await sweep(cast)
    query = "select count(*) from notice where kind = 'outcome_question' and person_id = $1"
    return int(await cast.superuser.fetchval(query, who.id))


async def look_at(cast: Cast, who: Patient) -> datetime | None:
    """When this patient is looked at again."""
    found = await cast.superuser.fetchval("select look_at from outcome_timer where patient_id = $1", who.id)
    assert found is None or isinstance(found, datetime)
    return found


async def with_phone(cast: Cast, who: Patient) -> Patient:
    """The same patient, with something to push to."""
    async with cast.asking(cast.a) as con:
        await devices.add(
            con, cast.a.id, who.id, Device(uuid4(), f"https://push.example/{who.id}", "k", "s", None), "phone"
        )
    return who


@pytest.fixture
async def ready(cast: Cast) -> Patient:
    """A patient with a phone who has made a calm report at START."""
    await told(cast, cast.a.patient, {})
    return await with_phone(cast, cast.a.patient)


async def test_a_question_is_brought_once_by_day_when_its_fortnight_is_over(cast: Cast, ready: Patient) -> None:
    moments = (START + DAY, START + 14 * DAY, ELEVEN - timedelta(minutes=1), ELEVEN, ELEVEN + timedelta(hours=3))
    assert [await asked(cast, ready, at) for at in moments] == [0, 0, 0, 1, 1]
    assert [await asked(cast, ready, ELEVEN + n * DAY) for n in range(1, 20)] == [1] * 19
    assert await look_at(cast, ready) is None
    row = await cast.superuser.fetchrow(
        "select run_after, expires_at, subject_id from notice where person_id = $1", ready.id
    )
    assert (row["run_after"], row["expires_at"]) == (ELEVEN, ELEVEN + timedelta(hours=9)), (
        "nobody is told in the evening"
    )


async def test_who_goes_on_reporting_is_asked_every_fortnight_and_a_new_report_starts_it_again(
    cast: Cast, ready: Patient
) -> None:
    await asked(cast, ready, START + 10 * DAY)
    await told(cast, ready, {}, answered_at=START + 10 * DAY)
    assert [await asked(cast, ready, ELEVEN + n * DAY) for n in (0, 13, 14)] == [1, 1, 2]
    await asked(cast, ready, ELEVEN + 40 * DAY)
    assert await look_at(cast, ready) is None
    later = ELEVEN + 60 * DAY
    await go(cast, later)
    await told(cast, ready, {}, answered_at=later)
    assert [await asked(cast, ready, later + n * DAY) for n in (1, 28)] == [2, 3]


async def test_a_worker_that_comes_at_night_waits_for_the_day(cast: Cast, ready: Patient) -> None:
    assert await asked(cast, ready, ELEVEN + timedelta(hours=10)) == 0
    assert await look_at(cast, ready) == ELEVEN + DAY
    assert await asked(cast, ready, ELEVEN + DAY) == 1


async def test_nobody_is_told_twice_nor_after_somebody_has_answered(cast: Cast, ready: Patient) -> None:
    calm = await with_phone(cast, cast.a.patients[1])
    await told(cast, calm, {})
    no = OutcomeAnswer(FIRST, visit=False, severe=False)
    await go(cast, ELEVEN - timedelta(minutes=5))
    async with cast.asking(cast.a) as con:
        await outcomes.answer_for(con, cast.a.nurse, calm.id, no, ELEVEN)
    assert (await asked(cast, calm, ELEVEN), await asked(cast, ready, ELEVEN)) == (0, 1)
    async with cast.asking(cast.a) as con:
        await outcomes.answer_own(con, as_patient(ready), no, ELEVEN)
    assert await cast.superuser.fetchval("select state from notice where person_id = $1", ready.id) == "cancelled"


async def test_who_wants_no_reminders_or_has_no_phone_is_not_pushed(cast: Cast, ready: Patient) -> None:
    phoneless = cast.a.patients[1]
    await told(cast, phoneless, {})
    async with cast.asking(cast.a) as con:
        await reminders.set_setting(con, cast.a.id, ready.id, Setting(enabled=False))
    assert [await asked(cast, ready, ELEVEN + n * DAY) for n in range(3)] == [0, 0, 0]
    async with cast.asking(cast.a) as con:
        await reminders.set_setting(con, cast.a.id, ready.id, Setting(enabled=True))
    assert (await asked(cast, ready, ELEVEN + 3 * DAY), await asked(cast, phoneless, ELEVEN + 3 * DAY)) == (1, 0)
    assert [await asked(cast, phoneless, ELEVEN + n * DAY) for n in (13, 14, 15)] == [0, 0, 0]
    assert await look_at(cast, phoneless) is None


async def test_about_whom_an_alert_waits_for_somebody_is_left_alone(cast: Cast) -> None:
    ill = await with_phone(cast, cast.a.patient)
    await told(cast, ill, {"diarrhoea": {"F": 4}})
    await cast.superuser.execute("update notification set state = 'received'")
    assert [await asked(cast, ill, ELEVEN + timedelta(hours=n)) for n in (0, 1, 2, 26)] == [0, 0, 0, 0]
    await cast.superuser.execute(TAKE, ill.id, cast.a.nurse.person_id)
    assert await asked(cast, ill, ELEVEN + timedelta(hours=27)) == 1


async def test_an_alert_that_is_not_a_day_old_keeps_the_question_back_although_somebody_has_it(
    cast: Cast, ready: Patient
) -> None:
    await go(cast, ELEVEN - timedelta(hours=3))
    await told(cast, ready, {"diarrhoea": {"F": 4}})
    await cast.superuser.execute("update notification set state = 'received'")
    await cast.superuser.execute(TAKE, ready.id, cast.a.nurse.person_id)
    assert [await asked(cast, ready, ELEVEN + timedelta(hours=n)) for n in (0, 1, 25)] == [0, 0, 1]


async def test_while_a_call_of_the_house_waits_to_leave_no_question_is_put(cast: Cast, ready: Patient) -> None:
    other = cast.a.patients[1]
    await go(cast, ELEVEN - timedelta(minutes=1))
    await told(cast, other, {"chest_pain": {"S": 4}})
    assert await asked(cast, ready, ELEVEN) == 0
    await cast.superuser.execute("update notification set state = 'received'")
    soon = ELEVEN + timedelta(minutes=5)
    assert await look_at(cast, ready) == soon, "calls leave within seconds"
    assert await asked(cast, ready, soon) == 1


async def test_a_call_that_waits_to_be_tried_again_holds_up_no_question(cast: Cast, ready: Patient) -> None:
    await go(cast, ELEVEN - timedelta(minutes=1))
    await told(cast, cast.a.patients[1], {"chest_pain": {"S": 4}})
    await cast.superuser.execute("update notification set run_after = app_now() + interval '10 minutes'")
    assert await asked(cast, ready, ELEVEN) == 1


async def test_after_death_nobody_is_asked_but_after_the_treatment_they_are(cast: Cast, ready: Patient) -> None:
    gone = await with_phone(cast, cast.a.patients[1])
    await told(cast, gone, {})
    await order(cast, ready, "stop")
    async with cast.asking(cast.a) as con:
        await course_orders.leave(con, rulebook(), cast.a.nurse, gone.id, Leaving("died"))
    assert (await asked(cast, ready, ELEVEN), await asked(cast, gone, ELEVEN)) == (1, 0)
    assert await look_at(cast, gone) is None


@pytest.mark.parametrize(("first", "hour"), [(time(7), 11), (time(13, 30), 13.5), (time(21), 18), (time(1), 11)])
async def test_who_begins_the_day_late_is_asked_late(cast: Cast, ready: Patient, first: time, hour: float) -> None:
    async with cast.asking(cast.a) as con:
        known = await courses.current(con, rulebook(), cast.a.id, ready.id)
        (drug,) = known.course.regimen.drugs
        line = schedule_of(known.course, drug)
        assert line is not None
        assert line.times_per_day == 2
        times = sorted((first, time(2)), key=lambda t: (t < time(3), t))
        await course_rows.set_hours(con, cast.a.id, known.row.id, ready.id, drug.inn, START.date(), times)
    at = ELEVEN + timedelta(hours=hour - 11)
    assert [await asked(cast, ready, at - timedelta(minutes=1)), await asked(cast, ready, at)] == [0, 1]


async def test_a_look_that_fails_is_put_off_and_holds_up_nobody(cast: Cast, ready: Patient) -> None:
    await go(cast, ELEVEN)
    async with cast.asking(cast.a) as con:
        await outcome_timers.put_off(con, cast.a.id, ready.id)
    assert await look_at(cast, ready) == ELEVEN + timedelta(hours=1)
    assert await asked(cast, ready, ELEVEN + timedelta(hours=1)) == 1


async def test_the_worker_reads_no_answer(cast: Cast, ready: Patient) -> None:
    """It finds whose time has come by two ids and a time."""
    await go(cast, ELEVEN)
    async with cast.worker.acquire() as con:
        assert [(each.establishment_id, each.patient_id) for each in await outcome_timers.due(con, 10)] == [
            (cast.a.id, UUID(str(ready.id)))
        ]
