"""Reminders: each due one exactly once, over a whole year, on both nights of a clock change; none on hold, after a stop, once told."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, date, datetime, time, timedelta
from itertools import pairwise
from uuid import UUID
from zoneinfo import ZoneInfo

import pytest

from app.db import courses as course_rows
from app.db import reminders as rows
from app.db.door import establishment_tx
from app.db.reminders import Setting
from app.domain.courses import day_of, hours_on, schedule_of
from app.domain.errors import CannotSnooze
from app.domain.people import Identity
from app.domain.schedules import schedule
from app.services import course_orders, courses, daily, patients, reminders
from app.services.course_orders import Leaving
from app.services.courses import Loaded, Prescription
from app.services.patients import Enrolment
from app.services.reminders import Snooze
from tests.cast import Cast, Patient
from tests.courses_cast import at, order, remind, told
from tests.rules.book import rulebook

PARIS = ZoneInfo("Europe/Paris")
BEGIN = datetime(2026, 11, 25, 10, 0, tzinfo=UTC)
PATIENTS = 200
REGIMENS = (
    "letrozole",
    "palbociclib",
    "capecitabine_mono",
    "anastrozole",
    "temozolomide_maintenance",
    "vinorelbine_oral_weekly",
)


async def enrolled(cast: Cast, n: int) -> Patient:
    """One more patient, on one regimen after the other."""
    regimen = REGIMENS[n % len(REGIMENS)]
    who = Identity(f"Année{n}", "Essai", date(1950, 1, 1) + timedelta(days=n), "01 99 00 30 00")
    partners = ("letrozole",) if regimen == "palbociclib" else ()
    async with cast.asking(cast.a) as con:
        safe = await cast.vault.of(con, cast.a.id)
        wanted = Enrolment(
            who, "fr", regimen, (BEGIN - timedelta(days=n % 23)).date(), 70.0, Prescription(partners=partners)
        )
        patient_id, _ = await patients.enrol(con, safe, rulebook(), cast.a.nurse, wanted)
    return Patient(cast.a.id, patient_id, who.name, regimen)


async def own_hours(cast: Cast, who: Patient, clock: time) -> None:
    """The patient wants to be reminded at this hour, and twelve hours later where there are two intakes."""
    async with cast.asking(cast.a) as con:
        known = await courses.current(con, rulebook(), cast.a.id, who.id)
        for drug in known.course.regimen.drugs:
            line = schedule_of(known.course, drug)
            if line is None:
                continue
            times = [time((clock.hour + 12 * k) % 24, clock.minute) for k in range(line.times_per_day)]
            times.sort(key=lambda t: (t < time(3), t))
            since = max(known.row.started_on, day_of(known.course.zones, known.row.now))
            await course_rows.set_hours(con, cast.a.id, known.row.id, who.id, drug.inn, since, times)
        known = await courses.current(con, rulebook(), cast.a.id, who.id)
        await reminders.rewrite(con, cast.a.id, known, known.row.now)


async def extend(cast: Cast) -> None:
    """What the sweep does for every course whose reminders run out."""
    async with cast.worker.acquire() as con:
        due = await rows.due_plans(con, 1000)
    for each in due:
        async with establishment_tx(cast.app, each.establishment_id, lock=each.patient_id) as con:
            await daily.extend(con, rulebook(), each.establishment_id, each.course_id)


async def loaded(cast: Cast, who: Patient) -> Loaded:
    async with cast.asking(cast.a) as con:
        return await courses.current(con, rulebook(), cast.a.id, who.id)


def planned(known: Loaded, until: datetime) -> dict[str, datetime]:
    """Every hour at which something is to be taken, by the plan alone: its key and when it is due."""
    found: dict[str, datetime] = {}
    drugs = {d.inn: d for d in known.course.regimen.drugs}
    for slot in schedule(known.course, day_of(known.course.zones, BEGIN), day_of(known.course.zones, until)):
        line = schedule_of(known.course, drugs[slot.drug])
        assert line is not None
        clock = hours_on(known.course, drugs[slot.drug], line, slot.day)[slot.number]
        if not slot.held and BEGIN < slot.due_at <= until:
            found[f"intake:{known.row.id}:{slot.day}:{clock:%H:%M}:0"] = slot.due_at
    return found


def moments(until: datetime) -> list[datetime]:
    """When the worker ticks: some times a day, each night of a clock change every ten minutes, and once not at all for three days."""
    dice = random.Random(7)  # noqa: S311 - the same ticks every time
    found, now = list[datetime](), BEGIN
    nights = (date(2027, 3, 28), date(2027, 10, 31))
    while now < until:
        near = any(abs((now.astimezone(PARIS).date() - night).days) <= 0 for night in nights)
        step = timedelta(minutes=10) if near else timedelta(hours=dice.uniform(1.0, 2.8))
        step = timedelta(days=3) if date(2027, 6, 5) == now.date() and len(found) % 7 == 0 else step
        now += step
        found.append(min(now, until))
    return found


async def test_each_due_reminder_of_a_year_comes_exactly_once(cast: Cast) -> None:
    """Two hundred patients. Some have hours of the night, where clocks jump; some are held, stopped, gone, or want none."""
    await at(cast, BEGIN)
    everybody = [await enrolled(cast, n) for n in range(PATIENTS)]
    dice = random.Random(11)  # noqa: S311 - the same hours every time
    for n, who in enumerate(everybody):
        clock = time(2, 30) if n % 10 == 0 else time(dice.randint(6, 22), dice.choice((0, 15, 30, 45)))
        await own_hours(cast, who, clock)
    silent, held, stopped, gone = everybody[3], everybody[4], everybody[5], everybody[7]
    async with cast.asking(cast.a) as con:
        await rows.set_setting(con, cast.a.id, silent.id, Setting(enabled=False))
        await reminders.rewrite(con, cast.a.id, await courses.current(con, rulebook(), cast.a.id, silent.id), BEGIN)
    until, changes = (
        BEGIN + timedelta(days=365),
        {
            BEGIN + timedelta(days=100): (order, (held, "hold")),
            BEGIN + timedelta(days=130): (order, (held, "resume")),
            BEGIN + timedelta(days=200): (order, (stopped, "stop")),
            BEGIN + timedelta(days=220): (leave, (gone,)),
        },
    )
    ticked: list[datetime] = []
    for moment in sorted({*moments(until), *changes}):
        await at(cast, moment)
        await remind(cast)
        if moment in changes:
            do, args = changes[moment]
            await do(cast, *args)
        if moment.hour % 6 == 0 or len(ticked) % 5 == 0:
            await extend(cast)
        await remind(cast)
        ticked.append(moment)
    sent = await cast.superuser.fetch(
        "select person_id, dedupe_key, created_at from notice where kind = 'intake_reminder'"
    )
    by_person: dict[UUID, Counter[str]] = {who.id: Counter() for who in everybody}
    when = {row["dedupe_key"]: row["created_at"] for row in sent}
    for row in sent:
        if row["person_id"] in by_person:  # the seed's own patients are reminded too
            by_person[row["person_id"]][row["dedupe_key"]] += 1
    slept = [(a, b) for a, b in pairwise(ticked) if b - a > timedelta(hours=5)]
    assert slept, "the worker was away once"
    total = 0
    for who in everybody:
        assert not [key for key, times in by_person[who.id].items() if times != 1]
        if who is silent:
            assert not by_person[who.id]
            continue
        wanted = planned(await loaded(cast, who), until)
        if who is gone:
            wanted = {key: due for key, due in wanted.items() if due <= BEGIN + timedelta(days=220)}
        # What fell due while the worker was away for longer than its window is of no use to anybody.
        lost = {
            key
            for key, due in wanted.items()
            if any(a < due and b - due > timedelta(hours=3) for a, b in slept if due < b)
        }
        assert set(by_person[who.id]) | lost == set(wanted), who
        for key in by_person[who.id]:
            assert when[key] >= wanted[key]
            assert when[key] == min(t for t in ticked if t >= wanted[key]), "late by one tick at most"
        total += len(by_person[who.id])
    assert total > 40_000


async def leave(cast: Cast, who: Patient) -> None:
    async with cast.asking(cast.a) as con:
        await course_orders.leave(con, rulebook(), cast.a.nurse, who.id, Leaving("died"))


async def test_who_has_told_is_not_reminded_and_who_puts_off_is_once_more(cast: Cast) -> None:
    await at(cast, BEGIN)
    who = await enrolled(cast, 0)
    async with cast.asking(cast.a) as con:
        await rows.set_setting(con, cast.a.id, who.id, Setting(repeats=1, repeat_minutes=60))
        await reminders.rewrite(con, cast.a.id, await courses.current(con, rulebook(), cast.a.id, who.id), BEGIN)
    eight = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
    await at(cast, eight)
    assert await remind(cast, who) == 1
    wish = Snooze("letrozole", date(2026, 11, 26), 0, 90)
    async with cast.asking(cast.a) as con:
        assert (await reminders.snooze(con, rulebook(), cast.a.id, who.id, wish)).at == eight + timedelta(minutes=90)
    await at(cast, eight + timedelta(minutes=60))
    assert await remind(cast, who) == 0, "the repetition has given way to what the patient asked for"
    await at(cast, eight + timedelta(minutes=90))
    assert await remind(cast, who) == 1
    with pytest.raises(CannotSnooze):
        async with cast.asking(cast.a) as con:
            await reminders.snooze(
                con, rulebook(), cast.a.id, who.id, Snooze("letrozole", date(2026, 11, 26), 0, 179 + 120)
            )
    await at(cast, datetime(2026, 11, 27, 6, 50, tzinfo=UTC))
    await told(cast, who, drug="letrozole", kind="taken", at=datetime(2026, 11, 27, 6, 50, tzinfo=UTC))
    await at(cast, datetime(2026, 11, 27, 7, 1, tzinfo=UTC))
    assert await remind(cast, who) == 0, "told before it was due"


async def test_a_hold_calls_back_what_is_under_way_and_the_resumed_plan_reminds_again(cast: Cast) -> None:
    await at(cast, BEGIN)
    who = await enrolled(cast, 3)
    eight = datetime(2026, 11, 26, 7, 0, tzinfo=UTC)
    await at(cast, eight)
    assert await remind(cast, who) == 1
    await order(cast, who, "hold")
    states = [
        r["state"]
        for r in await cast.superuser.fetch(
            "select state from notice where kind = 'intake_reminder' and person_id = $1", who.id
        )
    ]
    assert states == ["cancelled"]
    await at(cast, eight + timedelta(days=1))
    assert await remind(cast, who) == 0
    await order(cast, who, "resume")
    await at(cast, eight + timedelta(days=2))
    assert await remind(cast, who) == 1
    assert (
        await cast.superuser.fetchval(
            "select count(*) from notice where kind = 'plan_changed' and person_id = $1", who.id
        )
        == 2
    )
