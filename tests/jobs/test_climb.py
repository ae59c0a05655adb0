"""The sweep that climbs ladders: once each, red first, however many run and however late."""

from __future__ import annotations

import asyncio
import re
import time

import asyncpg

from app.db import escalations, invariants
from app.domain.civil import holidays_around
from app.jobs.sweeps import Sweeps
from app.services import escalation
from tests.jobs.conftest import Desk, Silent

LATEST = """
select a.level, e.due_at from escalation e join alert a on (a.establishment_id, a.id) = (e.establishment_id, e.alert_id)
where e.outcome = 'notified'
"""


async def climb(desk: Desk) -> int:
    """One sweep; how many establishments have news."""
    async with desk.pool.acquire() as con, con.transaction():
        return len(await escalation.climb(con))


async def test_a_rung_that_is_due_is_climbed_once(desk: Desk) -> None:
    await desk.alerts(1, "orange", "level2|oncologist|")
    assert [await climb(desk), await climb(desk)] == [1, 0]
    assert await desk.value("select array_agg(recipient) from notification") == ["level2"]
    assert await desk.value("select outcome from escalation where step = 0") == "notified"
    assert await desk.value("select count(*) from escalation where done_at is null") == 2


async def test_a_rung_of_tomorrow_is_left_alone(desk: Desk) -> None:
    await desk.alerts(1, "orange", "level2|", late="-1 day")
    assert await climb(desk) == 0


async def test_the_gravest_comes_first_and_then_who_waits_longest(desk: Desk) -> None:
    await desk.alerts(2, "yellow", "level2|", late="29 minutes")
    await desk.alerts(2, "orange", "level2|", late="20 minutes")
    await desk.alerts(1, "red", "level2|", late="1 minute")
    await desk.alerts(1, "red", "level2|", late="10 minutes")
    taken = []
    for _ in range(6):
        async with desk.pool.acquire() as con, con.transaction():
            await escalation.climb(con, 1)
        taken.append(await desk.look.fetchrow(LATEST))
        await desk.look.execute("update escalation set outcome = 'superseded' where outcome = 'notified'")
    assert [row["level"] for row in taken] == ["red", "red", "orange", "orange", "yellow", "yellow"]
    assert taken[0]["due_at"] < taken[1]["due_at"]


async def test_four_sweeps_at_once_call_each_person_once(desk: Desk) -> None:
    await desk.alerts(400, "orange", "level2|oncologist|")
    await desk.alerts(100, "red", "oncologist,level2|any_oncologist|")

    async def sweep() -> None:
        while await climb(desk):
            pass

    await asyncio.gather(*(sweep() for _ in range(4)))
    assert await desk.value("select count(*) from escalation where step = 0 and done_at is null") == 0
    assert await desk.value("select count(*) from notification") == 400 + 2 * 100
    doubles = (
        "select count(*) from (select from notification group by alert_id, round, step, staff_id having count(*) > 1) d"
    )
    assert await desk.value(doubles) == 0


async def test_who_has_acknowledged_stops_the_ladder(desk: Desk) -> None:
    await desk.alerts(1, "orange", "level2|oncologist|")
    await desk.look.execute("update alert set state = 'acknowledged', acknowledged_at = app_now()")
    await climb(desk)
    assert await desk.value("select count(*) from notification") == 0
    assert await desk.value("select outcome from escalation where step = 0") == "superseded"


async def test_a_rung_of_an_earlier_round_is_superseded(desk: Desk) -> None:
    await desk.alerts(1, "orange", "level2|")
    await desk.look.execute("update alert set round = 2")
    await climb(desk)
    assert await desk.value("select count(*) from notification") == 0


async def test_the_last_rung_makes_the_alert_undeliverable_and_writes_it_down(desk: Desk) -> None:
    await desk.alerts(1, "red", "any_oncologist|", late="1 hour")
    await climb(desk)
    await climb(desk)
    assert await desk.value("select state from alert") == "undeliverable"
    assert await desk.value("select count(*) from event where verb = 'alert_undeliverable'") == 1


async def test_nobody_on_duty_makes_an_urgent_rung_go_on_at_once_and_a_yellow_one_wait(desk: Desk) -> None:
    await desk.look.execute("delete from duty")
    await desk.alerts(1, "orange", "level2|oncologist|")
    await desk.alerts(1, "yellow", "level1|level2|")
    await climb(desk)
    due = "select e.due_at <= app_now() from escalation e join alert a on a.id = e.alert_id where e.step = 1 and a.level = $1"
    assert await desk.value(due, "orange") is True
    assert await desk.value(due, "yellow") is False


async def test_whoever_is_called_may_open_the_file_for_a_day(desk: Desk) -> None:
    await desk.alerts(1, "orange", "level2|")
    await climb(desk)
    lasts = "select until_at - from_at = interval '24 hours' from access where basis = 'on_call'"
    assert await desk.value(lasts) is True
    await desk.look.execute("update escalation set done_at = null, outcome = null where step = 0")
    await climb(desk)
    assert await desk.value("select count(*) from access where basis = 'on_call'") == 1


async def stuck(con: asyncpg.Connection) -> int:
    """Open alerts that no timer watches."""
    return sum(found.count for found in await invariants.broken(con, 50) if found.kind == "stuck_alert")


async def test_an_open_alert_without_a_timer_is_counted(desk: Desk) -> None:
    await desk.alerts(3, "orange", "level2|")
    async with desk.pool.acquire() as con:
        assert await stuck(con) == 0
        await desk.look.execute("update escalation set done_at = app_now(), outcome = 'notified' where step < 2")
        assert await stuck(con) == 3


async def test_many_at_once_are_all_climbed_by_one_tick(desk: Desk) -> None:
    """A storm, or a worker that was away: the sweep goes on until nothing is due (N7 counts the seconds)."""

    await desk.alerts(1_000, "orange", "level2|oncologist|")
    begin = time.monotonic()
    await Sweeps(desk.pool, Silent()).climb()  # type: ignore[arg-type] # see Silent
    print(f"1,000 rungs in {time.monotonic() - begin:.2f} s")
    assert await desk.value("select count(*) from escalation where step = 0 and done_at is null") == 0


async def test_a_database_that_is_too_slow_for_many_at_once_is_climbed_in_smaller_steps(desk: Desk) -> None:
    """Otherwise each tick would be cancelled with all that it has done, and no ladder would ever move."""
    await desk.alerts(200, "red", "level2|oncologist|")
    await desk.look.execute(
        "create function slowly() returns trigger language plpgsql as $$ begin perform pg_sleep(0.02); return new; end $$;"
        " create trigger slowly before insert on notification for each row execute function slowly()"
    )
    await Sweeps(desk.pool, Silent()).climb()  # type: ignore[arg-type] # see Silent
    assert await desk.value("select count(*) from escalation where step = 0 and done_at is null") == 0
    assert await desk.value("select count(*) from notification") == 200


async def plan(desk: Desk) -> str:
    """How the next sweep would read, planned now."""
    async with desk.pool.acquire() as con, con.transaction():
        at = await con.fetchval(escalations.IS_DUE)
        return "\n".join(row[0] for row in await con.fetch(f"explain {escalations.CLIMB}", 1000, holidays_around(at)))


def assert_reads_by_index(text: str) -> None:
    """No table is read whole, nor all that one person may see."""
    assert re.findall(r"Seq Scan on (escalation|alert|access|notification|alert_round)\b", text) == []
    assert re.findall(r"using (access_\w+) on", text) == ["access_patient"], "one person may see ten thousand patients"


async def test_the_climb_reads_by_index_although_its_tables_were_empty_when_it_was_planned(desk: Desk) -> None:
    await desk.alerts(1, "red", "level2|oncologist|")
    await desk.look.execute("analyze")
    assert_reads_by_index(await plan(desk))


async def test_the_climb_reads_by_index_also_when_it_is_planned_again_in_the_middle_of_a_storm(desk: Desk) -> None:
    """Of some tables statistics have been taken by then, of others not: each small index looks as good as the right one."""
    await desk.alerts(3_000, "red", "oncologist,level2|any_oncologist|")
    await desk.look.execute("analyze escalation, alert, notification")
    await climb(desk)
    text = await plan(desk)
    assert_reads_by_index(text)
    assert re.findall(r"using (\w+) on alert_round k\b", text) == ["alert_round_pkey"], "all are of one establishment"
