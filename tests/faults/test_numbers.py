"""The numbers of reliability.md that are counted over many: copies, first pushes, lateness of the ladder, races (N3 to N8)."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import AsyncIterator
from datetime import datetime, timedelta
from uuid import UUID

import pytest_asyncio
from uuid_utils.compat import uuid7

from app.db import alerts
from app.db.cluster import Cluster
from app.db.door import connect_pool, establishment_tx
from app.db.hints import Hints
from app.delivery.ways import Ways
from app.domain.messages import Message
from app.domain.notifications import Outcome, OutcomeKind
from app.domain.people import Caller, CoordinationLevel, Role
from app.domain.reach import Channel, Contact, Device
from app.jobs.delivery import Sender
from app.services import escalation
from tests.faults.sizes import SIZES, as_time_allows, measured, quantile
from tests.faults.stream import ANSWERS
from tests.jobs.conftest import Desk, desk_on
from tests.world import Person, Seed, World, until

RED = {"diarrhoea": {"F": 4}}


async def test_n3_copies_in_any_order_are_one_report_and_one_alert_each(fresh: World) -> None:
    """Every report is sent many times over, all of it shuffled: as phones do that come back from three days without network."""
    dice = random.Random(20261124)  # noqa: S311 - the same order each time
    patients = [await fresh.new_patient() for _ in range(8)]
    now = await fresh.now()
    reports = [(patients[n % 8], uuid7(), ANSWERS[n % len(ANSWERS)]) for n in range(SIZES.copies // 20)]
    copies = [report for report in reports for _ in range(20)]
    dice.shuffle(copies)
    turns = asyncio.Semaphore(24)
    statuses: dict[UUID, list[int]] = {id_: [] for _, id_, _ in reports}

    async def send(who: Person, id_: UUID, answers: dict[str, dict[str, int]]) -> None:
        async with turns:
            statuses[id_].append((await who.report(answers, report_id=id_, answered_at=now)).status)

    await asyncio.gather(*(send(*copy) for copy in copies))
    again = sum(sorted(found) != [200] * 19 + [201] for found in statuses.values())
    kept = await fresh.value("select count(*) from report")
    verdicts = await fresh.value("select count(*) from verdict")
    alerts = await fresh.value("select count(*) from alert")
    doubled = (kept - len(reports)) + (verdicts - len(reports)) + (alerts - len(patients)) + again
    measured("N3", f"0 of {len(copies):,}", f"{doubled} of {len(copies):,}", well=doubled == 0)
    assert (kept, verdicts, alerts, again) == (len(reports), len(reports), len(patients), 0)


async def test_n4_a_red_is_on_its_way_within_two_seconds(fresh: World) -> None:
    phone = await (await fresh.sign_in("level2")).add_phone()
    patients = [await fresh.new_patient() for _ in range(SIZES.reds)]
    await fresh.leave_screens()
    waits = []
    for number, patient in enumerate(patients, 1):
        await fresh.rows("update call_pace set window_at = window_at - interval '61 seconds'")  # each red is the first
        (await patient.report(RED)).ok(201)
        committed = time.time()
        await until(lambda number=number: len(phone.requests) >= number, 10, "no push")
        waits.append(phone.requests[number - 1].at - committed)
    p99 = quantile(waits, 0.99)
    measured("N4", "p99 2 s", f"p99 {p99:.2f} s of {len(waits)}", well=p99 <= 2)
    assert quantile(waits, 0.9) <= 2, waits  # of 25 the p99 is the slowest, and a machine may stop for a moment


async def test_n5_n6_a_red_that_nobody_sees_goes_on_after_a_minute_and_ends_visibly(fresh: World) -> None:
    """Measured by the house's clock, which the test moves by seconds: the steps are those of a real night."""
    phones = [await (await fresh.sign_in(who)).add_phone() for who in ("level2", "oncologist", "oncologist.second")]
    patient = await fresh.new_patient()
    await fresh.leave_screens()
    (await patient.report(RED)).ok(201)
    await phones[0].next()
    await phones[1].next()

    async def accepted() -> bool:
        return await fresh.value("select count(*) from notification where state = 'accepted'") == 2

    await until(accepted, 10, "not recorded")
    sent: datetime = await fresh.value("select max(accepted_at) from notification")
    await fresh.clock.advance(seconds=57)  # the rest of the minute passes as it does at night
    await until(lambda: phones[2].requests, 30, "nobody else is called")
    step: datetime = await fresh.value("select min(created_at) from notification where step = 1")
    silent = (step - sent).total_seconds()
    measured("N6", "65 s", f"{silent:.1f} s", well=silent <= 65)
    assert silent <= 65
    phones[2].subscription.removed = True  # and the others are silent again

    async def second_round() -> bool:
        return await fresh.value("select count(*) from notification where step = 1 and state = 'accepted'") == 2

    await until(second_round, 15, "the fallback was not called")
    last: datetime = await fresh.value("select max(accepted_at) from notification")
    await fresh.clock.advance(seconds=57)

    async def undeliverable() -> bool:
        return bool(await fresh.value("select state from alert") == "undeliverable")

    await until(undeliverable, 40, "silence looks as if all were well")
    visible = await fresh.value("select undeliverable_at - $1 from alert_round", last)
    after = visible.total_seconds() - 60  # the last failure is that of the receipt, a minute after the push
    measured("N5", "30 s", f"{max(after, 0):.1f} s", well=after <= 30)
    assert after <= 30


@pytest_asyncio.fixture
async def desk(cluster: Cluster, seeded: Seed) -> AsyncIterator[Desk]:
    """A desk whose clock runs."""
    async with desk_on(cluster, seeded) as desk:
        await desk.look.execute("update clock set shift = frozen_at - clock_timestamp(), frozen_at = null")
        yield desk


async def test_n7_ten_thousand_rungs_due_at_once_are_taken_at_one_pace(desk: Desk) -> None:
    await desk.alerts(SIZES.open - SIZES.due_at_once, "red", "oncologist,level2|any_oncologist|", late="-1 day")
    await desk.alerts(SIZES.due_at_once, "red", "oncologist,level2|any_oncologist|", late="0 seconds")
    await desk.look.execute("analyze escalation, alert, notification")
    # Due from now on: making so many rows took longer than climbing them does.
    await desk.look.execute("update escalation set due_at = app_now() where step = 0 and due_at <= app_now()")
    turns: list[float] = []
    news: set[UUID] | None = None
    while news is None or news:
        begun = time.perf_counter()
        async with desk.pool.acquire() as con, con.transaction():
            news = await escalation.climb(con)
        if news:
            turns.append(time.perf_counter() - begun)
        if (
            len(turns) == 1
        ):  # as may happen by itself at any time: the statement is planned anew, on tables that still grow
            await desk.look.execute("analyze escalation, alert, notification")
    late = [
        row[0]
        for row in await desk.look.fetch(
            "select extract(epoch from done_at - due_at)::float8 from escalation where step = 0 and done_at is not null"
        )
    ]
    assert len(late) == SIZES.due_at_once
    worst, p99 = max(late), quantile(late, 0.99)
    measured("N7", "max 5 s, p99 2 s", f"max {worst:.2f} s, p99 {p99:.2f} s", well=worst <= 5 and p99 <= 2)
    # How many seconds is the machine's business, and judged by tests.faults.release. That the last thousand take no longer than the
    # first is ours: a plan that reads the whole of a table for each of them takes ten times as long by the end. The quickest of three,
    # because a machine may stop for a moment.
    assert min(turns[-3:]) <= 4 * min(turns[:3]), turns


class Written(Ways):
    """The network's side of the sender: takes everything, and remembers when."""

    def __init__(self) -> None:
        self.configured = frozenset({Channel.WEB_PUSH})
        self.begun: dict[str, float] = {}

    async def send(self, message: Message, target: Device | Contact, now: datetime) -> Outcome:
        """Note the moment at which the push begins."""
        assert target.id
        assert now
        self.begun[message.url.rpartition("/")[2]] = time.monotonic()
        await asyncio.sleep(0)
        return Outcome(kind=OutcomeKind.ACCEPTED, because="accepted", status=201)


# Each call has a person of its own: a person's fourth in a minute would be held back, and could not race.
RACERS = """
with here as (select id from establishment where name like '% A')
insert into staff (establishment_id, id, name, role, coordination_level, created_at)
select here.id, gen_random_uuid(), 'racer ' || n, 'coordinator', 2, app_now() from here, generate_series(1, $1::int) n
"""
DEVICES = """
insert into push_device (establishment_id, id, person_id, endpoint, p256dh, auth, label, created_at)
select establishment_id, gen_random_uuid(), id, 'https://push.example/' || id, 'x', 'x', 'x', app_now() from staff where name like 'racer %'
"""
CALLS = """
insert into notification (establishment_id, id, alert_id, round, step, staff_id, recipient, level, state, token, run_after, created_at)
select a.establishment_id, gen_random_uuid(), a.id, 1, 0, s.id, 'level2', 'red', 'pending', a.id::text, app_now(), app_now()
from (select *, row_number() over (order by id) as n from alert where state = 'open') a
join (select *, row_number() over (order by id) as n from staff where name like 'racer %') s using (n)
returning alert_id
"""
AT_ONCE = 250
FORGOTTEN = timedelta(hours=4)


async def test_n8_no_push_begins_a_second_after_its_alert_was_taken(desk: Desk) -> None:
    dice = random.Random(20261124)  # noqa: S311 - the same races each time
    ways = Written()
    hints = Hints(desk.where, "vigie_worker")
    sender = Sender(desk.pool, ways, hints, "https://vigie.example.org")
    await desk.look.execute(RACERS, AT_ONCE)
    await desk.look.execute(DEVICES)
    here, person = await desk.look.fetchrow("select establishment_id, id from staff where name = 'level2 A'")
    nurse = Caller(person, person, here, person, Role.COORDINATOR, CoordinationLevel(2), True)
    app = await connect_pool(desk.where, "vigie_app", size=2)
    late = pushed = done = 0
    for done in as_time_allows(SIZES.races // AT_ONCE):  # noqa: B007 - how far it went is told below
        await desk.look.execute(
            "update alert set state = 'closed', closed_at = app_now(), action = 'x', outcome = 'x', useful = true"
        )
        await desk.look.execute("truncate call_pace")
        await desk.alerts(AT_ONCE, "red", "level2|", late="-1 day")
        calls = [row[0] for row in await desk.look.fetch(CALLS)]
        assert len(calls) == AT_ONCE
        ways.begun.clear()
        taken: dict[str, float] = {}

        async def take(calls: list[UUID] = calls, taken: dict[str, float] = taken) -> None:
            for alert_id in dice.sample(calls, len(calls)):
                async with establishment_tx(app, nurse.establishment_id) as con:
                    assert await alerts.acknowledge(con, nurse, alert_id, 1, FORGOTTEN)
                taken[str(alert_id)] = time.monotonic()

        async def send() -> None:
            due = 1
            while due:
                due = await sender.send_due()
            while sender._sending:
                await asyncio.wait(set(sender._sending))

        await asyncio.gather(take(), send())
        pushed += len(ways.begun)
        late += sum(begun > taken[alert] + 1.0 for alert, begun in ways.begun.items() if alert in taken)
    await app.close()
    races = done * AT_ONCE
    well = late == 0 and races == SIZES.races
    measured("N8", f"0 of {SIZES.races:,} races", f"{late} of {races:,} ({pushed:,} pushed)", well=well)
    assert late == 0
    assert 0 < pushed <= races
