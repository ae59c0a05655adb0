"""Climbing the ladder: rungs that are due are taken once, and the end of it is seen."""

from __future__ import annotations

import asyncio
from datetime import timedelta

import asyncpg

from app.db import alerts, clock, invariants, outbox
from app.services import escalation
from tests.cast import Cast

CHEST_PAIN = {"chest_pain": {"S": 3}}
TIRED = {"fatigue": {"S": 3, "I": 2}}
BY_HAND = {"unheard_of": {"P": 1}}


async def climb(cast: Cast) -> int:
    """One sweep; how many establishments had news."""
    async with cast.worker.acquire() as con, con.transaction():
        return len(await escalation.climb(con))


async def later(cast: Cast, **how: float) -> None:
    await clock.advance(cast.owner, timedelta(**how).total_seconds())


async def rungs(cast: Cast) -> list[str | None]:
    """What became of each rung, in order."""
    rows = await cast.superuser.fetch("select outcome from escalation order by round, step")
    return [row["outcome"] for row in rows]


async def called(cast: Cast) -> set[str]:
    """The logins of everyone who was called."""
    rows = await cast.superuser.fetch(
        "select a.login from notification n join account a on a.person_id = n.staff_id group by a.login"
    )
    return {row["login"].partition("@")[0] for row in rows}


async def state(cast: Cast) -> str:
    return str((await cast.alert(cast.a.patient))["state"])


async def test_a_red_that_nobody_takes_climbs_every_quarter_of_an_hour_until_it_says_so(cast: Cast) -> None:
    await cast.report(cast.a.patient, CHEST_PAIN)
    assert await called(cast) == {"level2", "oncologist"}
    assert await climb(cast) == 0, "the first rung was taken with the report"
    await later(cast, minutes=15, seconds=1)
    assert await climb(cast) == 1
    assert await called(cast) == {"level2", "oncologist", "oncologist.second"}
    assert (await cast.alert(cast.a.patient))["escalated_to"] == "any_oncologist"
    await later(cast, minutes=15)
    await climb(cast)
    assert await state(cast) == "undeliverable"
    assert await rungs(cast) == ["notified", "notified", "undeliverable"]
    verbs = await cast.superuser.fetch("select verb from event where actor_kind = 'system' order by at, verb")
    assert {"alert_escalated", "alert_undeliverable"} <= {row["verb"] for row in verbs}


async def test_an_acknowledgement_stops_the_ladder(cast: Cast) -> None:
    await cast.report(cast.a.patient, CHEST_PAIN)
    alert = await cast.alert(cast.a.patient)
    async with cast.asking(cast.a) as con:
        assert await alerts.acknowledge(con, cast.a.nurse, alert["id"], 1)
    await later(cast, days=2)
    assert await climb(cast) == 0
    assert await state(cast) == "acknowledged"
    assert await rungs(cast) == ["notified", "acknowledged", "acknowledged"]


async def test_sweeps_that_run_at_once_take_each_rung_once(cast: Cast) -> None:
    for patient in cast.a.patients:
        await cast.report(patient, CHEST_PAIN)
    await later(cast, minutes=16)
    news = await asyncio.gather(*(climb(cast) for _ in range(4)))
    assert sum(news) >= 1
    twice = "select count(*) from (select 1 from notification group by alert_id, round, step, staff_id having count(*) > 1) x"
    assert await cast.superuser.fetchval(twice) == 0
    assert await cast.superuser.fetchval("select count(*) from escalation where step = 1 and outcome = 'notified'") == 3
    assert await cast.superuser.fetchval("select count(*) from event where verb = 'alert_escalated'") == 3


async def test_a_sweep_that_was_asleep_for_hours_catches_up(cast: Cast) -> None:
    await cast.report(cast.a.patient, CHEST_PAIN)
    await later(cast, hours=9)
    await climb(cast)
    await climb(cast)
    assert await state(cast) == "undeliverable"


async def nobody_on_duty(cast: Cast) -> None:
    await cast.superuser.execute("delete from duty where establishment_id = $1", cast.a.id)


async def test_where_nobody_is_on_duty_a_red_goes_on_at_once(cast: Cast) -> None:
    await nobody_on_duty(cast)
    await cast.report(cast.a.patient, CHEST_PAIN)
    assert await called(cast) == set()
    assert await climb(cast) == 1, "without waiting a quarter of an hour"
    assert await called(cast) == {"oncologist", "oncologist.second"}
    assert (await rungs(cast))[:2] == ["nobody", "notified"]


async def test_where_nobody_works_at_all_a_red_is_undeliverable_within_three_sweeps(cast: Cast) -> None:
    await nobody_on_duty(cast)
    await cast.superuser.execute("update staff set disabled_at = app_now()")
    await cast.report(cast.a.patient, CHEST_PAIN)
    for _ in range(3):
        await climb(cast)
    assert await state(cast) == "undeliverable"


async def test_where_nobody_is_on_duty_a_yellow_waits_for_its_day(cast: Cast) -> None:
    await nobody_on_duty(cast)
    await cast.report(cast.a.patients[2], TIRED)
    for _ in range(3):
        assert await climb(cast) == 0
    assert await rungs(cast) == ["nobody", None, None, None]


async def test_whoever_is_disabled_is_not_called(cast: Cast) -> None:
    await cast.superuser.execute("update staff set disabled_at = app_now() where id = $1", cast.a.nurse.person_id)
    await cast.report(cast.a.patient, CHEST_PAIN)
    assert await called(cast) == {"oncologist"}


async def test_who_is_called_may_open_the_file_for_a_day(cast: Cast) -> None:
    await cast.superuser.execute("delete from access where establishment_id = $1 and role = 'oncologist'", cast.a.id)
    await cast.report(cast.a.patient, CHEST_PAIN)
    await later(cast, minutes=16)
    await climb(cast)
    second = cast.a.staff["oncologist.second"]
    alert = await cast.alert(cast.a.patient)
    async with cast.asking(cast.a) as con:
        assert await alerts.one(con, second, alert["id"]) is not None
    await later(cast, hours=25)
    async with cast.asking(cast.a) as con:
        assert await alerts.one(con, second, alert["id"]) is None


async def test_something_worse_leaves_the_old_ladder_behind(cast: Cast) -> None:
    await cast.report(cast.a.patient, BY_HAND)
    await cast.report(cast.a.patient, CHEST_PAIN)
    assert (await rungs(cast))[:3] == ["notified", "superseded", "superseded"]
    await later(cast, hours=1)
    await climb(cast)
    await climb(cast)
    rows = await cast.superuser.fetch("select distinct round from notification where step > 0")
    assert [row["round"] for row in rows] == [2]


async def lose_all(cast: Cast) -> None:
    """Every call was accepted by the push service, and shown by no phone."""
    async with cast.worker.acquire() as con:
        for n in await outbox.lease(con, 32):
            await outbox.accepted(con, n, "web_push")
    await later(cast, seconds=61)
    async with cast.worker.acquire() as con, con.transaction():
        await escalation.give_up_on_silent(con)


async def test_an_urgent_call_without_a_receipt_goes_on_to_the_next_rung(cast: Cast) -> None:
    await cast.report(cast.a.patient, CHEST_PAIN)
    await lose_all(cast)
    assert await climb(cast) == 1
    assert "oncologist.second" in await called(cast)


async def test_one_receipt_of_two_is_enough_to_wait(cast: Cast) -> None:
    await cast.report(cast.a.patient, CHEST_PAIN)
    async with cast.worker.acquire() as con:
        sent = await outbox.lease(con, 32)
        for n in sent:
            await outbox.accepted(con, n, "web_push")
    async with cast.asking(cast.a) as con:
        await outbox.receipt(con, cast.a.id, sent[0].token, "received")
    await later(cast, seconds=61)
    async with cast.worker.acquire() as con, con.transaction():
        await escalation.give_up_on_silent(con)
    assert await climb(cast) == 0


async def stuck(con: asyncpg.Connection) -> int:
    return sum(found.count for found in await invariants.broken(con, 50) if found.kind == "stuck_alert")


async def test_no_open_alert_is_ever_without_a_timer(cast: Cast) -> None:
    async with cast.worker.acquire() as con:
        for told in (BY_HAND, CHEST_PAIN, TIRED, {}):
            for patient in cast.a.patients:
                await cast.report(patient, told)
            assert await stuck(con) == 0
        for _ in range(6):
            await later(cast, minutes=20)
            await climb(cast)
            assert await stuck(con) == 0
        await cast.superuser.execute(
            "update escalation set done_at = app_now(), outcome = 'nobody' where done_at is null"
        )
        await cast.superuser.execute("update alert set state = 'open'")
        assert await stuck(con) == 3, "and the watch would see it"
