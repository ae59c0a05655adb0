"""The outbox: leased, receipted, never sent after an acknowledgement, never forgotten."""

from __future__ import annotations

import asyncio

import asyncpg

from app.db import outbox
from app.db.outbox import Notification
from app.services import escalation
from tests.jobs.conftest import Desk


async def called(desk: Desk, count: int, level: str = "orange") -> None:
    """So many alerts whose first rung has been called."""
    await desk.alerts(count, level, "level2|oncologist|")
    async with desk.pool.acquire() as con, con.transaction():
        await escalation.climb(con)


async def lease(desk: Desk, batch: int = 100) -> list[Notification]:
    """What a sender gets."""
    async with desk.pool.acquire() as con:
        return await outbox.lease(con, batch)


async def later(desk: Desk, seconds: float) -> None:
    """The clock of the house goes on."""
    await desk.look.execute("update clock set frozen_at = frozen_at + $1 * interval '1 second'", seconds)


async def test_a_lease_lapses_after_twenty_seconds_and_the_call_is_sent_again(desk: Desk) -> None:
    await called(desk, 1)
    (first,) = await lease(desk)
    assert first.attempts == 1
    assert await lease(desk) == []
    await later(desk, 19)
    assert await lease(desk) == []
    await later(desk, 2)
    (again,) = await lease(desk)
    assert (again.id, again.token, again.attempts) == (first.id, first.token, 2)


async def test_of_senders_at_once_one_gets_the_bundle_of_a_storm(desk: Desk) -> None:
    await called(desk, 150)
    got = [n for batch in await asyncio.gather(*(lease(desk, 30) for _ in range(8))) for n in batch]
    assert [n.count for n in got] == [150]
    assert await desk.value("select count(distinct bundle_id) from notification") == 1


async def test_red_is_leased_before_older_yellow(desk: Desk) -> None:
    for level in ("yellow", "orange", "red"):
        await called(desk, 1, level)
        await later(desk, 1)
    assert [n.level for n in await lease(desk)] == ["red", "orange", "yellow"]


async def test_the_next_rung_ends_the_time_for_retries(desk: Desk) -> None:
    await called(desk, 1)
    (call,) = await lease(desk)
    assert call.next_rung_at == await desk.value("select due_at from escalation where step = 1")


async def test_no_receipt_in_sixty_seconds_is_a_failure_and_the_next_rung_is_due(desk: Desk) -> None:
    await called(desk, 1)
    (call,) = await lease(desk)
    async with desk.pool.acquire() as con:
        await outbox.accepted(con, call, "web_push")
        await later(desk, 59)
        assert await escalation.give_up_on_silent(con) == set()
        await later(desk, 2)
        assert await escalation.give_up_on_silent(con) == {call.establishment_id}
        assert await escalation.give_up_on_silent(con) == set()
    assert await desk.value("select due_at <= app_now() from escalation where step = 1") is True
    assert await desk.value("select failed_because from notification") == "no_receipt"


async def test_one_silent_phone_of_two_does_not_hurry_the_ladder(desk: Desk) -> None:
    await desk.alerts(1, "red", "oncologist,level2|any_oncologist|")
    async with desk.pool.acquire() as con, con.transaction():
        await escalation.climb(con)
    one, other = await lease(desk)
    async with desk.pool.acquire() as con:
        await outbox.accepted(con, one, "web_push")
        await outbox.shown_on_screen(con, other)
        await later(desk, 61)
        await escalation.give_up_on_silent(con)
    assert await desk.value("select due_at <= app_now() from escalation where step = 1") is False


async def test_two_calls_that_fail_at_the_same_moment_do_not_wait_for_each_other(desk: Desk) -> None:
    await desk.alerts(1, "red", "oncologist,level2|any_oncologist|")
    async with desk.pool.acquire() as con, con.transaction():
        await escalation.climb(con)
    one, other = await lease(desk)

    async def fails(call: Notification) -> None:
        async with desk.pool.acquire() as con, con.transaction():
            await escalation.give_up(con, call, "no_device")

    async with desk.pool.acquire() as con, con.transaction():
        await escalation.give_up(con, one, "no_device")
        meanwhile = asyncio.create_task(fails(other))
        await asyncio.wait({meanwhile}, timeout=0.3)
    await meanwhile
    assert await desk.value("select due_at <= app_now() from escalation where step = 1") is True


async def test_a_call_that_fails_while_another_is_given_up_as_silent_does_not_wait_for_it(desk: Desk) -> None:
    await desk.alerts(1, "red", "oncologist,level2|any_oncologist|")
    async with desk.pool.acquire() as con, con.transaction():
        await escalation.climb(con)
    silent, gone = await lease(desk)
    async with desk.pool.acquire() as con, con.transaction():
        await outbox.accepted(con, silent, "web_push")
    await later(desk, 61)

    async def fails() -> None:
        async with desk.pool.acquire() as con, con.transaction():
            await escalation.give_up(con, gone, "no_device")

    async with desk.pool.acquire() as con, con.transaction():
        await escalation.give_up_on_silent(con)
        meanwhile = asyncio.create_task(fails())
        await asyncio.wait({meanwhile}, timeout=0.3)
    await meanwhile
    assert await desk.value("select due_at <= app_now() from escalation where step = 1") is True


async def receipt(desk: Desk, call: Notification, token: str, state: str) -> bool:
    """What the API does with a receipt; whether the token was known."""
    con = await asyncpg.connect(**desk.where, server_settings={"role": "vigie_app"})
    try:
        async with con.transaction():
            await con.execute(f"set local app.establishment = '{call.establishment_id}'")
            return await outbox.receipt(con, call.establishment_id, token, state) is not None
    finally:
        await con.close()


async def test_receipts_in_any_order_and_number_leave_the_most_that_happened(desk: Desk) -> None:
    await called(desk, 1)
    (call,) = await lease(desk)
    for state in ("opened", "received", "opened", "received"):
        assert await receipt(desk, call, call.token, state)
        await later(desk, 1)
    row = await desk.look.fetchrow("select state, received_at, opened_at from notification")
    assert row["state"] == "opened"
    assert row["received_at"] == row["opened_at"]  # of the first time
    assert not await receipt(desk, call, "0" * 64, "received")


async def test_a_call_that_was_acknowledged_first_is_neither_leased_nor_receipted(desk: Desk) -> None:
    await called(desk, 1)
    (call,) = await lease(desk)
    await desk.look.execute("update notification set state = 'failed', failed_because = 'acknowledged_first'")
    async with desk.pool.acquire() as con:
        await outbox.retry(con, call, 0, counts=True)
        await outbox.accepted(con, call, "web_push")
    await later(desk, 60)
    assert await lease(desk) == []
    assert not await receipt(desk, call, call.token, "received")
    assert await desk.value("select state from notification") == "failed"


async def test_what_never_left_this_machine_is_no_attempt(desk: Desk) -> None:
    await called(desk, 1)
    (call,) = await lease(desk)
    async with desk.pool.acquire() as con:
        await outbox.retry(con, call, 1, counts=False)
    await later(desk, 2)
    (again,) = await lease(desk)
    assert again.attempts == 1
